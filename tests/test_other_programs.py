"""What is counted of another program beside mirscan: places, known loci, false hits."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.mirmachine import counted, placed

KNOWN = {"Hsa-Mir-1": ("hsa|chr1", 1_000, 1_060, "+")}
LISTED = [("hsa|chr1", 1_000, 1_060, "+"), ("hsa|chr1", 5_000, 5_080, "-")]


def test_a_place_of_a_piece_is_that_of_its_genome() -> None:
    assert placed([("hsa|500|chr1|a", 10, 70, "-")]) == [("hsa|chr1|a", 510, 570, "-")]


@pytest.mark.parametrize(
    ("hit", "found", "false"),
    [
        (("hsa|chr1", 990, 1_070, "+"), ["Hsa-Mir-1"], 0),
        (("hsa|chr1", 990, 1_070, "-"), [], 0),  # the other strand of a known locus is neither
        (("hsa|chr1", 5_000, 5_080, "-"), [], 0),  # known to miRBase alone
        (("hsa|chr2", 1_000, 1_060, "+"), [], 1),
        (("hsa|chr1", 9_000, 9_060, "+"), [], 1),
    ],
)
def test_loci_are_found_on_their_strand_and_false_hits_lie_elsewhere(
    hit: tuple[str, int, int, str], found: list[str], false: int
) -> None:
    row = counted([hit], KNOWN, LISTED, 2.0)
    assert row == {"found": found, "false": false, "false_per_mb": false / 2}


def test_false_hits_of_a_place_count_once() -> None:
    hits = [("hsa|chr1", 9_000 + shift, 9_060 + shift, "+") for shift in (0, 10)]
    assert counted(hits, KNOWN, LISTED, 1.0)["false"] == 1
