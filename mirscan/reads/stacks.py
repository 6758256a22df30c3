"""Stacks of reads that begin at the same base: places that the reads themselves propose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.background import DEVIATIONS
from mirscan.reads.places import LONGEST, Pile
from mirscan.reads.signature import DICER, NEAR
from mirscan.records import ProposedArm

FEWEST = 4.0  # reads that begin at the same base, give or take one
TYPICAL = 22  # nt of a read
PRECISE = 0.6  # of those that overlap them
APART = 12  # nt between two stacks of a strand; of nearer ones the higher counts
TILE, OF_TILE = 10_000, 40  # nt of a contig, and the stacks of both strands that count there: the highest
MARGIN = LONGEST + NEAR  # nt on which it depends whether a place is a stack


def stacks(reads: Callable[[int, int], Pile], start: int, end: int) -> list[ProposedArm]:
    """The stacks whose 5′ end lies in a stretch.

    Of each tile of a contig no more than the `OF_TILE` highest count, so that folding what lies around them
    costs no more than so much a megabase.

    Args:
        reads: The reads that overlap a stretch of the contig, both strands.
        start: First base of the stretch.
        end: One past its last.
    """
    found = []
    for first in range(start // TILE * TILE, end, TILE):
        pile = reads(first - MARGIN, first + TILE + MARGIN)
        of_tile = [
            each
            for minus in (False, True)
            for each in _of_strand(pile.take(pile.minus == minus), minus, first, first + TILE)
        ]
        highest = sorted(of_tile, key=lambda each: (-each[0], each[1].start, each[1].end, each[1].minus))
        found += [stack for _, stack in highest[:OF_TILE] if start <= _five_prime(stack) < end]
    return sorted(found, key=lambda stack: (stack.start, stack.end, stack.minus))


def _five_prime(stack: ProposedArm) -> int:
    return stack.end - 1 if stack.minus else stack.start


def _of_strand(pile: Pile, minus: bool, start: int, end: int) -> list[tuple[float, ProposedArm]]:
    """The stacks of a strand, each with its height."""
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
    level = _level(begins)
    high = close - 3 * level
    out = (high >= FEWEST + DEVIATIONS * np.sqrt(3 * level)) & (high >= PRECISE * (covered - TYPICAL * level))
    places = np.flatnonzero(out & (begins > 0))
    places = places[(places + first >= start) & (places + first < end)]
    highest = [place for place in places.tolist() if _is_highest(begins, place)]
    found = [(float(begins[place]), _stack(pile, weight, five, place, minus)) for place in highest]
    return [each for each in found if DICER[0] <= each[1].end - each[1].start <= DICER[1]]


def _level(begins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reads that begin at a base within `NEAR` of each, but for those within `APART`."""
    before = np.concatenate([np.zeros(NEAR + 1), np.cumsum(begins), np.full(NEAR, begins.sum())])
    whole = before[2 * NEAR + 1 :] - before[: -2 * NEAR - 1]
    inner = before[NEAR + APART + 1 : -NEAR + APART or None] - before[NEAR - APART : -NEAR - APART - 1]
    level: NDArray[np.float64] = (whole - inner) / (2 * (NEAR - APART))
    return level


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
