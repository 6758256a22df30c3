"""Fixtures of the tests of resumed and merged scans."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator

import pytest
from helpers.quick_scans import before_scoring, small_chunks
from helpers.resumed import CHUNK, SUFFIXES, Interruptions, names, results, scan, scan_with_everything

from mirscan.demo import PRECURSORS
from mirscan.scoring.checkpoint import CARD, locate


@pytest.fixture(autouse=True, scope="package")
def quick() -> Iterator[None]:
    """Small chunks, and networks that are loaded once for all scans of this folder."""
    with small_chunks(CHUNK):
        yield


@pytest.fixture(scope="package")
def genome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three contigs with precursors, two of them across chunk borders, and a tiny one."""
    dice = random.Random(5)
    contigs = {name: dice.choices("ACGT", k=length) for name, length in (("a", 4000), ("b", 90), ("c", 3000))}
    starts = {"a": (CHUNK - 40, 1500, 4 * CHUNK - 20, 3300), "c": (200, 900, 1700, 2500)}
    for (contig, start), precursor in zip(
        ((contig, start) for contig, some in starts.items() for start in some),
        PRECURSORS.values(),
        strict=True,
    ):
        contigs[contig][start : start + len(precursor)] = precursor.replace("U", "T")
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">{name}\n{''.join(bases)}\n" for name, bases in contigs.items()))
    return str(path)


@pytest.fixture(scope="package")
def whole(genome: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The results of a scan that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    assert scan(genome, folder) == 0
    return results(folder)


@pytest.fixture(scope="package")
def everything(genome: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The same with rules, arms and q-values."""
    folder = tmp_path_factory.mktemp("everything")
    assert scan_with_everything(genome, folder) == 0
    assert names(folder) == {*(f"hits.{suffix}" for suffix in SUFFIXES), "hits.bed.gz.tbi", "hits.summary"}
    assert len((folder / "hits.tsv").read_text().splitlines()) > 5
    return results(folder)


@pytest.fixture
def reweighed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The index of known families that ships, with one weight changed."""
    folder = tmp_path_factory.mktemp("weights") / "families"
    shutil.copytree(locate("families"), folder)
    card = json.loads((folder / CARD).read_text())
    card["config"]["bits"]["match"] += 0.5
    (folder / CARD).write_text(json.dumps(card))
    return str(folder)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Interruptions:
    plan = Interruptions()

    def perhaps(number: int) -> None:
        plan.calls = number
        if number in plan.at:
            raise KeyboardInterrupt

    before_scoring(monkeypatch, perhaps)
    return plan
