"""What the model behind scan learns from: families, planted precursors, background away from known loci."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

from mirscan.alphabet import reverse_complement
from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import SCALARS
from mirscan.errors import InputError
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan.precursors import Precursor

MIR21 = PRECURSORS["hsa-mir-21"]
SETTINGS = SieveSettings()


def chance(length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices("ACGU", k=length))


def genome(folder: Path, sequence: str, loci: str = "") -> Path:
    folder.mkdir()
    (folder / "genome.fa").write_text(f">one\n{sequence}\n")
    (folder / "known_loci.bed").write_text(loci)
    return folder


def precursor(name: str, family: str, sequence: str) -> Precursor:
    return Precursor(name, "test", family, sequence, 0, len(sequence))


@pytest.mark.parametrize(
    ("name", "family"),
    [("let-7a-1", "let-7"), ("Let-7", "let-7"), ("mir-548h-3", "mir-548"), ("MIR156a", "mir156"),
     ("Mir-10", "mir-10"), ("bantam", "bantam"), ("mir-BART7", "mir-bart7")],
)  # fmt: skip
def test_family_names(name: str, family: str) -> None:
    assert known.family_of(name) == family


def test_families_that_share_a_word_are_one() -> None:
    word, other = chance(18, 1), chance(18, 2)
    rows = [
        precursor("a", "c", "A" * 5 + word),
        precursor("b", "b", word + "C" * 5 + other),
        precursor("c", "a", "G" * 5 + other),
        precursor("d", "d", word[:17] + ("A" if word[17] == "U" else "U") * 20),
    ]
    assert known.merged_families(rows) == ["a", "a", "a", "d"]


def test_no_family_is_split_over_folds() -> None:
    folds = [known.fold_of(name) for name in ("let-7", "let-7", "mir-21")]
    assert folds[0] == folds[1]
    assert {known.fold_of(str(number)) for number in range(100)} == set(range(5))


def test_a_family_gives_no_more_than_asked() -> None:
    rows = known.balanced(["a"] * 50 + ["b"] * 2 + ["c"], 5, np.random.default_rng(0))
    assert len(rows) == 8
    assert {50, 51, 52} < set(rows.tolist())


def test_a_planted_precursor_is_found_in_its_host(tmp_path: Path) -> None:
    hosts = [genome(tmp_path / "host", chance(20_000, 3))]
    rows = [precursor("x", "x", MIR21), precursor("no hairpin", "y", "A" * 70)]
    found = data.planted(rows, np.array([0, 1, 0]), hosts, SETTINGS, seed=1)
    assert set(found.origin.tolist()) == {0}
    assert any(MIR21[10:60] in sequence for sequence in found.letters())
    lengths = [len(sequence) for sequence in found.letters()]
    assert found.drafts.scalars[:, SCALARS.index("length")] * 100 == pytest.approx(lengths)


def test_the_flanks_of_a_precursor_are_not_the_precursor(tmp_path: Path) -> None:
    hosts = [genome(tmp_path / "host", chance(20_000, 3))]
    flanked = Precursor("x", "flanked", "x", "A" * 60 + MIR21 + "A" * 60, 0, 50)
    assert len(data.planted([flanked], np.array([0]), hosts, SETTINGS, seed=1)) == 0


def test_background_keeps_away_from_known_loci(tmp_path: Path) -> None:
    sequence = chance(3000, 4) + MIR21 + chance(3000, 5)
    free = data.background(genome(tmp_path / "free", sequence), SETTINGS, tmp_path)
    masked = data.background(
        genome(tmp_path / "masked", sequence, "one\t3000\t3072\tx\t0\t+\n"), SETTINGS, tmp_path
    )
    stop = free.start + np.char.str_len(free.sequences)
    near = (free.start < 3072 + data.MARGIN) & (stop > 3000 - data.MARGIN)
    assert near.any()
    assert sorted(masked.start.tolist()) == sorted(free.start[~near].tolist())


def test_a_candidate_is_the_genome_at_its_place(tmp_path: Path) -> None:
    first, second = chance(1500, 6), chance(1500, 7)
    folder = genome(tmp_path / "two", first)
    (folder / "genome.fa").write_text(f">one\n{first}\n>two\n{second}\n")
    found = data.background(folder, SETTINGS, tmp_path)
    assert found.strand.any()
    assert not found.strand.all()
    assert found.start.max() > 1500
    for sequence, start, minus in zip(found.letters(), found.start.tolist(), found.strand, strict=True):
        here = (first + second)[start : start + len(sequence)]
        assert sequence == (reverse_complement(here) if minus else here)


def test_the_cache_gives_back_what_was_put_in(tmp_path: Path) -> None:
    folder = genome(tmp_path / "one", chance(4000, 8))
    made, kept = (data.background(folder, SETTINGS, tmp_path) for _ in range(2))
    assert (made.sequences == kept.sequences).all()
    assert (made.drafts.symbols == kept.drafts.symbols).all()
    (folder / "genome.fa").write_text(f">one\n{chance(4000, 9)}\n")
    assert not np.array_equal(data.background(folder, SETTINGS, tmp_path).sequences, made.sequences)


def test_known_loci_in_place_on_both_strands(tmp_path: Path) -> None:
    reverse = reverse_complement(MIR21)
    sequence = chance(900, 10) + MIR21 + chance(900, 11) + reverse + chance(900, 12)
    loci = "one\t900\t972\ta\t0\t+\none\t1872\t1944\tb\t0\t-\n"
    folder = genome(tmp_path / "known", sequence, loci)
    assert data.known_sequences(folder) == [MIR21, MIR21]
    found = data.in_place(folder, SETTINGS)
    for locus in (0, 1):
        assert any(MIR21[10:60] in found.letters()[row] for row in np.flatnonzero(found.origin == locus))


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.tsv\.gz"):
        known.read_table(tmp_path / "missing.tsv.gz")
    (tmp_path / "cut.tsv.gz").write_bytes(gzip.compress(b"name\tclass\n" * 999)[:-20])
    with pytest.raises(InputError, match="unreadable"):
        known.read_table(tmp_path / "cut.tsv.gz")


def test_no_genome_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"genome\.fa"):
        data.genome_file(tmp_path)
