"""Scans that something disturbs: a small genome, and what a scan of it leaves."""

from __future__ import annotations

import random
from pathlib import Path

from mirscan.cli import main
from mirscan.demo import PRECURSORS

CHUNK = 400
QUICK = ("--threads", "1", "--tree", "none", "--arms", "none", "--decoys", "off")


def write_genome(folder: Path) -> Path:
    dice = random.Random(4)
    bases = "".join("".join(dice.choices("ACGT", k=350)) + one for one in PRECURSORS.values())
    (folder / "in").mkdir()
    (folder / "in" / "genome.fa").write_text(f">one\n{bases}\n")
    return folder / "in" / "genome.fa"


def scan(genome: Path, *extra: str, suffixes: tuple[str, ...] = ("tsv",)) -> int:
    outputs = [f"-o{genome.parent.parent}/hits.{suffix}" for suffix in suffixes]
    return main(["scan", str(genome), *QUICK, "--quiet", "--min-score", "0.02", *outputs, *extra])


def files(genome: Path) -> set[str]:
    return {path.name for path in genome.parent.parent.iterdir()} - {"in"}
