"""A folded hairpin as the columns of its stem, from the terminal loop to the open end, without an image.

The columns are those of `columns.py`, however many; what is measured on them stands in `stem_measures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode
from mirscan.encoding.drawing import (
    COLOUR_OF_CODE,
    GAP,
    LOOP,
    PAIR,
    PAIRED_HEIGHTS,
    UNBOUND_HEIGHT,
    fill_columns,
)
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.records import Hairpin

Colours = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stem:
    """The stem of one hairpin of n columns, column 0 next to the terminal loop.

    Attributes:
        hairpin: The hairpin.
        upper: uint8 (n,), colours of the 5′ strand: 1 gap, 2 G, 3 C, 4 U, 5 A.
        lower: uint8 (n,), colours of the 3′ strand.
        pairs: bool (n,), C–G, A–U or G–U pairs.
        loop: The bases of the terminal loop in the sequence, 0-based and half-open.
        loops: Terminal loops of the fold; more than one where it branches.
    """

    hairpin: Hairpin
    upper: Colours
    lower: Colours
    pairs: Bools
    loop: tuple[int, int]
    loops: int

    @property
    def bulged_5p(self) -> Bools:
        """Where a base of the 5′ strand stands opposite no base, (n,)."""
        bulged: Bools = ~self.pairs & (self.lower == GAP)
        return bulged

    @property
    def bulged_3p(self) -> Bools:
        """Where a base of the 3′ strand stands opposite no base, (n,)."""
        bulged: Bools = ~self.pairs & (self.upper == GAP)
        return bulged


def stem_of(hairpin: Hairpin) -> Stem:
    """The stem of a hairpin.

    Raises:
        InputError: Its structure is no dot-bracket.
    """
    table = pair_table(hairpin.structure)
    start, end, loops = central_loop(table)
    upper, lower, kind = np.empty((3, len(table)), np.uint8)
    count = fill_columns(COLOUR_OF_CODE[encode(hairpin.sequence)], table, start, end, upper, lower, kind)
    outside = kind[:count] != LOOP
    upper, lower, kind = upper[:count][outside], lower[:count][outside], kind[:count][outside]
    pairs = (kind == PAIR) & (PAIRED_HEIGHTS[upper, lower] < UNBOUND_HEIGHT)
    return Stem(hairpin, upper, lower, pairs, (int(start), int(end)), int(loops))
