"""Counts beside what was expected: copies of a repeat are one event, and some cuts fail by chance."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tools.held import fails_by_chance, holds, tally
from benchmarks.tools.pieces import best_of_copies


def test_copies_of_a_repeat_are_one_event() -> None:
    hits = [{"score": score, "group": group} for score, group in ((0.2, 0), (0.7, 1), (0.4, 0), (0.3, 0))]
    assert sorted(best_of_copies(hits)) == [0.4, 0.7]


@pytest.mark.parametrize(
    ("expected", "counted", "events", "agrees"),
    [(5.2, 11, 11, False), (5.2, 11, 10, True), (5.2, 10, 10, True), (1.7, 14, 14, False), (0.5, 0, 0, True)],
)
def test_a_count_agrees_within_a_factor_or_an_interval(
    expected: float, counted: int, events: int, agrees: bool
) -> None:
    assert holds(expected, counted, events) is agrees


@pytest.mark.parametrize("rests_on", [None, 12.0])
def test_chance_is_that_of_drawn_counts(rests_on: float | None) -> None:
    random, expected = np.random.default_rng(1), 5.2
    rate = expected if rests_on is None else random.gamma(rests_on, expected / rests_on, 20_000)
    drawn = random.poisson(rate, 20_000).tolist()
    failed = np.mean([not holds(expected, count, count) for count in drawn])
    assert fails_by_chance(expected, rests_on) == pytest.approx(failed, abs=0.005)


def test_the_tally_names_what_fails() -> None:
    row = {"false_per_mb": 10.0, "expected": 1.7, "rests_on": 9.0, "counted": 14}
    checks = {
        "a": {"cuts": [{**row, "counted_copies_once": 5, "holds": True}]},
        "b": {"cuts": [{**row, "counted_copies_once": 14, "holds": False}]},
    }
    found = tally(checks)
    assert (found["cuts"], found["hold"], found["hold_with_each_copy_counted"]) == (2, 1, 0)
    assert [each["genome"] for each in found["fail"]] == ["b"]
    assert found["fail_by_chance"] >= found["fail_by_chance_of_exact_curves"] > 0
