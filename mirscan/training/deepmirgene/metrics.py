"""The measures of deepMiRGene, Table 2, with bootstrap intervals, and its Kolmogorov–Smirnov test."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

THRESHOLD = 0.5
RESAMPLES = 1000
CHUNK = 100  # resamples at a time: bounds the memory of a bootstrap over 9,000 rows to megabytes


@dataclass(frozen=True, slots=True)
class Measures:
    """How well scores separate precursors from others.

    Attributes:
        se: Sensitivity, TP / (TP + FN).
        sp: Specificity, TN / (TN + FP).
        ppv: Precision, TP / (TP + FP); 0 where nothing is called.
        f: F-score, 2 TP / (2 TP + FP + FN).
        g_mean: √(se · sp).
        auroc: Area under the receiver operating characteristic; ties count one half.
        aupr: Area under the precision–recall curve as average precision, Σ (recall step · precision).
    """

    se: float
    sp: float
    ppv: float
    f: float
    g_mean: float
    auroc: float
    aupr: float


NAMES = tuple(Measures.__dataclass_fields__)


def measure(labels: NDArray[np.int64], scores: Floats, threshold: float = THRESHOLD) -> Measures:
    """The seven measures; a row is called where its score reaches the threshold.

    Args:
        labels: (n,) 1 = precursor; both classes must be there.
        scores: (n,).
        threshold: Lowest score of a call.
    """
    row = _measure_weighted(labels, scores, np.ones((1, len(labels))), threshold)[0]
    return Measures(*(float(value) for value in row))


def best_threshold(labels: NDArray[np.int64], scores: Floats, negatives: float = 1.0) -> float:
    """The threshold of the highest F-score, half way to the next score below it.

    Args:
        labels: (n,) 1 = precursor.
        scores: (n,).
        negatives: How many each negative stands for, where the threshold is meant for data with another
            share of precursors.
    """
    order = np.argsort(-scores, kind="stable")
    hits, alarms = np.cumsum(labels[order]), negatives * np.cumsum(1 - labels[order])
    last_of_tie = np.append(np.diff(scores[order]) != 0, True)
    f = np.where(last_of_tie, 2 * hits / (hits + alarms + hits[-1]), 0)
    best = int(f.argmax())
    below = scores[order][best + 1] if best + 1 < len(scores) else 0.0
    return float(scores[order][best] + below) / 2


def bootstrap(
    labels: NDArray[np.int64],
    scores: Floats,
    threshold: float = THRESHOLD,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of the measures; rows are drawn anew within each class.

    Returns:
        Name of the measure → (lower, upper) bound of the central `level` of its resamples.
    """
    random = np.random.default_rng(seed)
    rows = [
        _measure_weighted(labels, scores, _draw(random, labels, min(CHUNK, resamples - done)), threshold)
        for done in range(0, resamples, CHUNK)
    ]
    tail = (1 - level) / 2
    bounds = np.quantile(np.concatenate(rows), (tail, 1 - tail), axis=0)
    return {name: (float(low), float(high)) for name, low, high in zip(NAMES, *bounds, strict=True)}


def _draw(random: np.random.Generator, labels: NDArray[np.int64], resamples: int) -> Floats:
    """How often each row is drawn, (resamples, n)."""
    weights = np.empty((resamples, len(labels)))
    for side in (0, 1):
        rows = np.flatnonzero(labels == side)
        weights[:, rows] = random.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), resamples)
    return weights


def _measure_weighted(labels: NDArray[np.int64], scores: Floats, weights: Floats, threshold: float) -> Floats:
    """The measures of (r, n) weightings of the same rows, (r, 7)."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, positive = scores[order], labels[order] == 1
    last_of_tie = np.append(np.diff(sorted_scores) != 0, True)
    hits = np.cumsum(weights[:, order] * positive, 1)[:, last_of_tie]
    alarms = np.cumsum(weights[:, order] * ~positive, 1)[:, last_of_tie]
    called = int((sorted_scores[last_of_tie] >= threshold).sum())
    counts = _at_threshold(hits, alarms, called)
    return np.stack([*counts, _auroc(hits, alarms), _average_precision(hits, alarms)], 1)


def _at_threshold(hits: Floats, alarms: Floats, called: int) -> tuple[Floats, ...]:
    nothing = np.zeros(len(hits))
    tp, fp = (hits[:, called - 1], alarms[:, called - 1]) if called else (nothing, nothing)
    positives, negatives = hits[:, -1], alarms[:, -1]
    se, sp = tp / positives, 1 - fp / negatives
    ppv = tp / np.maximum(tp + fp, 1)
    return se, sp, ppv, 2 * tp / (tp + fp + positives), np.sqrt(se * sp)


def _auroc(hits: Floats, alarms: Floats) -> Floats:
    height = hits - np.diff(hits, axis=1, prepend=0) / 2  # the middle of a tied step
    area: Floats = (np.diff(alarms, axis=1, prepend=0) * height).sum(1)
    return area / (hits[:, -1] * alarms[:, -1])


def _average_precision(hits: Floats, alarms: Floats) -> Floats:
    calls = hits + alarms
    precision = np.divide(hits, calls, out=np.zeros_like(hits), where=calls > 0)
    area: Floats = (np.diff(hits, axis=1, prepend=0) * precision).sum(1)
    return area / hits[:, -1]


def separation(labels: NDArray[np.int64], scores: Floats) -> dict[str, float]:
    """The two-sample Kolmogorov–Smirnov test of the scores grouped by label (deepMiRGene, section 4.1)."""
    from scipy.stats import ks_2samp

    result = ks_2samp(scores[labels == 1], scores[labels == 0])
    return {"statistic": float(result.statistic), "p": float(result.pvalue)}


def report(
    labels: NDArray[np.int64], scores: Floats, resamples: int = RESAMPLES, threshold: float = THRESHOLD
) -> dict[str, object]:
    """Everything above as plain values for a JSON file."""
    return {
        "positives": int((labels == 1).sum()),
        "negatives": int((labels == 0).sum()),
        **asdict(measure(labels, scores, threshold)),
        "interval_95": {
            name: list(bounds) for name, bounds in bootstrap(labels, scores, threshold, resamples).items()
        },
        "kolmogorov_smirnov": separation(labels, scores),
    }
