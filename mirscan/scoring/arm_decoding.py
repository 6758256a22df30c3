"""From the logits of single boundaries to two arms that fit together as Drosha and Dicer cut them.

Both enzymes leave two bases unpaired at the 3′ end of each strand, and arms of some 22 nt. How often other
lengths and overhangs occur is counted in the training; the best pair of arms is the one whose boundaries and
geometry together are most likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 18, 26  # nt, of an arm
WIDEST = 10  # nt; overhangs beyond count as these
CONSIDERED = 60  # intervals of each arm that are tried with those of the other

Floats = NDArray[np.float64]
Interval = tuple[int, int]
Starts = tuple[int | None, int | None]  # first base of the 5′ and of the 3′ arm, where it is known
NO_STARTS: Starts = (None, None)


@dataclass(frozen=True, slots=True)
class Geometry:
    """What arms look like.

    Attributes:
        lengths: float64 (2, 9), log-probability of 18..26 nt for the 5′ and the 3′ arm.
        overhangs: float64 (2, 21), log-probability of -10..10 bases by which the 3′ end of a strand reaches
            beyond the base that faces the other's 5′ end: at the open end, at the loop.
        weight: How much the geometry counts beside the boundaries.
    """

    lengths: Floats
    overhangs: Floats
    weight: float


def decode(
    boundaries: Floats, facing: NDArray[np.int64], geometry: Geometry, starts: Starts = NO_STARTS
) -> tuple[Interval, Interval] | None:
    """The likeliest pair of arms, of those that begin where some are known to begin.

    Args:
        boundaries: (4, n), log-probability of each base as the first and the last of the 5′ arm, and of the
            3′ arm.
        facing: int64 (n,), the base that faces each, from `encoding.positions.opposite`.
        geometry: What arms look like.
        starts: First base of each arm where it is known.

    Returns:
        5′ and 3′ arm, 0-based and half-open; None where the hairpin has no room for two.
    """
    boundaries = _beginning(boundaries, starts)
    return _best_pair(boundaries, facing, geometry, CONSIDERED) or _best_pair(
        boundaries, facing, geometry, boundaries.size * LONGEST
    )


def _beginning(boundaries: Floats, starts: Starts) -> Floats:
    """Log-probabilities that leave an arm whose start is known no other one."""
    if starts == NO_STARTS:
        return boundaries
    fixed = boundaries.copy()
    for row, start in zip((0, 2), starts, strict=True):
        if start is not None:
            fixed[row] = -np.inf
            fixed[row, start] = 0.0
    return fixed


def _best_pair(
    boundaries: Floats, facing: NDArray[np.int64], geometry: Geometry, limit: int
) -> tuple[Interval, Interval] | None:
    """The best pair of the best intervals of each arm; None where all of these overlap."""
    weight = geometry.weight
    five, five_scores = _intervals(boundaries[:2], weight * geometry.lengths[0], limit)
    three, three_scores = _intervals(boundaries[2:], weight * geometry.lengths[1], limit)
    if not len(five):
        return None
    open_end, loop = overhangs(five[:, None], three[None], facing)
    total = (
        five_scores[:, None]
        + three_scores
        + weight * (geometry.overhangs[0, open_end + WIDEST] + geometry.overhangs[1, loop + WIDEST])
    )
    total[five[:, None, 1] > three[None, :, 0]] = -np.inf
    if np.isneginf(total).all():
        return None
    row, column = divmod(int(total.argmax()), len(three))
    return _interval(five[row]), _interval(three[column])


def _interval(row: NDArray[np.int64]) -> Interval:
    start, end = row.tolist()
    return start, end


def _intervals(boundaries: Floats, lengths: Floats, limit: int) -> tuple[NDArray[np.int64], Floats]:
    """The best intervals of one arm, int64 (k, 2), half-open, and their log-probability."""
    n = boundaries.shape[1]
    count = np.arange(SHORTEST, min(LONGEST, n) + 1)
    start, length = (grid.ravel() for grid in np.meshgrid(np.arange(n), count, indexing="ij"))
    inside = start + length <= n
    start, length = start[inside], length[inside]
    scores = boundaries[0, start] + boundaries[1, start + length - 1] + lengths[length - SHORTEST]
    best = np.argsort(-scores, kind="stable")[:limit]
    return np.stack([start[best], start[best] + length[best]], axis=1), scores[best]


def overhangs(
    five: NDArray[np.int64], three: NDArray[np.int64], facing: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The 3′ overhangs of pairs of arms, nt: of the 3′ arm at the open end, of the 5′ arm at the loop.

    Args:
        five: int64 (…, 2), half-open intervals of 5′ arms.
        three: The same of 3′ arms, of a shape that broadcasts with it.
        facing: int64 (n,), the base that faces each.

    Returns:
        Two arrays of the common shape, -10..10.
    """
    open_end = three[..., 1] - 1 - facing[five[..., 0]]
    loop = five[..., 1] - 1 - facing[three[..., 0]]
    return np.clip(open_end, -WIDEST, WIDEST), np.clip(loop, -WIDEST, WIDEST)
