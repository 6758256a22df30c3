"""When two hairpins are one locus."""

from __future__ import annotations

import pytest

from mirscan.genome.regions import same_locus


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((0, 80), (40, 120), True),
        ((0, 80), (41, 121), False),
        ((0, 100), (90, 110), True),
        ((0, 100), (91, 111), False),
        ((0, 10), (10, 20), False),
        ((5, 6), (0, 100), True),
    ],
)
def test_one_locus_from_half_of_the_shorter_on(
    first: tuple[int, int], second: tuple[int, int], same: bool
) -> None:
    assert same_locus(*first, *second) == same_locus(*second, *first) == same
