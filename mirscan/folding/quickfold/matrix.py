"""The rows that the recursion fills and the trace reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.quickfold.loops import LONGEST_LOOP

LANES = 8  # sequences folded side by side
INFINITE = 10_000_000
MIN_LOOP = 3

# Tables of rows, a row each distance d = j - i; base i of all lanes stands before base i + 1.
CLOSED = 0  # best fold closed by the pair of i and j
MULTI = 1  # best part of a multiloop
TABLES = 2
# Tables of which only the last rows are kept, by d modulo their number.
INNER = 0  # the pair of i and j as the inner one of a loop; see `loops.py`
BULGED = 1  # best fold closed by that pair with the end of its helix, as bulges have it
ONE_SIDED = 2  # the same with its mismatch in an interior loop of one base on a side
TWO_THREE = 3  # the same with its mismatch in an interior loop of two and three bases
LOOPED = 4  # the same with its mismatch in any larger interior loop
PARTS = 5  # best two or more parts of a multiloop, side by side
NEAR_TABLES = 6
NEAR = LONGEST_LOOP + 3
KEPT = 3  # rows of each size of interior loop: of this distance, and of the two before

Rows = NDArray[np.int32]


def rows(longest: int) -> tuple[Rows, Rows, Rows]:
    """Room for sequences of up to `longest` bases.

    Returns:
        int32 (tables, distances, bases); (tables, `NEAR`, bases); and, for the best larger interior loops,
        (sizes, `KEPT`, bases).
    """
    width = (longest + 2) * LANES
    shapes = (
        (TABLES, max(longest, MIN_LOOP + 2)),
        (NEAR_TABLES, NEAR),
        (LONGEST_LOOP + 1, KEPT),
    )
    whole, near, wide = (np.full((*shape, width), INFINITE, dtype=np.int32) for shape in shapes)
    return whole, near, wide
