"""Hits and a run to write, and the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mirscan.records import Hairpin, Hit, Run
from mirscan.tree.rules import Question, Rule, Step
from mirscan.writers.result_files import ResultFiles

ODD = "scaf=1;2,3&4%5|x"
RUN = Run("9.9", "some-model", "abc", {"min_score": 0.5}, {"chr1": 5000, ODD: 300, "empty": 10})
STEP = Step(Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5), True, 0.7, 0.31, False)
RULE = Rule((STEP,), True, (3, 40), 0.93, 2)
HITS = [
    Hit("chr1:101-120:+", Hairpin("chr1", 100, 120, "+", "ACGU" * 5, "." * 20, -12.5), 0.875),
    Hit(
        "chr1:151-170:-",
        Hairpin("chr1", 150, 170, "-", "GGGG" * 5, "((((............))))", -1.0),
        1.0,
        {"rule": RULE},
    ),
    Hit(f"{ODD}:1-20:+", Hairpin(ODD, 0, 20, "+", "CCCC" * 5, "." * 20, 0.0), 0.5),
]
ALL = ("gff3", "bed", "tsv", "json", "fa", "gff3.gz", "bed.gz", "tsv.gz", "json.gz", "fa.gz")


def files(*names: str | Path, **more: Any) -> ResultFiles:
    return ResultFiles(tuple(map(str, names)), **more)
