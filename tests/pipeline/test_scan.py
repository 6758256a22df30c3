"""The invariants of a scan, end to end: same bytes however it is run, mirrored, shifted, cut into regions."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.genomes import complement, write
from numpy.typing import NDArray

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.search import Search
from mirscan.records import Hairpin, Hit, place_name
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings

Worth = Callable[[int, float], bool]
Floats = NDArray[np.float64]
OPTIONS = ScanOptions(search=Search(sieve=SieveSettings(max_span=120, max_energy=-12.0)), min_score=0.0)


@pytest.fixture(scope="module")
def scorer(untrained: Path) -> Scorer:
    return Scorer(str(untrained), "cpu", batch_size=64)


@pytest.fixture(scope="module")
def contigs() -> dict[str, str]:
    """Three small contigs, precursors on both strands, with lower case, an ambiguity code and a run of N."""
    dice = random.Random(3)

    def background(length: int) -> str:
        return "".join(dice.choices("ACGT", k=length))

    one = background(700) + PRECURSORS["hsa-mir-21"] + background(300) + complement(PRECURSORS["cel-let-7"])
    two = background(250).lower() + PRECURSORS["hsa-mir-17"] + "N" * 400 + "R" + PRECURSORS["dme-bantam"]
    return {"one": one + background(500), "two": two + background(200), "tiny": background(30)}


def scan(
    path: str, scorer: Scorer, options: ScanOptions = OPTIONS, workers: int = 1, chunk: int = 50_000
) -> list[Hit]:
    with Genome.open(path) as genome:
        return list(Scan(genome, scorer, options, None, workers, chunk).hits())


@pytest.fixture(scope="module")
def hits(genome: str, scorer: Scorer) -> list[Hit]:
    return scan(genome, scorer)


def places(hits: list[Hit]) -> list[tuple[str, float]]:
    """Names and scores: rank and copies speak of a whole run."""
    return [(hit.name, hit.score) for hit in hits]


def test_readers_that_are_not_asked_change_nothing_that_is_kept(genome: str) -> None:
    """What cannot become a hit is not read to the end: the chunks of the journal are the same."""
    options = ScanOptions(search=OPTIONS.search, min_score=0.3, decoys=0.004)
    asked: list[int] = []

    class ReadsAll(Scorer):
        def log_odds(self, hairpins: Sequence[Hairpin], worth: Worth | None = None) -> Floats:
            whole, found = super().log_odds(hairpins), super().log_odds(hairpins, worth)
            asked.append(int((whole == found).sum()) - len(hairpins))
            return whole

    chunks = []
    for kind in (Scorer, ReadsAll):
        with Genome.open(genome) as opened:
            chunks.append(list(Scan(opened, kind("scan", "cpu"), options).chunks()))
    assert chunks[0] == chunks[1]
    assert sum(len(chunk.calls) for chunk in chunks[0])
    assert sum(asked) < 0


IN_A_WORKER = """
import pickle, sys
function, task, place = pickle.load(sys.stdin.buffer)
function(task), place(task)
print(*(name for name in ("torch", "sklearn", "pandas") if name in sys.modules))
"""


def test_what_workers_get_loads_no_torch(
    genome: str, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them would take a second and a hundred megabytes for it."""

    def given(function: object, tasks: Iterable[object], *rest: Any) -> Iterator[object]:
        work = pickle.dumps((function, next(iter(tasks)), rest[-1]))
        done = subprocess.run(
            [sys.executable, "-c", IN_A_WORKER], input=work, capture_output=True, check=True
        )
        assert done.stdout.decode().split() == []
        yield from ()

    monkeypatch.setattr(sys.modules[Scan.__module__], "ordered_map", given)
    with Genome.open(genome) as opened:
        options = replace(OPTIONS, min_score=0.3, decoys=0.004)
        assert list(Scan(opened, scorer, options, workers=2).chunks()) == []


def test_the_planted_precursors_reach_the_scorer(contigs: dict[str, str], hits: list[Hit]) -> None:
    assert len(hits) > 8
    for contig, strand, name in (
        ("one", "+", "hsa-mir-21"),
        ("one", "-", "cel-let-7"),
        ("two", "+", "hsa-mir-17"),
        ("two", "+", "dme-bantam"),
    ):
        planted = PRECURSORS[name] if strand == "+" else complement(PRECURSORS[name])
        start = contigs[contig].replace("T", "U").index(planted)
        found = [  # on either strand: which of the two is better, an untrained network does not know
            min(hit.hairpin.end, start + len(planted)) - max(hit.hairpin.start, start)
            for hit in hits
            if hit.hairpin.contig == contig
        ]
        assert max(found) >= 0.5 * len(planted), name


def test_a_hit_holds_what_stands_at_its_place(contigs: dict[str, str], hits: list[Hit]) -> None:
    for hit in hits:
        hairpin = hit.hairpin
        there = (
            contigs[hairpin.contig][hairpin.start : hairpin.end].upper().replace("T", "U").replace("R", "N")
        )
        assert hairpin.sequence == (there if hairpin.strand == "+" else complement(there))
        assert hit.name == place_name(hairpin.contig, hairpin.start, hairpin.end, hairpin.strand)


@pytest.mark.parametrize("chunk", [211, 640, 1999])
def test_chunk_borders_change_nothing(genome: str, scorer: Scorer, hits: list[Hit], chunk: int) -> None:
    assert scan(genome, scorer, chunk=chunk) == hits


def test_workers_and_batches_change_nothing(genome: str, untrained: Path, hits: list[Hit]) -> None:
    assert scan(genome, Scorer(str(untrained), "cpu", batch_size=5), workers=2, chunk=500) == hits


def test_the_reverse_complement_gives_the_mirrored_hits(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path
) -> None:
    turned = {name: complement(sequence.upper().replace("R", "N")) for name, sequence in contigs.items()}
    mirrored = set()
    for hit in scan(write(tmp_path / "turned.fa", turned), scorer):
        hairpin = hit.hairpin
        length = len(contigs[hairpin.contig])
        start, end, strand = length - hairpin.end, length - hairpin.start, "+-"[hairpin.strand == "+"]
        place = replace(hairpin, start=start, end=end, strand=strand)
        mirrored.add(replace(hit, name=place_name(hairpin.contig, start, end, strand), hairpin=place))
    assert mirrored == set(hits)


def test_n_in_front_shifts_the_hits(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path
) -> None:
    moved = scan(write(tmp_path / "moved.fa", {n: "N" * 777 + s for n, s in contigs.items()}), scorer)
    back = [replace(hit.hairpin, start=hit.hairpin.start - 777, end=hit.hairpin.end - 777) for hit in moved]
    assert back == [hit.hairpin for hit in hits]
    assert [hit.score for hit in moved] == [hit.score for hit in hits]


def test_case_and_u_for_t_change_nothing(
    contigs: dict[str, str], scorer: Scorer, hits: list[Hit], tmp_path: Path
) -> None:
    masked = {name: sequence.lower().replace("t", "u") for name, sequence in contigs.items()}
    assert scan(write(tmp_path / "masked.fa", masked), scorer) == hits


def test_a_region_gives_the_hits_inside_it(genome: str, scorer: Scorer, hits: list[Hit]) -> None:
    inside = [
        h for h in hits if h.hairpin.contig == "one" and h.hairpin.start >= 650 and h.hairpin.end <= 1200
    ]
    assert inside
    found = scan(genome, scorer, replace(OPTIONS, regions=(Region("one", 650, 1200),)))
    assert places(found) == places(inside)


def test_a_strand_gives_the_hits_on_it(genome: str, scorer: Scorer) -> None:
    alone = replace(OPTIONS, evidence=("hairpin", "families"))  # neighbours weigh what both strands hold
    hits = scan(genome, scorer, alone)
    for strand in "+-":
        options = replace(alone, search=replace(OPTIONS.search, strands=strand))
        found = places(scan(genome, scorer, options))
        assert found
        assert {name[-1] for name, _ in found} == {strand}
        assert {each for each in places(hits) if each[0][-1] == strand} <= set(found)


def test_the_lowest_score_is_a_cut(genome: str, scorer: Scorer, hits: list[Hit]) -> None:
    middle = sorted(hit.score for hit in hits)[len(hits) // 2]
    above = scan(genome, scorer, replace(OPTIONS, min_score=middle))
    assert {hit.name for hit in above} == {hit.name for hit in hits if hit.score >= middle}


def test_the_funnel_adds_up(genome: str, contigs: dict[str, str], scorer: Scorer) -> None:
    seen = []
    with Genome.open(genome) as opened:
        run = Scan(opened, scorer, replace(OPTIONS, evidence=("hairpin",)))
        total = run.bases
        list(run.hits(progress=seen.append))
    funnel = run.funnel
    assert sum(seen) == total == funnel.bases == sum(map(len, contigs.values()))
    assert funnel.contigs == 3
    assert funnel.candidates == funnel.folded == funnel.scored == funnel.above_threshold
    assert 0 < funnel.hits < funnel.candidates


def test_the_command_writes_the_same_bytes_however_it_is_run(
    genome: str, untrained: Path, tmp_path: Path
) -> None:
    common = ["scan", genome, "--model", str(untrained), "--min-score", "0", "--quiet"]
    for number, extra in enumerate((["--threads", "1"], ["--threads", "2", "--batch-size", "17"])):
        outputs = [f"-o{tmp_path}/{number}.{suffix}" for suffix in ("gff3", "json", "bed.gz", "tsv")]
        assert main([*common, *extra, *outputs, "--summary", f"{tmp_path}/{number}.summary"]) == 0
    for suffix in ("gff3", "json", "bed.gz", "bed.gz.tbi", "tsv"):
        assert (tmp_path / f"0.{suffix}").read_bytes() == (tmp_path / f"1.{suffix}").read_bytes()
    summary = json.loads((tmp_path / "0.summary").read_text())
    assert summary["format"] == "mirscan-summary"
    assert summary["funnel"]["hits"] == len(json.loads((tmp_path / "0.json").read_text())["hits"]) > 0


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_first_scan_says_why_nothing_moves(
    quiet: list[str],
    genome: str,
    untrained: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("mirscan.runtime.compiled.nothing_is_kept", lambda: True)
    words = ["scan", genome, "--model", str(untrained), "--threads", "1", "--decoys", "off", *quiet]
    assert main([*words, "--tree", "none", "--arms", "none"]) == 0
    assert ("compiling its machine code" in capsys.readouterr().err) == (not quiet)


def test_standard_output_holds_data_only(
    genome: str, untrained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "scan",
        genome,
        "--model",
        str(untrained),
        "--threads",
        "1",
        "--format",
        "bed",
        "--min-score",
        "0",
    ]
    assert main([*words, "--decoys", "off", "--tree", "none", "--arms", "none"]) == 0
    captured = capsys.readouterr()
    assert all(len(line.split("\t")) == 6 for line in captured.out.splitlines())
    assert "contigs" in captured.err
    assert main(["scan", genome, "--model", str(untrained), "--threads", "1", "--min-score", "1"]) == 0
    assert capsys.readouterr().out.startswith("##gff-version 3\n"), "no hits is a valid result"
