"""How rare it is in a library to see so many reads at a place: measured on the library itself.

A gene that is expressed has reads; whether that says anything depends on how much else of the genome has as
many. The genome is cut into tiles of 100 nt on either strand, and the tiles with at least so many reads are
counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.places import Places

TILE = 100  # nt, about a hairpin
LEVELS = 2.0 ** np.arange(25)  # reads
EXPRESSED = 0.5  # share of the genes that a library shows: an adult tissue's, by order
MOST = 8.0  # bits that depth alone can give: deep places of other RNAs are not rare among candidates


@dataclass(frozen=True, slots=True)
class Rarity:
    """The share of tiles with at least as many reads as each of `LEVELS`.

    Attributes:
        share: float64 (levels,), 0..1, falling; one tile more than was seen, so that none is 0.
    """

    share: NDArray[np.float64]

    @classmethod
    def of(cls, libraries: Sequence[Places], lengths: Mapping[str, int]) -> Rarity:
        """Count the tiles of libraries, taken together.

        Args:
            libraries: Their places.
            lengths: Contig → bases.
        """
        above = np.ones(len(LEVELS))
        for contig, length in lengths.items():
            tiles = np.zeros((2, length // TILE + 1))
            for library in libraries:
                pile = library.contig(contig)
                for strand in range(2):
                    mine = pile.minus == bool(strand)
                    tile = pile.start[mine] // TILE
                    tiles[strand] += np.bincount(tile, pile.weight[mine], tiles.shape[1])
            falling = -np.sort(-tiles, axis=None)
            above += np.searchsorted(-falling, -LEVELS, side="right")
        return cls(above / (2 * sum(length // TILE + 1 for length in lengths.values())))

    def bits(self, reads: float) -> float:
        """Bits for a gene that so many reads are worth by their number alone, 0..`MOST`."""
        level = int(np.searchsorted(LEVELS, reads, side="right")) - 1
        if level < 0:
            return 0.0
        return float(np.clip(log2(EXPRESSED / min(self.share[level], 1.0)), 0.0, MOST))
