"""The rows that the recursion fills and the trace reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.quickfold.loops import LONGEST_LOOP

LANES = 8  # sequences folded side by side
MIN_LOOP = 3

# Half-width numbers make twice as many fit into a vector. They hold all energies but those of long helices.
INFINITE = {np.dtype(np.int16): 16_000, np.dtype(np.int32): 10_000_000}  # by the numbers of the rows
SOUND = -0.625  # of infinite: lowest energy up to which a sum with what is infinite passes for nothing else

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
NOTHING = 6  # no fold at all: infinite
NEAR_TABLES = 7
NEAR = LONGEST_LOOP + 3
SMALLEST = 4  # of these loops
KEPT = 3  # rows of each size of interior loop: of this distance, and of the two before

Rows = NDArray[np.int16 | np.int32]


def rows(longest: int, numbers: type[np.int16 | np.int32]) -> tuple[Rows, Rows, Rows]:
    """Room for sequences of up to `longest` bases; rows without pairs stay infinite.

    Returns:
        (tables, distances, bases); (tables, `NEAR`, bases); and, for the best larger interior loops,
        (sizes, `KEPT`, bases).
    """
    width = (longest + 2) * LANES
    shapes = (
        (TABLES, max(longest, MIN_LOOP + 2)),
        (NEAR_TABLES, NEAR),
        (LONGEST_LOOP + 1, KEPT),
    )
    whole, near, wide = (np.empty((*shape, width), dtype=numbers) for shape in shapes)
    whole[:, : MIN_LOOP + 1] = near[NOTHING] = wide[:SMALLEST] = INFINITE[np.dtype(numbers)]
    near[INNER] = 0
    return whole, near, wide
