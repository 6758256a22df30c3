"""A folded hairpin position by position: who stands there, whom it pairs with, who stands opposite.

For models of single positions, such as the one that places the mature arms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan import alphabet
from mirscan.alphabet import UNKNOWN
from mirscan.folding.dot_bracket import central_loop, pair_table

SYMBOLS = 1 + (UNKNOWN + 1) * 3 * (UNKNOWN + 1)  # 0 is padding
PLACES = ("from the 5′ end", "to the 3′ end", "from the middle of the loop")
PLACE_UNIT = 25.0  # nt
DESCRIPTION = {"name": "positions", "symbols": SYMBOLS, "places": list(PLACES)}


@dataclass(frozen=True, slots=True)
class Positions:
    """An encoded hairpin of n bases.

    Attributes:
        symbols: uint8 (n,), 1 + 15 · nucleotide + 5 · state + partner; nucleotide and partner are 0..3 for
            A C G U and 4 for neither, state is 0 unpaired, 1 and 2 paired with a later or an earlier base.
        facing: int64 (n,), the base on the other strand that faces this one, 0..n-1; see `opposite`.
        places: float32 (3, n), nt / 25, in the order of `PLACES`.
    """

    symbols: NDArray[np.uint8]
    facing: NDArray[np.int64]
    places: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.symbols)


def encode(sequence: str, structure: str) -> Positions:
    """Encode one folded hairpin.

    Args:
        sequence: n RNA letters, 5′ to 3′.
        structure: Its dot-bracket.

    Raises:
        InputError: The structure is no dot-bracket.
    """
    table = pair_table(structure)
    at = np.arange(len(table))
    codes = alphabet.encode(sequence).astype(np.int64)
    partner = np.where(table >= 0, codes[table], UNKNOWN)
    state = np.where(table < 0, 0, np.where(table > at, 1, 2))
    places = np.stack([at, len(table) - 1 - at, at - loop_middle(table)]) / PLACE_UNIT
    return Positions(
        (1 + (codes * 3 + state) * (UNKNOWN + 1) + partner).astype(np.uint8),
        np.clip(opposite(table), 0, len(table) - 1),
        places.astype(np.float32),
    )


def opposite(table: NDArray[np.int32]) -> NDArray[np.int64]:
    """The base that faces each base: its partner, or where that would be if the strands ran on evenly.

    An unpaired base goes by the last pair before it, the bases before all pairs by the first one.

    Args:
        table: int32 (n,), from `pair_table`.

    Returns:
        int64 (n,), 0-based; it may lie outside the hairpin.
    """
    at = np.arange(len(table))
    paired = np.flatnonzero(table >= 0)
    if not len(paired):
        return at[::-1].copy()
    before = paired[np.maximum(np.searchsorted(paired, at, side="right") - 1, 0)]
    facing: NDArray[np.int64] = table[before].astype(np.int64) + before - at
    return facing


def loop_middle(table: NDArray[np.int32]) -> float:
    """The middle of the hairpin loop that is nearest to the middle of the hairpin, or that middle itself."""
    start, end, _ = central_loop(table)
    middle: float = (start + end - 1) / 2
    return middle


def pad(rows: Sequence[Positions]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]]:
    """Symbols and facing (n, longest) and places (n, 3, longest), 0 beyond the end of each."""
    longest = max(map(len, rows))
    symbols = np.zeros((len(rows), longest), np.uint8)
    facing = np.zeros((len(rows), longest), np.int64)
    places = np.zeros((len(rows), len(PLACES), longest), np.float32)
    for row, hairpin in enumerate(rows):
        symbols[row, : len(hairpin)] = hairpin.symbols
        facing[row, : len(hairpin)] = hairpin.facing
        places[row, :, : len(hairpin)] = hairpin.places
    return symbols, facing, places
