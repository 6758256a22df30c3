"""The prevalence of each clade: as measured, and none where no gene is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mirscan.errors import UsageError
from mirscan.pipeline.false_hits import CLADES
from mirscan.pipeline.priors import PRECURSORS, prevalence_of

MEASURED = Path(__file__).parents[2] / "benchmarks" / "results" / "clades.json"


@pytest.mark.skipif(not MEASURED.exists(), reason="the benchmarks' results are not there")
def test_the_shares_are_those_measured() -> None:
    rows = json.loads(MEASURED.read_text())["prevalence"]
    assert {clade: row["prevalence"] for clade, row in rows.items() if row["prevalence"]} == PRECURSORS


def test_an_open_clade_has_the_mean_and_one_without_genes_none() -> None:
    assert prevalence_of(["nematode", "insect"]) == pytest.approx(9.85e-5)
    for clade in set(CLADES) - set(PRECURSORS):
        with pytest.raises(UsageError, match=f"not known of a {clade}"):
            prevalence_of([clade])
