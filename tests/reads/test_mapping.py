"""The mapper against a search letter by letter."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mirscan.alphabet import reverse_complement
from mirscan.errors import InputError
from mirscan.genome.access import Genome
from mirscan.reads import mapping
from mirscan.reads.mapping import map_reads
from mirscan.reads.sequences import read_sequences


def letters(count: int, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list("ACGU"), count))


def by_hand(reads: dict[str, int], contigs: dict[str, str]) -> Counter[tuple[str, int, int, bool]]:
    """Each read's best places, letter by letter, with an equal share of its count."""
    found: Counter[tuple[str, int, int, bool]] = Counter()
    for read, count in reads.items():
        places: dict[int, list[tuple[str, int, int, bool]]] = {0: [], 1: []}
        for name, sequence in contigs.items():
            for minus in (False, True):
                wanted = reverse_complement(read) if minus else read
                for at in range(len(sequence) - len(read) + 1):
                    stretch = sequence[at : at + len(read)]
                    wrong = sum(a != b for a, b in zip(stretch, wanted, strict=True))
                    if wrong <= 1 and "N" not in stretch:
                        places[wrong].append((name, at, len(read), minus))
        best = places[0] or places[1]
        if 0 < len(best) <= mapping.MOST_PLACES:
            found.update({place: count / len(best) for place in best})  # type: ignore[dict-item]
    return found


@pytest.mark.parametrize("block", [mapping.BLOCK, 70])
def test_reads_lie_where_a_search_by_hand_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(mapping, "BLOCK", block)
    rng = np.random.default_rng(5)
    repeat = letters(40, rng)
    contigs = {
        "one": letters(150, rng) + repeat + "NN" + letters(60, rng) + reverse_complement(repeat),
        "two": repeat[:30] + letters(90, rng),
        "short": letters(17, rng),
    }
    reads: dict[str, int] = {}
    for number in range(120):
        source = contigs["one" if number % 3 else "two"].replace("N", "A")
        length = int(rng.integers(18, 31))
        at = int(rng.integers(0, len(source) - length))
        read = list(source[at : at + length])
        for _ in range(number % 3):
            read[int(rng.integers(length))] = str(rng.choice(list("ACGU")))
        text = "".join(read)
        reads[reverse_complement(text) if number % 2 else text] = number + 1
    genome, library = tmp_path / "genome.fa", tmp_path / "reads.fa"
    genome.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in contigs.items()))
    library.write_text("".join(f">r{n}_x{count}\n{read}\n" for n, (read, count) in enumerate(reads.items())))
    with Genome.open(str(genome)) as opened, map_reads(read_sequences(str(library)), opened, "s") as places:
        found = Counter()
        for name in contigs:
            pile = places.contig(name)
            for row in range(len(pile)):
                key = name, int(pile.start[row]), int(pile.length[row]), bool(pile.minus[row])
                found[key] = float(pile.weight[row])
    expected = by_hand(reads, contigs)
    assert found.keys() == expected.keys()
    assert len(expected) > 60
    assert all(found[key] == pytest.approx(expected[key], rel=1e-6) for key in expected)


def test_a_read_that_fits_everywhere_counts_nowhere(tmp_path: Path) -> None:
    genome, library = tmp_path / "genome.fa", tmp_path / "reads.fa"
    genome.write_text(f">a\n{'ACGU' * 200}\n")
    library.write_text(f">r\n{'ACGU' * 5}\n")
    with Genome.open(str(genome)) as opened, map_reads(read_sequences(str(library)), opened, "s") as places:
        assert places.reads == 0


def test_fasta_fastq_and_gzip_hold_the_same_reads(tmp_path: Path) -> None:
    reads = ["ACGUACGUACGUACGUACGU", "UUUUUCCCCCUUUUUCCCCC"]
    fasta, fastq, packed = tmp_path / "r.fa", tmp_path / "r.fastq", tmp_path / "r.fq.gz"
    fasta.write_text(f">a_x2\n{reads[0].lower()}\n>b\n{reads[1][:9]}\r\n{reads[1][9:]}\n\n>short\nACGU\n")
    lines = "".join(
        f"@r{n}\n{read.replace('U', 'T')}\n+\n{'I' * 20}\n" for n, read in enumerate([reads[0], *reads])
    )
    fastq.write_text(lines)
    packed.write_bytes(gzip.compress(lines.encode()))
    sets = [read_sequences(str(path)) for path in (fasta, fastq, packed)]
    assert [found.reads for found in sets] == [4, 3, 3]
    for found in sets:
        assert found.count.tolist() == [2, 1]
        assert found.words.tolist() == sets[0].words.tolist()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("hello\n", "begins with"),
        (f">long\n{'A' * 90}\n", "adapters"),
        ("@r\nACGU\n-\nIIII\n", "FASTQ"),
        ("@r\nACGUACGUACGUACGUACGU\n+\nIII\n", "FASTQ"),
    ],
)
def test_what_is_no_library_is_refused_by_name(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "reads.fq"
    path.write_text(content)
    with pytest.raises(InputError, match=word) as caught:
        read_sequences(str(path))
    assert caught.value.where == str(path)


def test_of_a_read_that_fits_everywhere_few_places_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "BLOCK", 64)
    counted, held = mapping._counted, []

    def watched(part: mapping.Found, places: mapping.Ints) -> mapping.Found:
        left = counted(part, places)
        held.append(len(left[0]))
        return left

    monkeypatch.setattr(mapping, "_counted", watched)
    genome, library = tmp_path / "genome.fa", tmp_path / "reads.fa"
    genome.write_text(">one\n" + "AC" * 5000 + "\n")
    library.write_text(f">r_x9\n{'AC' * 10}\n>s_x9\n{'AC' * 9 + 'GC'}\n")
    with Genome.open(str(genome)) as opened, map_reads(read_sequences(str(library)), opened, "s") as places:
        assert len(places.contig("one")) == 0
    assert sum(held) <= 2 * mapping.MOST_PLACES, "of 10,000"
