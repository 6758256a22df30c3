from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mirscan.training.deepmirgene.metrics import best_threshold, bootstrap, measure, report, separation


def sample(n: int = 400, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    labels = (random.random(n) < 0.2).astype(np.int64)
    scores = np.clip(random.normal(0.3 + 0.3 * labels, 0.2), 0, 1)
    return labels, np.round(scores, 2) if ties else scores


@pytest.mark.parametrize("ties", [True, False])
def test_areas_are_those_of_scikit_learn(ties: bool) -> None:
    labels, scores = sample(ties=ties)
    measured = measure(labels, scores)
    assert measured.auroc == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert measured.aupr == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


def test_counts_by_hand() -> None:
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    scores = np.array([0.9, 0.5, 0.2, 0.8, 0.4, 0.3, 0.1, 0.0])  # TP 2, FN 1, FP 1, TN 4
    measured = measure(labels, scores)
    assert (measured.se, measured.sp, measured.ppv) == pytest.approx((2 / 3, 4 / 5, 2 / 3))
    assert measured.f == pytest.approx(2 / 3)
    assert measured.g_mean == pytest.approx(math.sqrt(2 / 3 * 4 / 5))


def test_nothing_called() -> None:
    measured = measure(np.array([1, 0]), np.array([0.1, 0.2]))
    assert (measured.se, measured.sp, measured.ppv, measured.f) == (0, 1, 0, 0)


def test_intervals_hold_the_value_and_shrink_with_the_sample() -> None:
    widths = []
    for n in (200, 5000):
        labels, scores = sample(n)
        low, high = bootstrap(labels, scores, resamples=200)["auroc"]
        assert low < measure(labels, scores).auroc < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 3  # √25 = 5


def test_intervals_are_the_same_for_a_seed() -> None:
    labels, scores = sample()
    assert bootstrap(labels, scores, resamples=150, seed=1) == bootstrap(
        labels, scores, resamples=150, seed=1
    )
    assert bootstrap(labels, scores, resamples=150, seed=1) != bootstrap(
        labels, scores, resamples=150, seed=2
    )


def test_a_perfect_score_has_a_perfect_interval() -> None:
    labels = np.array([0] * 50 + [1] * 10)
    bounds = bootstrap(labels, labels.astype(float), resamples=50)
    assert all(pair == (1.0, 1.0) for pair in bounds.values())


def test_separation_sees_a_difference_and_no_difference() -> None:
    labels, scores = sample(ties=False)
    assert separation(labels, scores)["p"] < 1e-10
    shuffled = np.random.default_rng(0).permutation(labels)
    assert separation(shuffled, scores)["p"] > 0.01


def test_report_counts_rows() -> None:
    labels, scores = sample(100)
    found = report(labels, scores, resamples=10)
    assert found["positives"] == labels.sum()
    assert found["positives"] + found["negatives"] == 100


def test_best_threshold_has_the_highest_f_of_all() -> None:
    labels, scores = sample()
    best = measure(labels, scores, best_threshold(labels, scores)).f
    assert best == pytest.approx(max(measure(labels, scores, t).f for t in np.unique(scores)))
    assert best > measure(labels, scores, 0.9).f


def test_best_threshold_for_other_shares_is_that_of_repeated_negatives() -> None:
    labels, scores = sample(ties=False)
    repeats = np.where(labels == 1, 1, 4)
    repeated = best_threshold(np.repeat(labels, repeats), np.repeat(scores, repeats))
    assert best_threshold(labels, scores, 4.0) == pytest.approx(repeated)
    assert best_threshold(labels, scores, 4.0) > best_threshold(labels, scores)
