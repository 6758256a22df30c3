"""The reads along a hairpin: how many cover each base, how many begin there, and how long they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.places import LONGEST, SHORTEST, Pile
from mirscan.reads.signature import places_in
from mirscan.records import Hairpin

DECIMALS = 2  # of reads that share places


@dataclass(frozen=True, slots=True)
class Profile:
    """The reads on the strand of a hairpin of n bases.

    Attributes:
        coverage: float64 (n,), reads that cover each base.
        starts: float64 (n,), reads that begin at each base.
        lengths: Length, nt → reads, rising.
    """

    coverage: NDArray[np.float64]
    starts: NDArray[np.float64]
    lengths: Mapping[int, float]

    def as_json(self) -> dict[str, Any]:
        """The profile as journals and results hold it."""
        return {
            "coverage": self.coverage.round(DECIMALS).tolist(),
            "starts": self.starts.round(DECIMALS).tolist(),
            "lengths": {str(length): round(reads, DECIMALS) for length, reads in self.lengths.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Profile:
        """The profile of a measurement."""
        lengths = {int(length): float(reads) for length, reads in content["lengths"].items()}
        return cls(np.array(content["coverage"], float), np.array(content["starts"], float), lengths)


def profile(hairpin: Hairpin, pile: Pile) -> Profile:
    """Lay reads along a hairpin.

    Args:
        hairpin: Where.
        pile: The reads that overlap it, both strands.
    """
    sense = pile.take(pile.minus == (hairpin.strand == "-"))
    start, end = places_in(hairpin, sense)
    touches = (end > 0) & (start < len(hairpin))
    start, end, weight = start[touches], end[touches], sense.weight[touches].astype(np.float64)
    size = len(hairpin)
    change = np.zeros(size + 1)
    np.add.at(change, np.clip(start, 0, size), weight)
    np.add.at(change, np.clip(end, 0, size), -weight)
    inside = start >= 0
    by_length = np.bincount(end - start, weight, LONGEST + 1)
    return Profile(
        np.cumsum(change[:-1]).clip(min=0),
        np.bincount(start[inside], weight[inside], size).astype(np.float64),
        {length: float(reads) for length, reads in enumerate(by_length) if length >= SHORTEST and reads > 0},
    )
