"""The weights of a match: a logistic regression whose offset is what the network says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.families.bits import INPUTS, Weights
from mirscan.training.families.examples import Seen

# Where the choice of each hairpin's best match begins, before there are weights: bits of surprise count, a
# broken seed and simple sequence cost some.
BEGINNING = Weights((-4.0, 0.3, 0.2, -2.5, -1.0, -2.0))
SIGNS = np.array([0, 1, 1, -1, -1, -1])  # a weight may not cross 0 to the other side
RIDGE = np.array(
    [0.01, 0.01, 0.01, 0.01, 0.01, 0.3]
)  # scattered families are few: their weight is held small
STEPS = 50
CANDIDATES_PER_MB = 10_000  # of the sieve, on both strands

Floats = NDArray[np.float64]


def fit(genes: Sequence[Seen], background: Sequence[Seen], prevalence: float) -> Weights:
    """Fit the weights.

    A gene counts as much as makes genes the prevalence among all candidates of the background, so that the
    sum of log-odds and bits is again a probability at that prevalence.

    Args:
        genes: Of species that their index does not know.
        background: Of genomes.
        prevalence: Precursors among candidates at which the network's log-odds are calibrated.
    """
    candidates = CANDIDATES_PER_MB * sum(part.total for part in background)
    each = prevalence * candidates / sum(part.total for part in genes)
    parts = [*genes, *background]
    values = np.concatenate([part.inputs for part in parts])
    offsets = np.concatenate([part.log_odds for part in parts])
    found = sum(len(part.families) for part in genes)
    label = np.arange(len(values)) < found
    weights = np.where(label, each, 1.0)
    free = np.ones(len(INPUTS), dtype=np.bool_)
    while True:
        natural = np.zeros(len(INPUTS))
        natural[free] = _logistic(values[:, free], offsets, label, weights, RIDGE[free])
        crossed = free & (natural * SIGNS < 0)
        if not crossed.any():
            return Weights(tuple(np.round(natural / np.log(2), 3).tolist()))
        free &= ~crossed


def _logistic(
    values: Floats, offsets: Floats, label: NDArray[np.bool_], weights: Floats, ridge: Floats
) -> Floats:
    """Newton's method: natural log-odds a unit of each input."""
    fitted = np.zeros(values.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(offsets + values @ fitted, -50, 50)))
        slope = values.T @ (weights * (label - probability)) - ridge * fitted
        curve = (values * (weights * probability * (1 - probability))[:, None]).T @ values
        step = np.linalg.solve(curve + np.diag(ridge), slope)
        fitted = fitted + step
        if np.abs(step).max() < 1e-9:
            break
    return fitted
