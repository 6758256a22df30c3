"""The invariants of a scan as it ships, prefilters and all: however it is cut, spread, turned or moved."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from helpers.genomes import complement, write

from mirscan.demo import PRECURSORS
from mirscan.evidence.registry import DEFAULT
from mirscan.genome.access import Genome
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hit, place_name
from mirscan.scoring.scorer import Scorer

MIN_SCORE = 0.01


@pytest.fixture(scope="module")
def contigs() -> dict[str, str]:
    """Precursors on both strands, at both ends of contigs, alone, and around N and other codes."""
    dice = random.Random(17)

    def background(length: int) -> str:
        return "".join(dice.choices("ACGT", k=length))

    own = [sequence.replace("U", "T") for sequence in PRECURSORS.values()]
    turned = [complement(sequence).replace("U", "T") for sequence in own]
    return {
        "mixed": background(700)
        + own[0]
        + background(333)
        + turned[3]
        + "N" * 300
        + own[4]
        + background(100),
        "starts": own[1] + background(400),
        "ends": background(410) + turned[6],
        "alone": own[7],
        "codes": background(300) + own[5] + "RYKM" + turned[2] + background(120),
        "tiny": "ACGT",
    }


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer("scan", "cpu")


def scan(
    path: str,
    scorer: Scorer,
    workers: int = 1,
    chunk: int = 50_000,
    strands: str = "+-",
    evidence: tuple[str, ...] = DEFAULT,
) -> list[Hit]:
    search = search_for("default", scorer, MIN_SCORE, strands)
    assert search.first is not None, "the first prefilter is what ships"
    with Genome.open(path) as genome:
        options = ScanOptions(search, MIN_SCORE, evidence=evidence)
        return list(Scan(genome, scorer, options, None, workers, chunk).hits())


@pytest.fixture(scope="module")
def hits(genome: str, scorer: Scorer) -> list[Hit]:
    found = scan(genome, scorer)
    assert {hit.hairpin.contig for hit in found} == {"mixed", "starts", "ends", "alone", "codes"}
    assert {hit.hairpin.strand for hit in found} == {"+", "-"}
    return found


@pytest.mark.parametrize("chunk", [150, 211, 307, 640, 999, 5_000])
def test_where_it_is_cut(genome: str, scorer: Scorer, hits: list[Hit], chunk: int) -> None:
    assert scan(genome, scorer, chunk=chunk) == hits


@pytest.mark.parametrize("workers", [2, 4])
def test_who_does_the_work(genome: str, scorer: Scorer, hits: list[Hit], workers: int) -> None:
    assert scan(genome, scorer, workers, chunk=300) == hits


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_how_many_are_scored_at_once(genome: str, hits: list[Hit], batch_size: int) -> None:
    assert scan(genome, Scorer("scan", "cpu", batch_size), chunk=400) == hits


@pytest.mark.parametrize("chunk", [50_000, 457])
def test_turned_it_gives_the_mirrored_hits(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path, chunk: int
) -> None:
    plain = {name: "".join(base if base in "ACGTN" else "N" for base in own) for name, own in contigs.items()}
    turned = write(tmp_path / "turned.fa", {name: complement(own) for name, own in plain.items()})
    assert {
        mirrored(hit, len(contigs[hit.hairpin.contig])) for hit in scan(turned, scorer, chunk=chunk)
    } == set(hits)


def mirrored(hit: Hit, length: int) -> Hit:
    hairpin = hit.hairpin
    start, end, strand = length - hairpin.end, length - hairpin.start, "+-"[hairpin.strand == "+"]
    place = replace(hairpin, start=start, end=end, strand=strand)
    return replace(hit, name=place_name(hairpin.contig, start, end, strand), hairpin=place)


@pytest.mark.parametrize("shift", [1, 250, 777, 50_000])
def test_n_in_front_moves_the_hits(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path, shift: int
) -> None:
    moved = write(tmp_path / "moved.fa", {name: "N" * shift + own for name, own in contigs.items()})
    assert [moved_back(hit, shift) for hit in scan(moved, scorer)] == hits


def moved_back(hit: Hit, shift: int) -> Hit:
    hairpin = replace(hit.hairpin, start=hit.hairpin.start - shift, end=hit.hairpin.end - shift)
    return Hit.of(hairpin, hit.score, **hit.notes)


@pytest.mark.parametrize(
    "dressed",
    [str.lower, str.swapcase, lambda own: own.replace("T", "U"), lambda own: own.lower().replace("t", "u")],
)
def test_masks_and_rna_letters(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path, dressed
) -> None:
    other = write(tmp_path / "other.fa", {name: dressed(own) for name, own in contigs.items()})
    assert scan(other, scorer) == hits


def test_contigs_do_not_touch(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path
) -> None:
    by_itself = partial(scan, scorer=scorer)
    alone = [
        hit for name, own in contigs.items() for hit in by_itself(write(tmp_path / f"{name}.fa", {name: own}))
    ]
    assert unranked(alone) == unranked(hits)
    backwards = dict(reversed(contigs.items()))
    turned = unranked(scan(write(tmp_path / "backwards.fa", backwards), scorer))
    assert sorted(turned, key=str) == sorted(unranked(hits), key=str)


def unranked(hits: list[Hit]) -> list[Hit]:
    """Hits without what compares them with all others of their run."""
    of_the_run = ("rank", "copies", "other_strand")
    return [
        replace(hit, notes={name: note for name, note in hit.notes.items() if name not in of_the_run})
        for hit in hits
    ]


@pytest.mark.parametrize("strands", ["+", "-"])
def test_a_strand_by_itself(genome: str, scorer: Scorer, strands: str) -> None:
    of_one_strand = tuple(kind for kind in DEFAULT if kind != "neighbours")  # which weighs both
    both = scan(genome, scorer, evidence=of_one_strand)
    found = unranked(scan(genome, scorer, strands=strands, evidence=of_one_strand))
    assert {hit.hairpin.strand for hit in found} == {strands}
    assert all(hit in found for hit in unranked(both) if hit.hairpin.strand == strands)
