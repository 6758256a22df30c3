"""How a score does in a genome: recall at so many false hits per megabase, with bootstrap intervals.

Background may be a weighted sample: a row of weight w stands for w candidates of the genome, so that the many
that a cheap score has ruled out need not all be folded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FALSE_PER_MB = (0.1, 1.0, 10.0, 50.0, 100.0)
RESAMPLES = 500
MISSED = -np.inf  # the score of a precursor of which no candidate was scored


@dataclass(frozen=True, slots=True)
class Ground:
    """Scored background.

    Attributes:
        scores: float64 (n,).
        weights: float64 (n,), candidates that each row stands for.
        megabases: Sequence searched on both strands, Mb.
    """

    scores: Floats
    weights: Floats
    megabases: float

    def false_per_mb(self, threshold: float) -> float:
        """Candidates per Mb that score at least `threshold`."""
        return float(self.weights[self.scores >= threshold].sum() / self.megabases)

    def threshold(self, false_per_mb: float) -> float:
        """The lowest of its scores above which (exclusive) no more than so many candidates per Mb lie."""
        return float(thresholds(self.scores, self.weights[None], self.megabases, (false_per_mb,))[0, 0])


def thresholds(scores: Floats, weights: Floats, megabases: float, false_per_mb: Sequence[float]) -> Floats:
    """For each weighting, the score that must be exceeded for at most so many false hits per Mb.

    Args:
        scores: (n,).
        weights: (r, n), candidates that each row stands for.
        megabases: Mb.
        false_per_mb: (k,).

    Returns:
        (r, k): a score of the background; -inf where all of it may be called.
    """
    order = np.argsort(-scores, kind="stable")
    total = np.cumsum(weights[:, order], axis=1)
    allowed = np.asarray(false_per_mb) * megabases
    first_too_many = (total[:, :, None] <= allowed).sum(1)
    padded = np.append(scores[order], -np.inf)
    found: Floats = padded[first_too_many]
    return found


def best_per_precursor(origin: NDArray[np.int64], scores: Floats, planted: NDArray[np.int64]) -> Floats:
    """The best score among the candidates of each planted precursor; `MISSED` where there is none.

    Args:
        origin: (n,), precursor of each candidate.
        scores: (n,).
        planted: (m,), distinct precursors, sorted.

    Returns:
        (m,).
    """
    best = np.full(len(planted), MISSED)
    place = np.searchsorted(planted, origin)
    np.maximum.at(best, place, scores)
    return best


def recall_at(
    precursors: Floats,
    grounds: Sequence[Ground],
    false_per_mb: Sequence[float] = FALSE_PER_MB,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, dict[str, float | list[float]]]:
    """Share of precursors found at each rate of false hits in pooled background.

    Args:
        precursors: (m,), best score of each; `MISSED` never counts as found.
        grounds: Background, pooled.
        false_per_mb: Rates.
        resamples: Of precursors and of background candidates, for the intervals.
        seed: Of the resamples.

    Returns:
        Rate as text → recall, threshold, and the central 95 % of the recall's resamples.
    """
    random = np.random.default_rng(seed)
    scores = np.concatenate([ground.scores for ground in grounds])
    weights = np.concatenate([ground.weights for ground in grounds])
    megabases = sum(ground.megabases for ground in grounds)
    # only the upper end matters, and that makes a resample cheap
    top = np.argsort(-scores, kind="stable")[: _needed(scores, weights, 2 * max(false_per_mb) * megabases)]
    scores, weights = scores[top], weights[top]
    here = thresholds(scores, weights[None], megabases, false_per_mb)[0]
    drawn = random.poisson(1.0, (resamples, len(scores))) * weights
    there = thresholds(scores, drawn, megabases, false_per_mb)
    rows = random.integers(len(precursors), size=(resamples, len(precursors)))
    again = np.stack([_recall(precursors[row], cuts) for row, cuts in zip(rows, there, strict=True)])
    low, high = np.quantile(again, (0.025, 0.975), axis=0)
    found = _recall(precursors, here)
    return {
        f"{rate:g}": {"recall": float(share), "interval_95": [float(a), float(b)], "threshold": float(cut)}
        for rate, share, a, b, cut in zip(false_per_mb, found, low, high, here, strict=True)
    }


def _needed(scores: Floats, weights: Floats, candidates: float) -> int:
    total = np.cumsum(weights[np.argsort(-scores, kind="stable")])
    return min(len(scores), int(np.searchsorted(total, candidates)) + 100)


def _recall(precursors: Floats, cuts: Floats) -> Floats:
    """(m,) and (k,) → (k,)."""
    found: Floats = (precursors[:, None] > np.maximum(cuts, np.finfo(np.float64).min)).mean(0)
    return found


def average_precision(precursors: Floats, grounds: Sequence[Ground], prevalence: float) -> float:
    """Average precision where precursors are `prevalence` of what is scored.

    Args:
        precursors: (m,), best score of each.
        grounds: Background, pooled.
        prevalence: Precursors among candidates, 0..1.
    """
    scores = np.concatenate([ground.scores for ground in grounds])
    weights = np.concatenate([ground.weights for ground in grounds])
    order = np.argsort(-scores)
    alarms = np.append(0.0, np.cumsum(weights[order])) / weights.sum()
    found = np.sort(precursors[precursors > MISSED])[::-1]
    false_rate = alarms[np.searchsorted(-scores[order], -found, side="right")]
    recall = np.arange(1, len(found) + 1) / len(precursors)
    true = recall * prevalence
    precision = true / (true + false_rate * (1 - prevalence))
    return float(precision.sum() / len(precursors))
