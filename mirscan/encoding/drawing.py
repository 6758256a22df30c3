"""The rules by which a folded hairpin becomes the bars of an image, compiled by numba.

The heights were inferred from the official images of modmiRBase; see `mirscan.encoding.image` for what is
drawn of branched folds and of hairpins longer than the image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.folding.dot_bracket import central_loop, fill_pair_table
from mirscan.runtime.compiled import compiled

ROWS, COLUMNS = 25, 100
UPPER, LOWER = 12, 13  # the rows from which the bars grow
UPPER_CAP, LOWER_CAP = 13, 12
BACKGROUND, GAP, G, C, U, A = range(6)
PAIR, FREE, LOOP = range(3)
COLOUR_OF_CODE = np.array([A, C, G, U, GAP], np.uint8)  # by the codes of `alphabet.py`

GAP_HEIGHT = 2
BULGE_HEIGHT = 4  # of a nucleotide opposite a gap
UNBOUND_HEIGHT = 5  # of two nucleotides that a branched fold sets opposite and that cannot pair
MISMATCH_HEIGHT = 7
GROWTH = 2  # pixels for each further unpaired nucleotide of a run

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]


def _height_tables() -> tuple[Ints, Ints]:
    """Bar heights by the colours of both strands: of a pair, and of the first column of a run without one."""
    paired = np.full((6, 6), UNBOUND_HEIGHT, np.int32)
    free = np.full((6, 6), MISMATCH_HEIGHT, np.int32)
    for one, other, height, base in ((C, G, 2, 4), (A, U, 3, 5), (G, U, 4, 6)):
        paired[one, other] = paired[other, one] = height
        free[one, other] = free[other, one] = base
    return paired, free


PAIRED_HEIGHTS, FREE_HEIGHTS = _height_tables()


@compiled(inner=True)
def _balance(table: Ints, start: int, end: int) -> tuple[int, int]:
    """Where the strands begin once both hold the same number of paired nucleotides.

    The strand with more of them loses its surplus from the loop's side. Without branches nothing is lost.
    """
    upper, lower = 0, 0
    for i in range(start):
        upper += table[i] >= 0
    for j in range(end, table.size):
        lower += table[j] >= 0
    i, j = start - 1, end
    while upper > lower:
        upper -= table[i] >= 0
        i -= 1
    while lower > upper:
        lower -= table[j] >= 0
        j += 1
    return i, j


@compiled()
def fill_columns(
    bases: Bytes, table: Ints, start: int, end: int, upper: Bytes, lower: Bytes, kind: Bytes
) -> int:
    """Fill the colours of both strands and the kind of each column from the loop outwards; their number."""
    i, j = _balance(table, start, end)
    count = end - start
    for k in range(count):
        # a strand that lost nucleotides shows no loop
        upper[k] = bases[end - 1 - k] if i == start - 1 else GAP
        lower[k] = bases[start + k] if j == end else GAP
        kind[k] = LOOP
    while i >= 0 or j < bases.size:
        left = right = 0
        while i - left >= 0 and table[i - left] < 0:
            left += 1
        while j + right < bases.size and table[j + right] < 0:
            right += 1
        longer = max(left, right)
        for k in range(longer):
            k_left, k_right = k - longer + left, k - longer + right
            upper[count] = bases[i - k_left] if k_left >= 0 else GAP
            lower[count] = bases[j + k_right] if k_right >= 0 else GAP
            kind[count] = FREE
            count += 1
        i, j = i - left, j + right
        while i >= 0 and j < bases.size and table[i] >= 0 and table[j] >= 0:
            upper[count], lower[count], kind[count] = bases[i], bases[j], PAIR
            count += 1
            i, j = i - 1, j + 1
    return count


@compiled(inner=True)
def _draw_columns(upper: Bytes, lower: Bytes, kind: Bytes, count: int, image: Bytes, bonds: Bytes) -> None:
    """Draw the columns into an image of zeros and set the bond vector."""
    loop = 0
    while loop < count and kind[loop] == LOOP:
        loop += 1
    run_upper = run_lower = 0
    for c in range(min(count, COLUMNS)):
        u, v = upper[c], lower[c]
        if kind[c] == PAIR:
            height_u = height_v = PAIRED_HEIGHTS[u, v]
            run_upper = run_lower = 0
            bonds[c] = height_u < UNBOUND_HEIGHT
        else:
            if kind[c] == LOOP:
                run_upper = run_lower = min(c, loop - 1 - c)
            base = BULGE_HEIGHT if GAP in (u, v) else FREE_HEIGHTS[u, v]
            height_u = GAP_HEIGHT if u == GAP else base + GROWTH * run_upper
            height_v = GAP_HEIGHT if v == GAP else base + GROWTH * run_lower
            run_upper += u != GAP
            run_lower += v != GAP
        for row in range(min(height_u, UPPER_CAP)):
            image[UPPER - row, c] = u
        for row in range(min(height_v, LOWER_CAP)):
            image[LOWER + row, c] = v


@compiled()
def draw_all(
    bases: Bytes,
    brackets: Bytes,
    offsets: NDArray[np.int64],
    images: Bytes,
    bonds: Bytes,
    columns: Ints,
    branched: NDArray[np.bool_],
) -> None:
    """Draw n hairpins that lie one after the other.

    Args:
        bases: (total,), colour of each nucleotide.
        brackets: (total,), sound dot-brackets as character codes.
        offsets: (n + 1,), where each hairpin begins; hairpin h is offsets[h] .. offsets[h + 1].
        images: (n, 25, 100) of zeros, filled.
        bonds: (n, 100) of zeros, filled.
        columns: (n,), filled with the number of columns of each hairpin.
        branched: (n,), filled with whether the fold has more than one terminal loop.
    """
    longest = 0
    for h in range(offsets.size - 1):
        longest = max(longest, offsets[h + 1] - offsets[h])
    table = np.empty(longest, np.int32)
    upper, lower, kind = np.empty(longest, np.uint8), np.empty(longest, np.uint8), np.empty(longest, np.uint8)
    for h in range(offsets.size - 1):
        first, last = offsets[h], offsets[h + 1]
        fill_pair_table(brackets[first:last], table[: last - first])
        start, end, loops = central_loop(table[: last - first], by_end=True)
        branched[h] = loops > 1
        columns[h] = fill_columns(bases[first:last], table[: last - first], start, end, upper, lower, kind)
        _draw_columns(upper, lower, kind, columns[h], images[h], bonds[h])
