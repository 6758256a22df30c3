"""Scores as probabilities: what they become where microRNAs are rarer or more frequent than in the card.

A calibrated score is the probability that a candidate is a precursor where so many of the candidates are. By
Bayes' rule another share of them, the prevalence, adds the same number to the log-odds of every score, so
that no two hairpins change places.
"""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np
from numpy.typing import NDArray

FURTHEST = 700.0  # log-odds whose exponential is a number

Floats = NDArray[np.float64]


def shift(prevalence: float, calibrated_at: float) -> float:
    """What another prevalence adds to the log-odds of every score."""
    return _log_odds(prevalence) - _log_odds(calibrated_at)


def shifted(score: float, by: float) -> float:
    """A score 0..1 whose log-odds are raised; 0 and 1 stay."""
    if not 0 < score < 1:
        return score
    return 1 / (1 + exp(min(-by - _log_odds(score), FURTHEST)))


def _log_odds(share: float) -> float:
    return log(share) - log1p(-share)


def reliability(
    scores: Floats, labels: NDArray[np.bool_], weights: Floats, edges: Floats
) -> list[dict[str, float]]:
    """How often hairpins of a score are precursors, by bins of the score.

    Args:
        scores: float64 (n,), 0..1.
        labels: bool (n,), precursor.
        weights: float64 (n,), candidates that each row stands for.
        edges: float64 (k + 1,), rising; the last bin holds its upper edge.

    Returns:
        For each bin that is not empty: `from`, `to`, its `weight` as a share of all, the mean `score` and the
        share of `precursors`.
    """
    bins = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, len(edges) - 2)
    rows = []
    for number in np.unique(bins):
        here = bins == number
        weight = weights[here].sum()
        rows.append(
            {
                "from": float(edges[number]),
                "to": float(edges[number + 1]),
                "weight": float(weight / weights.sum()),
                "score": float((scores[here] * weights[here]).sum() / weight),
                "precursors": float((labels[here] * weights[here]).sum() / weight),
            }
        )
    return rows


def expected_error(rows: list[dict[str, float]]) -> float:
    """The expected calibration error: the bins' distance of score and share, by their weights."""
    return float(sum(row["weight"] * abs(row["score"] - row["precursors"]) for row in rows))
