"""What a match weighs: bits for a gene, beyond what the hairpin itself says.

How much a match would surprise in random sequence is counted in bits: that an arm differs in so few letters,
and that the other arm of the family lies at a loop's distance. The weights of these are those of a logistic
regression of genes against matches in background, with the network's log-odds as its offset: the bits are
what the match adds to what the hairpin says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import ModelError
from mirscan.families.index import FamilyIndex
from mirscan.families.packing import ARM, SEED
from mirscan.families.search import FAR, NEAR, NO_OTHER, Matches

PLAIN = 14  # least different words of three letters in an arm that is no simple sequence
MOST = 24.0  # bits that a match weighs at most
INPUTS = ("match", "arm", "other_arm", "seed_broken", "simple_sequence", "scattered_family")

Floats = NDArray[np.float64]


def surprise(mismatches: int, length: int) -> float:
    """Bits of surprise that random sequence differs from a stretch in no more than so many letters."""
    ways = sum(comb(length, k) * 3**k for k in range(min(mismatches, length) + 1))
    return 2 * length - log2(ways)


_SEED = SEED[1] - SEED[0]
_BROKEN = np.array([surprise(k, ARM) for k in range(ARM + 1)])
_WHOLE = np.array([2 * _SEED + surprise(k, ARM - _SEED) for k in range(ARM + 1)])
_OTHER = np.array([max(0.0, surprise(k, ARM) - log2(FAR - NEAR + 1)) for k in range(NO_OTHER)] + [0.0])


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the regression, bits a unit of each input, in the order of `INPUTS`."""

    weights: tuple[float, ...]

    @classmethod
    def of(cls, named: Mapping[str, float], where: str) -> Weights:
        """The weights by name, as a card has them.

        Raises:
            ModelError: Not one number for each input.
        """
        if set(named) != set(INPUTS) or not all(np.isfinite(float(value)) for value in named.values()):
            raise ModelError(where, f"weights of {', '.join(named) or 'nothing'}", ", ".join(INPUTS))
        return cls(tuple(float(named[name]) for name in INPUTS))

    def bits(self, values: Floats) -> Floats:
        """Bits of n matches, 0..`MOST`: a match that is too poor says nothing, rather than against.

        Args:
            values: (n, inputs), from `inputs`.
        """
        found: Floats = np.clip(values @ np.array(self.weights), 0.0, MOST)
        return found

    def natural(self, values: Floats) -> Floats:
        """The same in natural log-odds and without limits, as the regression sees it."""
        sums: Floats = values @ np.array(self.weights) * np.log(2)
        return sums


def inputs(found: Matches, index: FamilyIndex) -> Floats:
    """What the regression sees of n matches: float64 (n, 6), in the order of `INPUTS`."""
    columns = (
        np.ones(len(found)),
        np.where(found.seed, _WHOLE[found.mismatches], _BROKEN[found.mismatches]),
        _OTHER[found.other],
        ~found.seed,
        np.maximum(PLAIN - index.distinct[found.arm], 0),
        index.scattered[index.family[found.arm]],
    )
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def worth(found: Matches) -> NDArray[np.bool_]:
    """Which of n matches are worth a fold: those that would surprise."""
    alone = (found.mismatches <= 2) | (found.seed & (found.mismatches <= 3))
    paired = np.where(found.seed, found.other <= 6, (found.mismatches <= 3) & (found.other <= 7))
    enough: NDArray[np.bool_] = alone | paired
    return enough
