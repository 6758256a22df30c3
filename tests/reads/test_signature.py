"""The signature of Drosha and Dicer, and what it weighs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.folding.viennarna import fold
from mirscan.reads.places import Pile
from mirscan.reads.signature import Signature, Stack, signature
from mirscan.reads.weights import FEATURES, features, shipped_weights
from mirscan.records import Hairpin

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
FIVE, THREE = (7, 29), (45, 67)  # miR-21-5p UAGCUUAUCAGACUGAUGUUGA and miR-21-3p as Dicer cuts them
AT = 1_000


def hairpin(strand: str = "+") -> Hairpin:
    return Hairpin("chr", AT, AT + len(MIR_21), strand, MIR_21, *fold(MIR_21))


def pile(rows: list[tuple[int, int, float]], strand: str = "+", minus: bool | None = None) -> Pile:
    """Reads given as start, end and number in the hairpin, 5′ to 3′."""
    own = strand == "-" if minus is None else minus
    places = [(AT + s, e - s, w) if strand == "+" else (AT + len(MIR_21) - e, e - s, w) for s, e, w in rows]
    start, length, weight = zip(*places, strict=True)
    columns = np.array(start, np.int32), np.array(length, np.uint8), np.full(len(rows), own)
    return Pile(*columns, np.array(weight, np.float32))


@pytest.mark.parametrize("strand", ["+", "-"])
def test_both_arms_are_seen_with_their_overhangs(strand: str) -> None:
    rows = [(*FIVE, 90.0), (FIVE[0] + 1, FIVE[1], 10.0), (*THREE, 20.0), (28, 48, 5.0)]
    found = signature(hairpin(strand), pile(rows, strand))
    assert found.reads == 125
    assert found.five_prime == Stack(100, *FIVE, 0.9, 1.0)
    assert found.three_prime == Stack(20, *THREE, 1.0, 1.0)
    assert (found.mature, found.star) == (found.five_prime, found.three_prime)
    assert found.loop == pytest.approx(5 / 125)
    assert found.overhangs is not None
    assert all(1 <= over <= 3 for over in found.overhangs)


def test_reads_of_the_other_strand_and_across_the_ends_count_against() -> None:
    against = Pile.joined([pile([(*FIVE, 5.0)]), pile([(10, 30, 15.0)], minus=True), pile([(-15, 10, 20.0)])])
    found = signature(hairpin(), against)
    assert found.antisense == 0.75
    assert found.across == 0.8
    assert found.near == 0.8
    assert (
        shipped_weights().bits(found, 0.0)
        < 0
        < shipped_weights().bits(signature(hairpin(), pile([(*FIVE, 50.0)])), 0.0)
    )


def test_no_read_weighs_little() -> None:
    silent = shipped_weights().bits(signature(hairpin(), Pile.empty()), 0.0)
    assert -2 < silent < 0


SHARES = st.floats(0, 1)


@given(
    st.floats(1, 1e5),
    SHARES,
    SHARES,
    SHARES,
    SHARES,
    SHARES,
    SHARES,
    SHARES,
    st.sampled_from([None, (2, 2), (1, 3), (-4, 2)]),
)
def test_every_feature_counts_one_way(
    reads: float,
    exact: float,
    dicer: float,
    loop: float,
    across: float,
    antisense: float,
    paired: float,
    better: float,
    overhangs: tuple[int, int] | None,
) -> None:
    weights = shipped_weights()
    arm = Stack(reads, 7, 29, exact, max(exact, 0.5))
    star = None if overhangs is None else Stack(reads / 50, 45, 67, 1.0, 1.0)
    found = Signature(reads, arm, star, dicer, loop, across, 0.0, antisense, 0.0, 1.0, paired, overhangs)
    assert set(features(found)) == set(FEATURES)
    assert all(0 <= value <= 1 for value in features(found).values())
    bits = weights.bits(found, 0.0)
    assert abs(bits) <= weights.most
    cleaner = [
        replace(found, dicer=max(dicer, better)),
        replace(found, loop=min(loop, better)),
        replace(found, across=min(across, better)),
        replace(found, antisense=min(antisense, better)),
        replace(found, paired=max(paired, better)),
        replace(found, five_prime=replace(arm, exact=max(exact, better))),
    ]
    assert all(weights.bits(other, 0.0) >= bits - 1e-9 for other in cleaner)
    assert weights.bits(found, 3.0) >= bits
