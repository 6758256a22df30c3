"""What a match weighs: bits for or against a gene, beyond what the hairpin itself says.

The weights are those of a logistic regression of genes against matches in background, with the network's
log-odds as its offset: what it adds is what the match says that the hairpin does not. Each input has a sign
that it may not cross, so that a worse match never weighs more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.families.packing import ARM, Packed
from mirscan.families.search import NO_OTHER

PLAIN = 14  # distinct words of three letters in an arm, from which on it is no simple sequence
SIMPLE = 10  # up to which it finds nothing by itself
MOST = 24.0  # bits that a match weighs at most
INPUTS = ("match", "mismatches", "mismatches beyond two", "seed broken", "other arm", "simple sequence")

Floats = NDArray[np.float64]


def inputs(mismatches: NDArray[np.int64], seed: NDArray[np.bool_], other: NDArray[np.int64], distinct: NDArray[np.int64]) -> Floats:
    """What the regression sees of n matches, float64 (n, 6), by the names of `INPUTS`.

    Args:
        mismatches: int64 (n,), of the arm.
        seed: bool (n,), its nucleotides 2 to 8 are whole.
        other: int64 (n,), mismatches of the other arm, `NO_OTHER` for none.
        distinct: int64 (n,), distinct words of three letters in the arm; see `distinct_words`.
    """
    columns = (
        np.ones(len(mismatches)),
        mismatches,
        np.maximum(mismatches - 2, 0),
        ~seed,
        NO_OTHER - np.minimum(other, NO_OTHER),
        np.maximum(PLAIN - distinct, 0),
    )
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the regression, bits an input, in the order of `INPUTS`."""

    weights: tuple[float, ...]

    def bits(self, values: Floats) -> Floats:
        """Bits of n matches, 0..`MOST`; 0 also for what speaks against: a poor match is none.

        Args:
            values: (n, inputs), from `inputs`.
        """
        found: Floats = np.clip(values @ np.array(self.weights), 0.0, MOST)
        return found


def distinct_words(arm: Packed) -> NDArray[np.int64]:
    """How many different words of three letters each packed arm holds, 1..20."""
    words = np.stack([(arm >> np.uint64(2 * at)) & np.uint64(63) for at in range(ARM - 2)], axis=1)
    words.sort(axis=1)
    count: NDArray[np.int64] = 1 + (np.diff(words.astype(np.int64), axis=1) != 0).sum(axis=1)
    return count
