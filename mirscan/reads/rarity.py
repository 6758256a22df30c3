"""How rare it is in a library to see so many reads at a place: measured on the library itself.

A gene that is expressed has reads; whether that says anything depends on how much else of the genome has as
many. The genome is cut into tiles of 100 nt on either strand, and the tiles are counted in which at least so
many reads stand out of what lies all over the place (`background.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.background import HIGHEST, level_of, share_above
from mirscan.reads.places import Pile, Places

TILE = 100  # nt, about a hairpin
TOGETHER = 4096  # tiles that are looked at together
LEVELS = 2.0 ** np.arange(25)  # reads
EXPRESSED = 0.5  # share of the genes that a library shows, as in an adult tissue
ORDERS, LEAST = 15.0, 0.1  # powers of 2 over which their depths spread evenly; share of them beyond any depth
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
            for start in range(0, length, TILE * TOGETHER):
                tiles = min(TOGETHER, -(-(length - start) // TILE))
                end = start + TILE * tiles
                pile = Pile.joined([places.fetch(contig, start, end) for places in libraries])
                for minus in (False, True):
                    reads = np.sort(_reads_of_tiles(pile.take(pile.minus == minus), start, end))
                    above += len(reads) - np.searchsorted(reads, LEVELS)
        return cls(above / (2 * sum(-(-length // TILE) for length in lengths.values())))

    def bits(self, reads: float) -> float:
        """Bits that so many reads are worth by their number alone, 0..`MOST`; never less for more."""
        level = int(np.searchsorted(LEVELS, reads, side="right"))
        as_deep = EXPRESSED * np.maximum(1 - np.log2(LEVELS) / ORDERS, LEAST)
        bits = np.log2(as_deep / np.minimum(self.share, 1.0)).clip(0.0, MOST)
        return float(bits[:level].max(initial=0.0))


def _reads_of_tiles(pile: Pile, start: int, end: int) -> NDArray[np.float64]:
    """The reads that begin in each tile with any, and stand out of its level.

    Args:
        pile: The reads of a strand that overlap the tiles.
        start: First base of the first tile.
        end: One past the last base of the last.
    """
    place = pile.five_prime.astype(np.int64) - start
    inside = (place >= 0) & (place < end - start)
    tile, row = np.unique(place[inside] // TILE, return_inverse=True)
    at = row * TILE + place[inside] % TILE
    begins = np.bincount(at, pile.weight[inside], TILE * len(tile)).astype(np.float64).reshape(-1, TILE)
    reads: NDArray[np.float64] = begins.sum(axis=1)
    crowded = (begins > 0).sum(axis=1) > HIGHEST * TILE  # elsewhere there is no level
    begins = begins[crowded]
    reads[crowded] = (begins * share_above(begins, level_of(begins))).sum(axis=1)
    return reads
