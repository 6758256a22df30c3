"""Sequence that the genome repeats: what counts as such, and what a scan says and does about it."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mirscan.alphabet import reverse_complement
from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.explanation import words as words_of
from mirscan.explanation.hairpins import of_genome
from mirscan.explanation.results import of_result
from mirscan.explanation.subjects import Subject
from mirscan.genome import repeats
from mirscan.genome.access import Genome
from mirscan.genome.repeats import WORD, Repeats, either_strand
from mirscan.records import REPEATED, Hairpin

BLOCK = 2_000
ELEMENT = PRECURSORS["hsa-mir-21"]
ALONE = PRECURSORS["hsa-mir-17"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "BLOCK", BLOCK)


def complement(sequence: str) -> str:
    return reverse_complement(sequence)


def background(length: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices("ACGU", k=length))


def with_copies(places: list[int], length: int = 10 * BLOCK, element: str = ELEMENT) -> str:
    """Background with copies of an element, every other one on the minus strand."""
    bases = list(background(length))
    for number, place in enumerate(places):
        bases[place : place + len(element)] = complement(element) if number % 2 else element
    return "".join(bases)


Share = Callable[..., float]


@pytest.fixture
def share(tmp_path: Path) -> Share:
    """The share of a sequence that a genome of these contigs repeats."""

    def of(sequence: str, *contigs: str) -> float:
        path = tmp_path / "genome.fa"
        path.write_text("".join(f">{number}\n{bases}\n" for number, bases in enumerate(contigs)))
        with Genome.open(str(path)) as genome:
            return Repeats(genome).share(sequence)

    return of


def test_words_are_those_of_either_strand() -> None:
    sequence = "".join(random.Random(2).choices("ACGUN", weights=[9, 9, 9, 9, 1], k=600))

    def number(word: str) -> int:
        return int("".join(str("ACGU".index(letter)) for letter in word), 4)

    whole = (sequence[at : at + WORD] for at in range(len(sequence) - WORD + 1))
    expected = [min(number(word), number(complement(word))) for word in whole if "N" not in word]
    assert either_strand(sequence).tolist() == expected
    assert sorted(either_strand(complement(sequence)).tolist()) == sorted(expected)
    assert either_strand(sequence.replace("U", "T").lower()).tolist() == expected


@pytest.mark.parametrize("sequence", ["", "ACGUACGUACGUA", "N" * 50])
def test_a_sequence_without_a_word_is_not_repeated(share: Share, sequence: str) -> None:
    assert len(either_strand(sequence)) == 0
    assert share(sequence, with_copies([100, 2_500, 4_500, 9_000])) == 0.0


def test_what_stands_in_many_blocks_is_repeated_on_either_strand(share: Share) -> None:
    genome = with_copies([100, 2_500, 8_500])
    assert share(ELEMENT, genome) == share(complement(ELEMENT), genome) == 1.0
    assert share(ALONE, genome) == 0.0
    half = share(ELEMENT + ALONE, genome)
    assert 0.35 < half < 0.65


def test_two_places_are_not_many(share: Share) -> None:
    assert share(ELEMENT, with_copies([100, 8_500])) == 0.0


def test_a_cluster_is_not_scattered(share: Share) -> None:
    assert share(ELEMENT, with_copies(list(range(100, 1_800, 100)))) == 0.0


def test_in_a_larger_genome_it_takes_more_places(share: Share) -> None:
    four = [100, 20_100, 40_100, 60_100]
    assert share(ELEMENT, with_copies(four, length=64 * BLOCK)) == 1.0
    assert share(ELEMENT, with_copies(four[1:], length=64 * BLOCK)) == 0.0


def test_of_a_large_genome_some_blocks_are_looked_at(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "BLOCKS", 8)
    everywhere = list(range(100, 80 * BLOCK, BLOCK))
    assert share(ELEMENT, with_copies(everywhere, length=80 * BLOCK)) == 1.0
    between = [place for place in everywhere if place // BLOCK % 10]  # blocks 0, 10, … are those looked at
    assert share(ELEMENT, with_copies(between, length=80 * BLOCK)) == 0.0


def test_contigs_are_laid_end_to_end(share: Share) -> None:
    genome = with_copies([100, 2_500, 8_500])
    for cuts in ([0, 3_000, 3_001, 20_000], [0, 700, 9_000, 9_010, 9_013, 20_000]):
        parts = [genome[a:b] for a, b in itertools.pairwise(cuts)]
        assert share(ELEMENT, *parts) == 1.0


def test_no_word_reaches_across_two_contigs(share: Share) -> None:
    """Contigs that end in the first half of an element, each before one that begins with the other half."""
    middle = len(ELEMENT) // 2
    ends = [background(BLOCK // 2, seed) + ELEMENT[:middle] for seed in range(6)]
    starts = [ELEMENT[middle:] + background(BLOCK // 2, 10 + seed) for seed in range(6)]
    across = ELEMENT[middle - WORD + 1 : middle + WORD - 1]
    assert share(ELEMENT[:middle], *itertools.chain(*zip(ends, starts, strict=True))) == 1.0
    assert share(across, *itertools.chain(*zip(ends, starts, strict=True))) == 0.0


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A precursor in many places, of which three are far apart, and another one in one place."""
    bases = list(with_copies([100, 2_500, 4_700, 8_500]))
    bases[6_500 : 6_500 + len(ALONE)] = ALONE
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr\n{''.join(bases)}\n")
    return str(path)


def scan(genome: str, folder: Path, *more: str) -> list[dict[str, Any]]:
    """The hits of a scan."""
    common = [
        "--threads",
        "1",
        "--quiet",
        "--tree",
        "none",
        "--arms",
        "none",
        "--force",
        "--min-score",
        "0.05",
    ]
    outputs = ["-o", str(folder / "hits.json"), "--summary", str(folder / "run.json")]
    assert main(["scan", genome, *outputs, *common, *more]) == 0
    hits: list[dict[str, Any]] = json.loads((folder / "hits.json").read_text())["hits"]
    return hits


def test_a_scan_tells_how_repeated_its_hits_are(genome: str, tmp_path: Path) -> None:
    hits = scan(genome, tmp_path)
    scattered = [hit for hit in hits if hit["repeated"] > REPEATED]
    assert {round(hit["start"], -3) for hit in scattered} >= {0, 8_000}
    assert {hit["repeated"] for hit in hits if 6_400 < hit["start"] < 6_700} == {0.0}
    assert json.loads((tmp_path / "run.json").read_text())["funnel"]["repeated"] == len(scattered)


def test_the_repeated_can_be_left_out(genome: str, tmp_path: Path) -> None:
    alone = ("--evidence", "hairpin,families,flanks,repeats")
    every = scan(genome, tmp_path, *alone)
    left = scan(genome, tmp_path, *alone, "--max-repeated", "0.3")
    expected = [hit["name"] for hit in every if hit["repeated"] <= 0.3]
    assert [hit["name"] for hit in left] == expected
    assert 0 < len(left) < len(every)


def test_what_is_left_out_says_nothing_for_its_neighbours(genome: str, tmp_path: Path) -> None:
    every = {hit["name"]: hit for hit in scan(genome, tmp_path)}
    left = {hit["name"]: hit["score"] for hit in scan(genome, tmp_path, "--max-repeated", "0.3")}
    assert left
    assert all(
        every[name]["repeated"] <= 0.3 and score <= every[name]["score"] for name, score in left.items()
    )
    others = [hit for hit in every.values() if hit["repeated"] <= 0.3]
    assert any(left.get(hit["name"], 0) < hit["score"] for hit in others)  # a repeated neighbour spoke for it


def test_a_region_knows_what_the_whole_genome_repeats(genome: str, tmp_path: Path) -> None:
    every = scan(genome, tmp_path)
    inside = scan(genome, tmp_path, "--region", "chr:1-1000")
    assert inside
    facts = {hit["name"]: hit["repeated"] for hit in every}
    assert [hit["repeated"] for hit in inside] == [facts[hit["name"]] for hit in inside]
    assert max(hit["repeated"] for hit in inside) > REPEATED


def test_shards_and_their_merger_say_the_same(genome: str, tmp_path: Path) -> None:
    every = scan(genome, tmp_path, "--max-repeated", "0.9")
    common = ["--threads", "1", "--quiet", "--tree", "none", "--arms", "none", "--min-score", "0.05"]
    shards = [str(tmp_path / f"{number}.shard") for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        asked = ["--shard", f"{number}/2", "--max-repeated", "0.9"]
        assert main(["scan", genome, "-o", shard, *asked, *common]) == 0
    assert main(["merge", *shards, "-o", str(tmp_path / "merged.json"), "--quiet"]) == 0
    merged = json.loads((tmp_path / "merged.json").read_text())
    assert merged["hits"] == every
    assert merged["options"]["max_repeated"] == 0.9


def test_the_share_is_a_column_and_an_attribute(genome: str, tmp_path: Path) -> None:
    hits = scan(
        genome,
        tmp_path,
        "-o",
        str(tmp_path / "hits.tsv"),
        "-o",
        str(tmp_path / "hits.gff3"),
        "--sort=position",
    )
    header, *rows = (line.split("\t") for line in (tmp_path / "hits.tsv").read_text().splitlines())
    told = [row[header.index("repeated")] for row in rows]
    assert told == [f"{hit['repeated']:.2f}" for hit in hits]
    features = [line for line in (tmp_path / "hits.gff3").read_text().splitlines() if "\tpre_miRNA\t" in line]
    assert [line.split("repeated=")[1].split(";")[0] for line in features] == told


def test_explain_reads_it_from_every_result_and_counts_it_in_a_genome(genome: str, tmp_path: Path) -> None:
    files = [str(tmp_path / f"hits.{suffix}") for suffix in ("tsv", "gff3")]
    hits = scan(genome, tmp_path, *itertools.chain(*(("-o", file) for file in files)), "--sort=position")
    told = [hit["repeated"] for hit in hits]
    for file in (str(tmp_path / "hits.json"), *files):
        request = of_result(file, genome=genome)
        assert [subject.repeated for subject in request.subjects] == pytest.approx(told, abs=0.006)
    (place,) = of_genome(genome, [hits[0]["name"]]).subjects
    assert place.repeated == told[0] > REPEATED


@pytest.mark.parametrize(("repeated", "said"), [(None, 0), (0.3, 0), (0.85, 1)])
def test_explain_says_so_in_words(repeated: float | None, said: int) -> None:
    hairpin = Hairpin("chr", 0, 9, "+", "GGGAAACCC", "(((...)))", -1.0)
    subject = Subject("one", hairpin, notes={"repeated": repeated})
    image = np.zeros((25, 100), np.uint8)
    explanation: Any = SimpleNamespace(
        subject=subject, hairpin=hairpin, columns=6, image=image, branched=False
    )
    sentences = words_of.notes(explanation)
    assert len(sentences) == said
    assert all(sentence.startswith("85 % of its sequence stands in many places") for sentence in sentences)


def test_a_share_is_asked_for(genome: str, tmp_path: Path) -> None:
    assert main(["scan", genome, "-o", str(tmp_path / "x.gff3"), "--max-repeated", "2"]) == 2
    assert not (tmp_path / "x.gff3").exists()


def test_counting_is_exact(share: Share) -> None:
    """Against counting by sets, on sequence that is full of repeats."""
    unit = background(120, 5)
    contig = "".join(background(400, seed) + unit[7 * seed :][:40] for seed in range(16))
    blocks = [set(either_strand(contig[at : at + BLOCK]).tolist()) for at in range(0, len(contig), BLOCK)]
    own = np.unique(either_strand(unit)).tolist()
    often = [word for word in own if sum(word in block for block in blocks) >= repeats.FEWEST]
    assert 0 < len(often) < len(own)
    assert share(unit, contig) == round(len(often) / len(own), 3)
