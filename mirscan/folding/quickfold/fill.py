"""The recursion: all rows from short to long distances.

Every loop is over a whole row of all lanes, without a branch, so that the compiler makes vectors of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.quickfold.loops import (
    ASYMMETRY,
    BRANCH,
    BULGE,
    CLOSING,
    ENDS,
    HAIRPIN,
    HELIX_END,
    INT11,
    INT12,
    INT22,
    INTERIOR,
    LONGEST_LOOP,
    MISMATCH,
    MISMATCH_1N,
    MISMATCH_23,
    MISMATCH_HAIRPIN,
    PAIR,
    STACK,
    UNPAIRED,
    Bytes,
    Ints,
    hairpin,
)
from mirscan.folding.quickfold.matrix import (
    BULGED,
    CLOSED,
    INFINITE,
    INNER,
    KEPT,
    LANES,
    LOOPED,
    MIN_LOOP,
    MULTI,
    NEAR,
    ONE_SIDED,
    PARTS,
    TWO_THREE,
    Rows,
)
from mirscan.runtime.compiled import compiled

SPECIAL_SIZES = (3, 4, 6)  # hairpin loops of which some have an energy of their own
Row = NDArray[np.int32]


@compiled(inner=True)
def _clear(row: Row) -> None:
    """Nothing is known yet."""
    for x in range(row.size):
        row[x] = INFINITE


@compiled(inner=True)
def _lower(least: Row, one: Row, other: Row, cost: int) -> None:
    """least = min(least, one + cost, other + cost)."""
    extra = np.int32(cost)
    for x in range(least.size):
        least[x] = min(least[x], np.int32(min(one[x], other[x]) + extra))


@compiled(inner=True)
def _extend(wide: Row, before: Row, one: Row, other: Row, asymmetry: int, least: Row, cost: int) -> None:
    """wide = min(before, one + asymmetry, other + asymmetry); least = min(least, wide + cost)."""
    uneven, size = np.int32(asymmetry), np.int32(cost)
    for x in range(least.size):
        found = min(before[x], np.int32(min(one[x], other[x]) + uneven))
        wide[x] = found
        least[x] = min(least[x], np.int32(found + size))


@compiled(inner=True)
def _lower_to_sum(least: Row, left: Row, right: Row) -> None:
    """least = min(least, left + right)."""
    for x in range(least.size):
        least[x] = min(least[x], np.int32(left[x] + right[x]))


@compiled(inner=True)
def _look_up(least: Row, table: Ints, first: Row, second: Row, inside: Row, cost: int) -> None:
    """least = min(least, table[first, second] + inside + cost)."""
    extra = np.int32(cost)
    for x in range(least.size):
        energy = table[np.uint32(ENDS * first[x] + second[x])]
        least[x] = min(least[x], np.int32(energy + np.int32(inside[x] + extra)))


@compiled(inner=True)
def _lower_by_end(least: Row, table: Ints, end: Row, inside: Row, cost: int) -> None:
    """least = min(least, table[end] + inside + cost)."""
    extra = np.int32(cost)
    for x in range(least.size):
        least[x] = min(least[x], np.int32(table[np.uint32(end[x])] + np.int32(inside[x] + extra)))


@compiled(inner=True)
def _add_by_end(found: Row, table: Ints, end: Row, inside: Row) -> None:
    """found = table[end] + inside."""
    for x in range(found.size):
        found[x] = np.int32(table[np.uint32(end[x])] + inside[x])


@compiled(inner=True)
def _ends(e: Ints, five: Row, three: Row, next_base: Row, base_before: Row, ends: Row) -> None:
    """The pair of each five and three, with the bases beside them; see `loops.py`."""
    for x in range(ends.size):
        kind = e[np.uint32(np.int32(PAIR) + np.int32(5) * five[x] + three[x])]
        ends[x] = np.int32(np.int32(25) * kind + np.int32(5) * next_base[x] + base_before[x])


@compiled(inner=True)
def _only_pairs(closed: Row, outer: Row) -> None:
    """Infinite where the outer bases form no pair."""
    for x in range(closed.size):
        closed[x] = closed[x] if outer[x] >= np.int32(25) else np.int32(INFINITE)


@compiled(inner=True)
def _large_loops(e: Ints, m: Rows, near: Rows, wide: Rows, d: int, width: int, least: Rows) -> None:
    """The best bulge, loop with one base on a side, and larger loop inside each pair, without its own terms.

    Fills the three rows of `least`.
    """
    for kind in range(3):
        _clear(least[kind, :width])
    bulge, one, loop = least[0, :width], least[1, :width], least[2, :width]
    for size in range(2, min(LONGEST_LOOP, d - 2 - MIN_LOOP - 1) + 1):
        inside = near[BULGED, (d - 2 - size) % NEAR]
        _lower(bulge, inside[LANES:][:width], inside[LANES * (1 + size) :][:width], e[BULGE + size])
    for size in range(4, min(LONGEST_LOOP, d - 2 - MIN_LOOP - 1) + 1):
        inside = near[ONE_SIDED, (d - 2 - size) % NEAR]
        cost = e[INTERIOR + size] + e[ASYMMETRY + size - 2]
        _lower(one, inside[LANES * 2 :][:width], inside[LANES * size :][:width], cost)
        before = m[MULTI, 0, :width]  # nothing to extend
        # loops of two and two or three bases have tables of their own, but are extended
        cost = INFINITE
        if size > 5:
            before, cost = wide[size - 2, (d - 2) % KEPT, LANES:][:width], e[INTERIOR + size]
        inside = near[LOOPED, (d - 2 - size) % NEAR]
        left, right = inside[LANES * 3 :][:width], inside[LANES * (size - 1) :][:width]
        _extend(wide[size, d % KEPT, :width], before, left, right, e[ASYMMETRY + size - 4], loop, cost)


@compiled(inner=True)
def _small_loops(e: Ints, m: Rows, near: Rows, d: int, outer: Row, closed: Row) -> None:
    """Lower the energies of pairs to those by stacks and loops of up to five bases."""
    width = closed.size
    for left in range(3):
        for right in range(3):
            inside = d - 2 - left - right
            if inside > MIN_LOOP and (left, right) != (0, 2) and (left, right) != (2, 0):
                within = m[CLOSED, inside, LANES * (1 + left) :][:width]
                inner = near[INNER, inside % NEAR, LANES * (1 + left) :][:width]
                long, short = max(left, right), min(left, right)
                table = (STACK, INT11, INT22)[short] if long != 2 or short != 1 else INT12
                cost = e[BULGE + 1] if long == 1 and short == 0 else 0
                one, other = (inner, outer) if left > right else (outer, inner)
                _look_up(closed, e[table : table + ENDS * ENDS], one, other, within, cost)
    if d - 7 > MIN_LOOP:
        inside = d - 7
        cost = e[INTERIOR + 5] + e[ASYMMETRY + 1]
        for first in (3, 4):
            within = near[TWO_THREE, inside % NEAR, LANES * first :][:width]
            _lower_by_end(closed, e[MISMATCH_23:], outer, within, cost)


@compiled(inner=True)
def _hairpins(e: Ints, codes: Bytes, m: Rows, d: int, outer: Row, closed: Row) -> None:
    """The energies of pairs as they close hairpin loops."""
    _add_by_end(closed, e[MISMATCH_HAIRPIN:], outer, m[CLOSED, 0, : closed.size])
    more = np.int32(e[HAIRPIN + d - 1] - INFINITE)
    for x in range(closed.size):
        closed[x] += more
    if d - 1 in SPECIAL_SIZES:
        for lane in range(len(codes)):
            for i in range(codes.shape[1] - d):
                closed[LANES * i + lane] = hairpin(e, codes[lane], i, i + d)


@compiled(inner=True)
def _multiloops(e: Ints, m: Rows, near: Rows, d: int, width: int) -> None:
    """The parts of multiloops of each distance d, after its pairs."""
    parts, multi = near[PARTS, d % NEAR, :width], m[MULTI, d, :width]
    _clear(parts)
    for first in range(MIN_LOOP + 1, d - MIN_LOOP - 1):
        _lower_to_sum(parts, m[MULTI, first, :width], m[MULTI, d - first - 1, LANES * (first + 1) :][:width])
    _add_by_end(multi, e[BRANCH:], near[INNER, d % NEAR, :width], m[CLOSED, d, :width])
    _lower(multi, parts, parts, 0)
    _lower(multi, m[MULTI, d - 1, :width], m[MULTI, d - 1, LANES:][:width], e[UNPAIRED])


@compiled(inner=True)
def fill(e: Ints, codes: Bytes, m: Rows, near: Rows, wide: Rows) -> None:
    """Fill all rows for the sequences (LANES or fewer, n) of codes.

    Args:
        e: Tables.
        codes: uint8, in ViennaRNA's codes, 0 behind the shorter ones.
        m: From `rows`.
        near: From `rows`.
        wide: From `rows`.
    """
    length = codes.shape[1]
    least, outer = np.empty((3, length * LANES), np.int32), np.empty(length * LANES, np.int32)
    bases = np.zeros((length + 2) * LANES, np.int32)  # one more on either side
    for lane in range(len(codes)):
        for i in range(length):
            bases[LANES * (i + 1) + lane] = codes[lane, i]
    for d in range(MIN_LOOP + 1):
        _clear(near[PARTS, d])
    for d in range(MIN_LOOP + 1, length):
        width = (length - d) * LANES
        before, five, after = (bases[:][:width], bases[LANES:][:width], bases[2 * LANES :][:width])
        last = bases[LANES * d :]
        closed, inner, own = m[CLOSED, d, :width], near[INNER, d % NEAR, :width], outer[:width]
        _ends(e, five, last[LANES:][:width], after, last[:width], own)
        _ends(e, last[LANES:][:width], five, last[2 * LANES :][:width], before, inner)
        _large_loops(e, m, near, wide, d, width, least)
        _hairpins(e, codes, m, d, own, closed)
        _small_loops(e, m, near, d, own, closed)
        _lower_by_end(closed, e[HELIX_END:], own, least[0, :width], 0)
        _lower_by_end(closed, e[MISMATCH_1N:], own, least[1, :width], 0)
        _lower_by_end(closed, e[MISMATCH:], own, least[2, :width], 0)
        _lower_by_end(closed, e[BRANCH:], own, near[PARTS, (d - 2) % NEAR, LANES:][:width], e[CLOSING])
        _only_pairs(closed, own)
        _add_by_end(near[BULGED, d % NEAR, :width], e[HELIX_END:], inner, closed)
        _add_by_end(near[ONE_SIDED, d % NEAR, :width], e[MISMATCH_1N:], inner, closed)
        _add_by_end(near[TWO_THREE, d % NEAR, :width], e[MISMATCH_23:], inner, closed)
        _add_by_end(near[LOOPED, d % NEAR, :width], e[MISMATCH:], inner, closed)
        _multiloops(e, m, near, d, width)
