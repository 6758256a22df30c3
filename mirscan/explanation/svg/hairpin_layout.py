"""Where the bases of a fold stand on paper: ViennaRNA's layout, laid with the loop to the left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.dot_bracket import pair_table

STEP = 15.0  # pixels between neighbours in ViennaRNA's layouts

Points = NDArray[np.float64]


def layout(structure: str) -> Points:
    """Plane coordinates of each base.

    Args:
        structure: Dot-bracket of n characters.

    Returns:
        float64 (n, 2): x to the right, y down, both from 0. The open end is on the right and the 5′ strand
        above, as in the image of the hairpin; without a pair the bases stand in a row.

    Raises:
        InputError: Not a dot-bracket.
    """
    table = pair_table(structure)
    if not (table >= 0).any():
        line = np.arange(len(structure), dtype=np.float64) * STEP
        return np.stack([line, np.zeros_like(line)], axis=1)
    return _from_origin(_upright(_laid(_vienna(structure), table), table))


def _vienna(structure: str) -> Points:
    import RNA

    # the plain layout bends at bulges, naview squeezes their bases onto each other
    points = RNA.simple_xy_coordinates(structure)
    return np.array([(point.X, point.Y) for point in points[: len(structure)]])


def _laid(points: Points, table: NDArray[np.int32]) -> Points:
    """Turned so that the way from the loop to the open end points to the right."""
    paired = np.flatnonzero(table >= 0)
    first = paired[0]
    open_end = (points[first] + points[table[first]]) / 2
    loop = points[_innermost(table)].mean(axis=0)
    x, y = open_end - loop
    length = float(np.hypot(x, y)) or 1.0
    cosine, sine = x / length, y / length
    turned: Points = points @ np.array([[cosine, -sine], [sine, cosine]])
    return turned


def _innermost(table: NDArray[np.int32]) -> NDArray[np.int64]:
    """The pair that closes the hairpin loop reached by most pairs of the first stem."""
    left = int(np.flatnonzero(table >= 0)[0])
    inside = np.arange(left, int(table[left]) + 1)
    opening = inside[(table[inside] > inside)]
    depth = np.array([np.sum((opening <= i) & (table[opening] >= table[i])) for i in opening])
    deepest = opening[int(depth.argmax())]
    return np.array([deepest, table[deepest]])


def _upright(points: Points, table: NDArray[np.int32]) -> Points:
    """Mirrored, if need be, so that 5′ partners stand above 3′ ones (y grows downwards)."""
    opening = np.flatnonzero(table > np.arange(len(table)))
    above = points[opening, 1] - points[table[opening], 1]
    return points * np.array([1.0, -1.0]) if above.mean() > 0 else points


def _from_origin(points: Points) -> Points:
    moved: Points = points - points.min(axis=0)
    return moved
