"""Interruptions, shards and merging: however a scan comes together, it ends with the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.scoring import Scorer

SUFFIXES = ("gff3", "json", "tsv", "bed.gz")


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Contigs with precursors, one of them on a chunk border, and enough chunks to be interrupted."""
    dice = random.Random(5)
    contigs = []
    for length in (60_000, 90, 45_000, 25_000):
        contigs.append("".join(dice.choices("ACGT", k=length)))
    for number, (name, start) in enumerate(product(PRECURSORS, (30_000, 49_970))):
        contig, planted = number % 2 * 2, PRECURSORS[name].replace("U", "T")
        start = min(start + 400 * number, len(contigs[contig]) - 200)
        contigs[contig] = contigs[contig][:start] + planted + contigs[contig][start + len(planted) :]
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">c{number}\n{bases}\n" for number, bases in enumerate(contigs)))
    return str(path)


def scan(genome: str, folder: Path, *extra: str, name: str = "hits") -> int:
    outputs = [f"-o{folder}/{name}.{suffix}" for suffix in SUFFIXES]
    summary = ["--summary", f"{folder}/{name}.summary"]
    return main(["scan", genome, "--threads", "1", "--quiet", *outputs, *summary, *extra])


def results(folder: Path, name: str = "hits") -> dict[str, object]:
    """The bytes of every result, and the summary without its clock."""
    summary = json.loads((folder / f"{name}.summary").read_text())
    for clock in ("seconds", "megabases_per_second", "threads", "device"):
        del summary[clock]
    files = {suffix: (folder / f"{name}.{suffix}").read_bytes() for suffix in (*SUFFIXES, "bed.gz.tbi")}
    return {"summary": summary, **files}


@pytest.fixture(scope="module")
def whole(genome: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("whole")
    assert scan(genome, folder) == 0
    assert {path.name.split(".", 1)[1] for path in folder.iterdir()} == {*SUFFIXES, "bed.gz.tbi", "summary"}
    assert len((folder / "hits.tsv").read_text().splitlines()) > 4
    return results(folder)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Ctrl-C at the call of the scorer that the list names, and the calls that there were."""
    calls: list[int] = [2]
    scores = Scorer.scores

    def at_some_time(self: Scorer, hairpins: object) -> object:
        calls.append(len(calls))
        if len(calls) == calls[0] + 1:
            raise KeyboardInterrupt
        return scores(self, hairpins)

    monkeypatch.setattr(Scorer, "scores", at_some_time)
    return calls


def test_an_interrupted_scan_goes_on_and_ends_the_same(
    genome: str, whole: dict[str, object], tmp_path: Path, interrupted: list[int]
) -> None:
    assert scan(genome, tmp_path) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["hits.gff3.journal"]
    assert scan(genome, tmp_path, "--resume") == 0
    assert len(interrupted) - 2 == 3, "the first chunk was searched again"
    assert results(tmp_path) == whole
    assert not list(tmp_path.glob("*.journal"))


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_shards_merge_to_the_bytes_of_the_whole(
    genome: str, whole: dict[str, object], tmp_path: Path, of: int
) -> None:
    shards = [f"{tmp_path}/part{number}.shard" for number in range(1, of + 1)]
    for number, shard in enumerate(shards, 1):
        command = ["scan", genome, "--threads", "1", "--quiet", "--shard", f"{number}/{of}", "-o", shard]
        assert main(command) == 0
    outputs = [f"-o{tmp_path}/hits.{suffix}" for suffix in SUFFIXES]
    merge = ["merge", *reversed(shards), *outputs, "--summary", f"{tmp_path}/hits.summary", "--quiet"]
    assert main(merge) == 0
    assert results(tmp_path) == whole
    assert not list(tmp_path.glob("*.journal"))
