"""The points of curators, with the numbers behind each answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mirscan.folding.viennarna import fold
from mirscan.reads.criteria import CRITERIA, all_hold
from mirscan.reads.signature import Signature, Stack
from mirscan.records import Hairpin

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
HAIRPIN = Hairpin("c", 0, len(MIR_21), "+", MIR_21, *fold(MIR_21))
FIVE, THREE = Stack(90.0, 7, 29, 0.97, 1.0), Stack(12.0, 45, 66, 1.0, 1.0)
FOUND = Signature(102.0, FIVE, THREE, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.95, 0.8, (2, 2))
ONE = {"leaf": [90.0, 12.0]}


def answers(criteria: str, found: Signature, libraries: dict[str, list[float]]) -> dict[str, bool | None]:
    return {point.name: point.holds for point in CRITERIA[criteria](HAIRPIN, found, libraries)}


@pytest.mark.parametrize("criteria", sorted(CRITERIA))
def test_a_gene_by_the_book_meets_every_point(criteria: str) -> None:
    assert all_hold(CRITERIA[criteria](HAIRPIN, FOUND, ONE))


@pytest.mark.parametrize(
    ("worse", "point"),
    [
        (replace(FOUND, five_prime=replace(FIVE, exact=0.7)), "five_prime_ends"),
        (replace(FOUND, overhangs=(2, 6)), "overhang"),
        (replace(FOUND, five_prime=replace(FIVE, end=35)), "length"),
        (replace(FOUND, three_prime=None), "star"),
        (replace(FOUND, five_prime=replace(FIVE, reads=4.0), three_prime=None), "reads"),
    ],
)
def test_what_fails_is_named(worse: Signature, point: str) -> None:
    assert answers("mirgenedb", worse, ONE)[point] is False


def test_plants_are_asked_for_replicates_where_there_are_several_libraries() -> None:
    assert "replicated" not in answers("plant", FOUND, ONE)
    several = {**ONE, "root": [0.0, 5.0]}
    assert answers("plant", FOUND, several)["replicated"] is False
    assert answers("plant", FOUND, {**ONE, "root": [3.0, 0.0]})["replicated"] is True
    by_three = replace(FOUND, three_prime=replace(THREE, reads=900.0))
    assert answers("plant", by_three, several)["replicated"] is True
    assert "replicated" not in answers("mirgenedb", FOUND, several)
