"""Windows partition what they own, see their margin, and regions mean what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.errors import UsageError
from mirscan.genome.regions import MOST_STATED, Region, bundle, facts_of, merge, parse_region, tiles


@given(st.integers(1, 5000), st.integers(1, 700), st.integers(0, 300))
def test_tiles_own_every_base_once(length: int, step: int, reach: int) -> None:
    windows = list(tiles("c", length, 0, length, step, reach))
    owned = [base for window in windows for base in range(window.own_start, window.own_end)]
    assert owned == list(range(length))
    for window in windows:
        assert window.start == max(0, window.own_start - reach)
        assert window.end == min(length, window.own_end + reach)


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 100))
def test_bundles_keep_every_window_in_order(lengths: list[int], bases: int) -> None:
    windows = [window for n in lengths for window in tiles(str(n), n, 0, n, 20, 5)]
    bundles = list(bundle(windows, bases))
    assert [window for each in bundles for window in each] == windows
    for each in bundles[:-1]:
        assert sum(window.own_end - window.own_start for window in each) >= bases


def test_regions_are_read_as_people_write_them() -> None:
    assert parse_region("chr1") == Region("chr1")
    assert parse_region("chr1:11") == Region("chr1", 10)
    assert parse_region("chr1:1,001-2,000") == Region("chr1", 1000, 2000)
    assert parse_region("HLA:DRB1:5-9") == Region("HLA:DRB1", 4, 9)
    assert parse_region("chrII:100-200", {"chrII:100-200"}) == Region("chrII:100-200")


@pytest.mark.parametrize("text", ["", "chr1:0-5", "chr1:9-5", "chr1:,-5"])
def test_regions_without_a_base_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_region(text)


def test_intervals_merge_where_they_touch() -> None:
    assert merge([(5, 9), (0, 3), (3, 4), (8, 12)]) == [(0, 4), (5, 12)]


def test_what_was_asked_for_is_stated_merged_and_no_longer_than_can_be_read() -> None:
    assert facts_of(None) == {}, "a whole genome"
    assert facts_of({}) == {"regions": "none", "region_bases": 0}, "an empty BED file"
    assert facts_of({"b": [(50, 90), (0, 60)], "a": [(9, 10)]}) == {
        "regions": "b:1-90,a:10-10",
        "region_bases": 91,
    }
    many = facts_of({"a": [(10 * number, 10 * number + 5) for number in range(MOST_STATED + 3)]})
    assert str(many["regions"]).count(":") == MOST_STATED
    assert str(many["regions"]).endswith(",and_3_more")
    assert many["region_bases"] == 5 * (MOST_STATED + 3)
