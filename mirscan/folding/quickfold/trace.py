"""From filled rows to the structure, choosing among equals as ViennaRNA does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.quickfold.loops import (
    BRANCH,
    CLOSING,
    LONGEST_LOOP,
    UNPAIRED,
    Bytes,
    Ints,
    exterior,
    hairpin,
    inner_end,
    interior,
    outer_end,
)
from mirscan.folding.quickfold.matrix import CLOSED, LANES, MIN_LOOP, MULTI, Rows
from mirscan.runtime.compiled import compiled

OPEN, CLOSE = ord("("), ord(")")


@compiled(inner=True)
def trace(e: Ints, codes: Bytes, m: Rows, lane: int, structure: Bytes) -> int:
    """Write the brackets of the best fold of one lane over dots, and return its energy.

    Args:
        e: Tables.
        codes: uint8 (n,), the sequence in ViennaRNA's codes.
        m: Rows, filled.
        lane: Which of the sequences.
        structure: uint8 (n,) of dots.
    """
    prefixes = _prefixes(e, codes, m, lane)
    todo = np.empty((codes.size, 3), dtype=np.int64)  # first base, last base, 1 inside a multiloop
    count, j = 0, codes.size - 1
    while j > MIN_LOOP:
        i = _last_helix(e, codes, m, lane, prefixes, j)
        if i >= 0:
            _note(todo, count, i, j, 0)
            count, j = count + 1, i
        j -= 1
    while count:
        count -= 1
        i, j, part = todo[count, 0], todo[count, 1], todo[count, 2]
        if part:
            i, j, cut = _split(e, codes, m, lane, i, j)
            if cut:
                _note(todo, count, i, cut, 1)
                _note(todo, count + 1, cut + 1, j, 1)
                count += 2
                continue
        i, j, cut = _helix(e, codes, m, lane, i, j, structure)
        if cut:
            _note(todo, count, i + 1, cut, 1)
            _note(todo, count + 1, cut + 1, j - 1, 1)
            count += 2
    energy: int = prefixes[codes.size]
    return energy


@compiled(inner=True)
def _note(todo: NDArray[np.int64], at: int, i: int, j: int, part: int) -> None:
    """Write down bases that are yet to be traced."""
    todo[at, 0], todo[at, 1], todo[at, 2] = i, j, part


@compiled(inner=True)
def _prefixes(e: Ints, codes: Bytes, m: Rows, lane: int) -> NDArray[np.int64]:
    """The energy of the best fold of the first n bases, by n."""
    prefixes = np.zeros(codes.size + 1, dtype=np.int64)
    for j in range(codes.size):
        prefixes[j + 1] = prefixes[j]
        for i in range(j - MIN_LOOP):
            energy = m[CLOSED, j - i, i * LANES + lane]
            if energy < m[CLOSED, 0, 0]:
                prefixes[j + 1] = min(prefixes[j + 1], prefixes[i] + energy + exterior(e, codes, i, j))
    return prefixes


@compiled(inner=True)
def _last_helix(e: Ints, codes: Bytes, m: Rows, lane: int, prefixes: NDArray[np.int64], j: int) -> int:
    """The partner of j in the best fold of the bases up to j; -1 where it has none."""
    if prefixes[j + 1] != prefixes[j]:
        for i in range(j - MIN_LOOP - 1, -1, -1):
            energy = m[CLOSED, j - i, i * LANES + lane]
            if energy < m[CLOSED, 0, 0] and prefixes[j + 1] == prefixes[i] + energy + exterior(
                e, codes, i, j
            ):
                return i
    return -1


@compiled(inner=True)
def _split(e: Ints, codes: Bytes, m: Rows, lane: int, i: int, j: int) -> tuple[int, int, int]:
    """A part of a multiloop without its unpaired ends, and where the first of two parts ends; else 0."""
    while m[MULTI, j - i, i * LANES + lane] == m[MULTI, j - i - 1, i * LANES + lane] + e[UNPAIRED]:
        j -= 1
    while m[MULTI, j - i, i * LANES + lane] == m[MULTI, j - i - 1, (i + 1) * LANES + lane] + e[UNPAIRED]:
        i += 1
    energy, closed = m[MULTI, j - i, i * LANES + lane], m[CLOSED, j - i, i * LANES + lane]
    if closed < m[CLOSED, 0, 0] and energy == closed + e[BRANCH + inner_end(e, codes, i, j)]:
        return i, j, 0
    return i, j, _cut(m, lane, i, j, energy)


@compiled(inner=True)
def _cut(m: Rows, lane: int, i: int, j: int, energy: int) -> int:
    """The last base of the first of two parts of a multiloop that have this energy together; 0 for none."""
    for last in range(i + MIN_LOOP + 1, j - MIN_LOOP - 1):
        left, right = m[MULTI, last - i, i * LANES + lane], m[MULTI, j - last - 1, (last + 1) * LANES + lane]
        if energy == left + right:
            return last
    return 0


@compiled(inner=True)
def _helix(
    e: Ints, codes: Bytes, m: Rows, lane: int, i: int, j: int, structure: Bytes
) -> tuple[int, int, int]:
    """Follow the pairs inwards to a hairpin loop (0) or a multiloop (where its first part ends)."""
    while True:
        structure[i], structure[j] = OPEN, CLOSE
        energy = m[CLOSED, j - i, i * LANES + lane]
        if energy == hairpin(e, codes, i, j):
            return i, j, 0
        k, q = _inner_pair(e, codes, m, lane, i, j, energy)
        if not q:
            parts = energy - e[CLOSING] - e[BRANCH + outer_end(e, codes, i, j)]
            return i, j, _cut(m, lane, i + 1, j - 1, parts)
        i, j = k, q


@compiled(inner=True)
def _inner_pair(e: Ints, codes: Bytes, m: Rows, lane: int, i: int, j: int, energy: int) -> tuple[int, int]:
    """The pair inside a stack, bulge or interior loop of this energy; zeros for none."""
    outer = outer_end(e, codes, i, j)
    for k in range(i + 1, min(i + LONGEST_LOOP + 2, j - MIN_LOOP - 1)):
        for q in range(j - 1, max(k + MIN_LOOP, j - 2 - LONGEST_LOOP + k - i - 1), -1):
            inside = m[CLOSED, q - k, k * LANES + lane]
            if inside < m[CLOSED, 0, 0]:
                inner = inner_end(e, codes, k, q)
                if energy == inside + interior(e, outer, inner, k - i - 1, j - q - 1):
                    return k, q
    return 0, 0
