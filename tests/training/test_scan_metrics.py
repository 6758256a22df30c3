"""Recall at so many false hits per megabase: by hand, and against a plain count."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.training.scan.metrics import (
    MISSED,
    Ground,
    average_precision,
    best_per_precursor,
    recall_at,
    thresholds,
)


def ground(scores: list[float], weights: list[float] | None = None, megabases: float = 1.0) -> Ground:
    return Ground(np.array(scores), np.array(weights or [1.0] * len(scores)), megabases)


def test_the_threshold_lets_no_more_through_than_allowed() -> None:
    one = ground([0.9, 0.8, 0.7, 0.6], megabases=2.0)
    assert [one.threshold(rate) for rate in (0.1, 0.5, 1.0, 1.9)] == [0.9, 0.8, 0.7, 0.6]
    assert one.threshold(2.0) == -np.inf
    assert one.false_per_mb(0.7) == 1.5


def test_a_weighted_row_counts_as_many() -> None:
    few, many = ground([0.9, 0.8, 0.1], [1.0, 3.0, 1.0]), ground([0.9, 0.8, 0.8, 0.8, 0.1])
    for rate in (0.5, 1.0, 2.0, 3.5, 4.0, 4.5):
        assert few.threshold(rate) == many.threshold(rate)


def test_thresholds_against_a_plain_count() -> None:
    random = np.random.default_rng(0)
    scores, weights = random.random(300), random.integers(1, 5, (1, 300)).astype(float)
    for rate in (0.1, 3.0, 40.0, 200.0):
        cut = thresholds(scores, weights, 2.5, (rate,))[0, 0]
        assert weights[0, scores > cut].sum() <= rate * 2.5 < weights[0, scores >= cut].sum()


def test_the_best_candidate_stands_for_its_precursor() -> None:
    best = best_per_precursor(np.array([7, 3, 7, 3]), np.array([0.2, 0.4, 0.9, 0.1]), np.array([3, 5, 7]))
    assert best.tolist() == [0.4, MISSED, 0.9]


def test_recall_counts_what_the_sieve_missed() -> None:
    precursors = np.array([0.95, 0.85, 0.75, MISSED])
    result = recall_at(precursors, [ground([0.9, 0.8, 0.7])], (0.5, 1.0, 2.0, 50.0), resamples=50)
    assert [result[rate]["recall"] for rate in ("0.5", "1", "2", "50")] == [0.25, 0.5, 0.75, 0.75]


def test_pooled_background_is_one_background() -> None:
    random = np.random.default_rng(1)
    precursors = random.random(40)
    whole = random.random(200)
    parts = [ground(whole[:50].tolist(), megabases=0.5), ground(whole[50:].tolist(), megabases=1.5)]
    together = recall_at(precursors, [ground(whole.tolist(), megabases=2.0)], (5.0,), resamples=5)
    assert recall_at(precursors, parts, (5.0,), resamples=5)["5"]["recall"] == together["5"]["recall"]


def test_the_interval_covers_a_known_recall() -> None:
    """Normal scores, shifted by 2: recall at a false rate of 1 % is Φ(2 − 2.326) = 0.372."""
    covered = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        background, precursors = random.normal(size=5000), random.normal(2, size=200)
        result = recall_at(precursors, [ground(background.tolist())], (50.0,), resamples=200, seed=seed)
        low, high = result["50"]["interval_95"]
        covered += low <= 0.3722 <= high
    assert covered >= 17


def test_average_precision_against_a_plain_sum() -> None:
    precursors, background = np.array([0.9, 0.5, MISSED]), ground([0.7, 0.3, 0.2, 0.1])
    prevalence = 3 / 7  # as they stand: three precursors, four others
    by_hand = (1 / 1 + 2 / 3) / 3
    assert average_precision(precursors, [background], prevalence) == pytest.approx(by_hand)
    assert average_precision(precursors, [background], 1e-6) < by_hand
