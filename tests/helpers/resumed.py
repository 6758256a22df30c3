"""Scans that are interrupted, and what they leave."""

from __future__ import annotations

import json
from pathlib import Path

from mirscan.cli import main

SUFFIXES = ("gff3", "json", "tsv", "bed.gz")
QUICK = ("--tree", "none", "--arms", "none", "--decoys", "off")
CHUNK = 640  # so that a small genome has many, and precursors lie across their borders
CLOCKS = ("seconds", "megabases_per_second", "threads", "device")  # of a summary


def scan_with_everything(genome: str, folder: Path, *extra: str) -> int:
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in SUFFIXES]
    summary = ["--summary", f"{folder}/hits.summary"]
    common = ["--threads", "1", "--quiet", "--min-score", "0.02"]
    return main(["scan", genome, *common, *outputs, *summary, *extra])


def scan(genome: str, folder: Path, *extra: str) -> int:
    return scan_with_everything(genome, folder, *QUICK, *extra)


def results(folder: Path) -> dict[str, object]:
    """The bytes of every result, and the summary without its clocks."""
    summary = json.loads((folder / "hits.summary").read_text())
    for clock in CLOCKS:
        del summary[clock]
    files = {suffix: (folder / f"hits.{suffix}").read_bytes() for suffix in (*SUFFIXES, "bed.gz.tbi")}
    return {"summary": summary, **files}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class Interruptions:
    """Ctrl-C at the calls of the scorer that `at` names, counted from 1 over all runs."""

    def __init__(self) -> None:
        self.at: set[int] = set()
        self.calls = 0
