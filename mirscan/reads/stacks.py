"""Stacks of reads that begin at the same base: places that the reads themselves propose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.places import LONGEST, Pile
from mirscan.reads.signature import DICER
from mirscan.records import ProposedArm

FEWEST = 4.0  # reads that begin at the same base, give or take one
PRECISE = 0.6  # of those that overlap them
APART = 12  # nt between two stacks of a strand; of nearer ones the higher counts


def stacks(pile: Pile, start: int, end: int) -> list[ProposedArm]:
    """The stacks whose 5′ end lies in a stretch.

    Whether a place is one depends on nothing beyond `LONGEST` + `APART` bases around it.

    Args:
        pile: The reads that overlap the stretch and `LONGEST` + `APART` bases on both sides, both strands.
        start: First base of the stretch.
        end: One past its last.
    """
    return sorted(
        (
            stack
            for minus in (False, True)
            for stack in _of_strand(pile.take(pile.minus == minus), minus, start, end)
        ),
        key=lambda stack: (stack.start, stack.end, stack.minus),
    )


def _of_strand(pile: Pile, minus: bool, start: int, end: int) -> list[ProposedArm]:
    if not len(pile):
        return []
    first = int(pile.start.min()) - APART - 1
    size = int(pile.end.max()) - first + APART + 2
    five = (pile.end - 1 if minus else pile.start).astype(np.int64) - first
    weight = pile.weight.astype(np.float64)
    begins: NDArray[np.float64] = np.bincount(five, weight, size).astype(np.float64)
    close = begins.copy()
    close[1:] += begins[:-1]
    close[:-1] += begins[1:]
    covered = np.cumsum(
        np.bincount(pile.start - first, weight, size)
        - np.bincount(np.minimum(pile.end - first, size - 1), weight, size)
    )
    places = np.flatnonzero((close >= FEWEST) & (begins > 0) & (close >= PRECISE * covered))
    places = places[(places + first >= start) & (places + first < end)]
    highest = [place for place in places.tolist() if _is_highest(begins, place)]
    found = (_stack(pile, weight, five, place, minus) for place in highest)
    return [stack for stack in found if DICER[0] <= stack.end - stack.start <= DICER[1]]


def _is_highest(begins: NDArray[np.float64], place: int) -> bool:
    """Whether nothing nearby is higher, and nothing before it as high."""
    before, after = begins[place - APART : place], begins[place + 1 : place + APART + 1]
    return bool((before < begins[place]).all() and (after <= begins[place]).all())


def _stack(
    pile: Pile, weight: NDArray[np.float64], five: NDArray[np.int64], place: int, minus: bool
) -> ProposedArm:
    here = five == place
    length = int(np.bincount(pile.length[here], weight[here], LONGEST + 1).argmax())
    start = int(pile.end[here][0]) - length if minus else int(pile.start[here][0])
    return ProposedArm(start, start + length, minus)
