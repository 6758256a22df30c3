"""The recursion: all rows from short to long distances.

A minimum over many terms is a loop over a whole row of all lanes (`minima.py`). What is looked up by the
bases of a pair is looked up where there is a pair.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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
    INNER,
    KEPT,
    LANES,
    LOOPED,
    MIN_LOOP,
    MULTI,
    NEAR,
    NOTHING,
    ONE_SIDED,
    PARTS,
    TWO_THREE,
    Rows,
)
from mirscan.folding.quickfold.minima import (
    Row,
    clear,
    extend,
    lower,
    lower_to_parts,
    lower_to_sums,
    place,
)
from mirscan.runtime.compiled import compiled

SPECIAL_SIZES = (3, 4, 6)  # hairpin loops of which some have an energy of their own


@compiled(inner=True)
def _inner(near: Rows, table: int, d: int, last: int, size: int, left: int) -> Any:
    """The place of the inner pairs of loops of a size, so many of its bases left; none beyond the last."""
    if size > last:
        return place(near, NOTHING, 0, 1 + left)
    return place(near, table, (d - 2 - size) % NEAR, 1 + left)


@compiled(inner=True)
def _narrow_loops(near: Rows, rows: Row, table: int, d: int, last: int, costs: Ints, least: Row) -> None:
    """Lower to loops of all sizes, of which one side has no base or, in the other table, one."""
    side = 1 if table == ONE_SIDED else 0
    for n in range(2 + 2 * side, last + 1, 4):
        left = (
            _inner(near, table, d, last, n, side),
            _inner(near, table, d, last, n + 1, side),
            _inner(near, table, d, last, n + 2, side),
            _inner(near, table, d, last, n + 3, side),
        )
        right = (
            _inner(near, table, d, last, n, n - side),
            _inner(near, table, d, last, n + 1, n + 1 - side),
            _inner(near, table, d, last, n + 2, n + 2 - side),
            _inner(near, table, d, last, n + 3, n + 3 - side),
        )
        lower(least, rows, left, right, (costs[n], costs[n + 1], costs[n + 2], costs[n + 3]))


@compiled(inner=True)
def _large_loops(e: Ints, near: Rows, wide: Rows, d: int, width: int, costs: Ints, least: Rows) -> None:
    """The best bulge, loop with one base on a side, and larger loop inside each pair, without its own terms.

    Fills the three rows of `least`.
    """
    infinite = near[NOTHING, 0, 0]
    for kind in range(3):
        clear(least[kind, :width], infinite)
    rows, kept, loop = near.reshape(-1), wide.reshape(-1), least[2, :width]
    last = min(LONGEST_LOOP, d - 2 - MIN_LOOP - 1)
    _narrow_loops(near, rows, BULGED, d, last, costs[0], least[0, :width])
    _narrow_loops(near, rows, ONE_SIDED, d, last, costs[1], least[1, :width])
    for size in range(4, last + 1):
        inside = (d - 2 - size) % NEAR
        places = (
            place(near, LOOPED, inside, 3),
            place(near, LOOPED, inside, size - 1),
            place(wide, size - 2, (d - 2) % KEPT, 1),  # of sizes 2 and 3 there are none
            place(wide, size, d % KEPT, 0),
        )
        # loops of two and two or three bases have tables of their own, but are extended
        cost = np.int64(e[INTERIOR + size] if size > 5 else infinite)
        extend(loop, rows, kept, places, e[ASYMMETRY + size - 4], cost)


@compiled(inner=True)
def _pairs(e: Ints, five: Row, three: Row, at: Ints) -> int:
    """Where bases pair in a row, and how many pairs these are: energies are looked up for them alone."""
    count = 0
    for x in range(five.size):
        at[count] = x
        count += e[np.uint32(np.int32(PAIR) + np.int32(5) * five[x] + three[x])] > 0
    return count


@compiled(inner=True)
def _ends(e: Ints, bases: Row, d: int, at: Ints, outer: Row, inner: Row) -> None:
    """The numbers of some pairs as the outer and as the inner one of a loop; see `loops.py`.

    Those of outer ones stand side by side, those of inner ones at their places in the row.
    """
    before, five, after = bases, bases[LANES:], bases[2 * LANES :]
    last = bases[LANES * d :]
    for k in range(at.size):
        x = np.uint32(at[k])
        i, j = five[x], last[x + np.uint32(LANES)]
        outer[k] = 25 * e[np.uint32(PAIR + 5 * i + j)] + 5 * after[x] + last[x]
        inner[x] = 25 * e[np.uint32(PAIR + 5 * j + i)] + 5 * last[x + np.uint32(2 * LANES)] + before[x]


@compiled(inner=True)
def _hairpins(e: Ints, codes: Bytes, d: int, at: Ints, outer: Row, closed: Row) -> None:
    """The energies of some pairs as they close hairpin loops."""
    size = e[HAIRPIN + d - 1]
    for k in range(at.size):
        closed[k] = size + e[np.uint32(MISMATCH_HAIRPIN + outer[k])]
    if d - 1 in SPECIAL_SIZES:
        for k in range(at.size):
            i = at[k] // LANES
            closed[k] = hairpin(e, codes[at[k] % LANES], i, i + d)


@compiled(inner=True)
def _inside(m: Rows, near: Rows, d: int, left: int, right: int) -> tuple[Row, Row]:
    """The inner pairs of loops with so many bases on their sides: energies, and numbers as inner pairs."""
    inside = max(d - 2 - left - right, 0)  # a row without pairs
    return m[CLOSED, inside, LANES * (1 + left) :], near[INNER, inside % NEAR, LANES * (1 + left) :]


@compiled(inner=True)
def _stacks(e: Ints, m: Rows, near: Rows, d: int, at: Ints, outer: Row, closed: Row) -> None:
    """Lower the energies of some pairs to those by stacks, and by bulges of one base."""
    stacked, kind = _inside(m, near, d, 0, 0)
    left, left_kind = _inside(m, near, d, 1, 0)
    right, right_kind = _inside(m, near, d, 0, 1)
    bulge = e[BULGE + 1]
    for k in range(at.size):
        x = np.uint32(at[k])
        table = STACK + ENDS * outer[k]
        best = min(closed[k], stacked[x] + e[np.uint32(table + kind[x])])
        best = min(best, left[x] + e[np.uint32(table + left_kind[x])] + bulge)
        closed[k] = min(best, right[x] + e[np.uint32(table + right_kind[x])] + bulge)


@compiled(inner=True)
def _small_loops(e: Ints, m: Rows, near: Rows, d: int, at: Ints, outer: Row, closed: Row) -> None:
    """Lower the energies of some pairs to those by loops of one or two bases on both sides."""
    even, even_end = _inside(m, near, d, 1, 1)
    wide, wide_end = _inside(m, near, d, 2, 2)
    left, left_end = _inside(m, near, d, 2, 1)
    right, right_end = _inside(m, near, d, 1, 2)
    for k in range(at.size):
        x, row = np.uint32(at[k]), ENDS * outer[k]
        best = min(closed[k], even[x] + e[np.uint32(INT11 + row + even_end[x])])
        best = min(best, wide[x] + e[np.uint32(INT22 + row + wide_end[x])])
        best = min(best, right[x] + e[np.uint32(INT12 + row + right_end[x])])
        closed[k] = min(best, left[x] + e[np.uint32(INT12 + ENDS * left_end[x] + outer[k])])


@compiled(inner=True)
def _other_loops(
    e: Ints, m: Rows, near: Rows, d: int, at: Ints, outer: Row, least: Rows, closed: Row
) -> None:
    """Lower the energies of some pairs to those by loops of two and three bases, by larger and multiloops."""
    odd = near[TWO_THREE, (d - 7) % NEAR] if d - 7 > MIN_LOOP else m[CLOSED, 0]
    parts = near[PARTS, (d - 2) % NEAR, LANES:]
    bulge, one, loop = least[0], least[1], least[2]
    cost, closing = e[INTERIOR + 5] + e[ASYMMETRY + 1], e[CLOSING]
    for k in range(at.size):
        x, end = np.uint32(at[k]), outer[k]
        two = min(odd[x + np.uint32(3 * LANES)], odd[x + np.uint32(4 * LANES)])
        best = min(closed[k], two + e[np.uint32(MISMATCH_23 + end)] + cost)
        best = min(best, bulge[x] + e[np.uint32(HELIX_END + end)])
        best = min(best, one[x] + e[np.uint32(MISMATCH_1N + end)])
        best = min(best, loop[x] + e[np.uint32(MISMATCH + end)])
        closed[k] = min(best, parts[x] + e[np.uint32(BRANCH + end)] + closing)


@compiled(inner=True)
def _note(e: Ints, m: Rows, near: Rows, d: int, at: Ints, closed: Row, width: int) -> None:
    """Write the energies of some pairs into their rows, which are infinite elsewhere."""
    now = d % NEAR
    whole, multi, inner = m[CLOSED, d, :width], m[MULTI, d, :width], near[INNER, now, :width]
    bulged, one = near[BULGED, now, :width], near[ONE_SIDED, now, :width]
    odd, looped = near[TWO_THREE, now, :width], near[LOOPED, now, :width]
    for row in (whole, multi, bulged, one, odd, looped):
        clear(row, m[CLOSED, 0, 0])
    for k in range(at.size):
        x, energy = np.uint32(at[k]), closed[k]
        end = inner[x]
        whole[x] = energy
        multi[x] = energy + e[np.uint32(BRANCH + end)]
        bulged[x] = energy + e[np.uint32(HELIX_END + end)]
        one[x] = energy + e[np.uint32(MISMATCH_1N + end)]
        odd[x] = energy + e[np.uint32(MISMATCH_23 + end)]
        looped[x] = energy + e[np.uint32(MISMATCH + end)]


@compiled(inner=True)
def _parts(m: Rows, d: int, first: int) -> tuple[Any, Any]:
    """The places of two parts of multiloops, of which the first is so long; none where there is no room."""
    if first >= d - MIN_LOOP - 1:
        return place(m, MULTI, 0, 0), place(m, MULTI, 0, 0)
    return place(m, MULTI, first, 0), place(m, MULTI, d - first - 1, first + 1)


@compiled(inner=True)
def _multiloops(e: Ints, m: Rows, near: Rows, d: int, width: int) -> None:
    """The parts of multiloops of each distance d, after its pairs."""
    parts, rows = near[PARTS, d % NEAR, :width], m.reshape(-1)
    clear(parts, near[NOTHING, 0, 0])
    for first in range(MIN_LOOP + 1, d - MIN_LOOP - 1, 4):
        one, its_rest = _parts(m, d, first)
        two, rest_of_two = _parts(m, d, first + 1)
        three, rest_of_three = _parts(m, d, first + 2)
        four, rest_of_four = _parts(m, d, first + 3)
        rest = (its_rest, rest_of_two, rest_of_three, rest_of_four)
        lower_to_sums(parts, rows, (one, two, three, four), rest)
    before = m[MULTI, d - 1]
    lower_to_parts(m[MULTI, d, :width], parts, before, before[LANES:], e[UNPAIRED])


@compiled(inner=True)
def _loop_costs(e: Ints) -> Ints:
    """What bulges, and loops of one base on a side, cost by their size; three sizes more than there are."""
    costs = np.zeros((2, LONGEST_LOOP + 4), np.int32)
    for size in range(2, LONGEST_LOOP + 1):
        costs[0, size] = e[BULGE + size]
        costs[1, size] = e[INTERIOR + size] + e[ASYMMETRY + size - 2]
    return costs


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
    least, costs = np.empty((3, length * LANES), m.dtype), _loop_costs(e)
    places, ends = np.empty(length * LANES, np.int32), np.empty((2, length * LANES), np.int32)
    bases = np.zeros((length + 2) * LANES, np.int32)  # one more on either side
    for lane in range(len(codes)):
        for i in range(length):
            bases[LANES * (i + 1) + lane] = codes[lane, i]
    for d in range(MIN_LOOP + 1):
        clear(near[PARTS, d], m[CLOSED, 0, 0])
    for d in range(MIN_LOOP + 1, length):
        width = (length - d) * LANES
        _large_loops(e, near, wide, d, width, costs, least)
        pairs = _pairs(e, bases[LANES:][:width], bases[LANES * (d + 1) :][:width], places)
        at, outer, closed = places[:pairs], ends[0, :pairs], ends[1, :pairs]
        _ends(e, bases, d, at, outer, near[INNER, d % NEAR])
        _hairpins(e, codes, d, at, outer, closed)
        _stacks(e, m, near, d, at, outer, closed)
        _small_loops(e, m, near, d, at, outer, closed)
        _other_loops(e, m, near, d, at, outer, least, closed)
        _note(e, m, near, d, at, closed, width)
        _multiloops(e, m, near, d, width)
