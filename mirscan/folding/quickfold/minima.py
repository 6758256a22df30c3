"""Minima over rows, the inner loops of the recursion: no branches, so that the compiler makes vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mirscan.folding.quickfold.matrix import CLOSED, LANES, MIN_LOOP, Rows
from mirscan.runtime.compiled import compiled

Row = Rows  # one of them, or all one behind the other
Four = tuple[np.uint64, np.uint64, np.uint64, np.uint64]  # places of rows


@compiled(inner=True)
def clear(row: Row, infinite: int) -> None:
    """Nothing is known yet."""
    for x in range(row.size):
        row[x] = infinite


@compiled(inner=True)
def lower(least: Row, rows: Row, left: Four, right: Four, cost: tuple[int, int, int, int]) -> None:
    """least = min(least, left + cost, right + cost), for four of each, so that least is seldom written."""
    number = least.dtype.type
    a, b, c, d = left
    p, q, r, s = right
    of_a, of_b, of_c, of_d = number(cost[0]), number(cost[1]), number(cost[2]), number(cost[3])
    for i in range(least.size):
        x = np.uint64(i)
        low = min(number(min(rows[a + x], rows[p + x]) + of_a), number(min(rows[b + x], rows[q + x]) + of_b))
        more = min(number(min(rows[c + x], rows[r + x]) + of_c), number(min(rows[d + x], rows[s + x]) + of_d))
        least[i] = min(least[i], min(low, more))


@compiled(inner=True)
def lower_to_sums(least: Row, rows: Row, left: Four, right: Four) -> None:
    """least = min(least, left + right), for four of each."""
    number = least.dtype.type
    a, b, c, d = left
    p, q, r, s = right
    for i in range(least.size):
        x = np.uint64(i)
        low = min(number(rows[a + x] + rows[p + x]), number(rows[b + x] + rows[q + x]))
        more = min(number(rows[c + x] + rows[r + x]), number(rows[d + x] + rows[s + x]))
        least[i] = min(least[i], min(low, more))


@compiled(inner=True)
def lower_to_parts(multi: Row, parts: Row, left: Row, right: Row, cost: int) -> None:
    """multi = min(multi, parts, left + cost, right + cost)."""
    number = multi.dtype.type
    extra = number(cost)
    for x in range(multi.size):
        multi[x] = min(min(multi[x], parts[x]), number(min(left[x], right[x]) + extra))


@compiled(inner=True)
def extend(least: Row, rows: Row, wide: Row, places: Four, asymmetry: int, cost: int) -> None:
    """now = min(before, one + asymmetry, other + asymmetry) in wide; least = min(least, now + cost)."""
    number = least.dtype.type
    one, other, before, now = places
    uneven, size = number(asymmetry), number(cost)
    for i in range(least.size):
        x = np.uint64(i)
        found = min(wide[before + x], number(min(rows[one + x], rows[other + x]) + uneven))
        wide[now + x] = found
        least[i] = min(least[i], number(found + size))


@compiled(inner=True)
def place(rows: Rows, table: int, row: int, base: int) -> Any:
    """Where a base of a row stands in the tables, one behind the other.

    Loops over many rows go by such numbers: a view of each row would take longer to make than to go through.
    """
    return np.uint64((table * rows.shape[1] + row) * rows.shape[2] + LANES * base)


@compiled(inner=True)
def lowest(m: Rows, length: int) -> int:
    """The lowest energy in the rows of sequences of that length."""
    least = m[CLOSED, 0, 0]
    for table in range(m.shape[0]):
        for d in range(MIN_LOOP + 1, length):
            row = m[table, d]
            for x in range((length - d) * LANES):
                least = min(least, row[x])
    return int(least)
