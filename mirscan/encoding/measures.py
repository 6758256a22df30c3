"""The measurement of each concept on the outlines of n images; `concepts.py` says what they mean.

Each function takes an `Outline` of n images and returns an array (n,): bool, int64, float64 with NaN where
the value is empty, or strings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.drawing import COLUMNS, GAP, LOWER, UPPER, G, U
from mirscan.encoding.outline import Bools, Ints, Outline, first_longest_run

FLAT, TALL = 2, 12  # bar heights that make a large asymmetric bulge
MATURE_FROM_OPEN_END = (18, 25)
ASYMMETRIC_ABOVE = 0.6

Values = NDArray[Any]
Floats = NDArray[np.float64]


def _where(condition: Bools, values: Values) -> Floats:
    return np.where(condition, values, np.nan)


def _at(values: Ints, column: Ints) -> Ints:
    return np.take_along_axis(values, column[:, None], axis=1)[:, 0]


def _looped(shape: Outline) -> Bools:
    return shape.has_loop & (shape.loop_end >= 0)


def start_loop(shape: Outline) -> Floats:
    """The loop's last column, the one before the first pair (4 where nothing is paired)."""
    return _where(shape.has_loop, shape.loop_end)


def _peak(shape: Outline) -> tuple[Ints, Ints]:
    """Row and column of the loop's highest point, of meaning only where there is a loop."""
    columns = np.arange(COLUMNS)
    bars = np.where(columns < shape.loop_end[:, None], shape.upper, -1)
    height = bars.max(axis=1)
    rightmost = COLUMNS - 1 - bars[:, ::-1].argmax(axis=1)
    narrow = shape.loop_end < 1
    return np.where(narrow, UPPER, LOWER - height), np.where(narrow, shape.loop_end, rightmost)


def highest_row(shape: Outline) -> Floats:
    """Topmost row of the upper half over the loop's columns but its last; row 12 where there is no other."""
    return _where(_looped(shape), _peak(shape)[0])


def highest_column(shape: Outline) -> Floats:
    """Rightmost of the loop's columns but its last that reaches `highest_row`."""
    return _where(_looped(shape), _peak(shape)[1])


def loop_length(shape: Outline) -> Floats:
    """Rows from the topmost to the lowest coloured one at `highest_column`."""
    return _where(_looped(shape), _at(shape.upper + shape.lower, np.maximum(_peak(shape)[1], 0)))


def loop_width(shape: Outline) -> Floats:
    """Columns of the terminal loop."""
    return _where(shape.has_loop, shape.loop_end + 1)


def gap_start(shape: Outline) -> Floats:
    """Without a loop: gaps in a row from column 0, on the upper strand if one is there, else the lower."""
    upper_first = (shape.upper_colour[:, :1] == GAP) & (shape.last >= 0)[:, None]
    gaps = np.where(upper_first, shape.upper_colour, shape.lower_colour) == GAP
    width = np.logical_and.accumulate(gaps, axis=1).sum(axis=1)
    return _where(~shape.has_loop & (shape.last >= 0), width)


def _share(part: Ints, whole: Ints) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def palindrome(shape: Outline) -> Floats:
    """Share of columns whose bars are equally high, an upper bar of 13 counting as 12."""
    inside = np.arange(COLUMNS) <= shape.last[:, None]
    level = (np.minimum(shape.upper, TALL) == shape.lower) & inside
    return _share(level.sum(axis=1), shape.last + 1)


def asymmetric(shape: Outline) -> Bools:
    """Whether more than 0.6 of the columns have bars of different height."""
    return 1 - palindrome(shape) > ASYMMETRIC_ABOVE


def _bulge(shape: Outline) -> tuple[Ints, Ints, Bools]:
    """First column and width of the largest asymmetric bulge, and whether its tall bar is the upper one."""
    upper = np.minimum(shape.upper, TALL)
    lopsided = ((upper == FLAT) & (shape.lower == TALL)) | ((upper == TALL) & (shape.lower == FLAT))
    beyond = np.arange(COLUMNS) > shape.last[:, None]
    open_end = np.logical_and.accumulate((lopsided | beyond)[:, ::-1], axis=1)[:, ::-1]
    start, width = first_longest_run(lopsided & ~open_end)
    return start, width, _at(upper, np.minimum(start, COLUMNS - 1)) == TALL


def bulge_width(shape: Outline) -> Floats:
    """Columns of the widest run with one bar at 2 and the other at 12 (or 13), clear of the open end."""
    _, width, _ = _bulge(shape)
    return _where(width > 0, width)


def bulge_strand(shape: Outline) -> Values:
    """Strand of the tall bar in that run, or an empty string."""
    _, width, on_upper = _bulge(shape)
    return np.where(width > 0, np.where(on_upper, "upper", "lower"), "").astype("<U5")


def bulge_location(shape: Outline) -> Floats:
    """Column at ⌊width / 2⌋ of that run."""
    start, width, _ = _bulge(shape)
    return _where(width > 0, start + width // 2)


def total_length(shape: Outline) -> Ints:
    """The last coloured column."""
    return np.maximum(shape.last, 0)


def stem_end(shape: Outline) -> Ints:
    """Columns of the terminal loop, 0 without one."""
    return np.where(shape.has_loop, shape.loop_end + 1, 0)


def stem_length(shape: Outline) -> Ints:
    """`total_length` less `stem_end`."""
    length: Ints = np.maximum(total_length(shape) - stem_end(shape), 0)
    return length


def _paired_share(shape: Outline, paired: Bools) -> Floats:
    start = np.where(shape.has_loop, shape.loop_end, 0)
    in_stem = np.arange(COLUMNS) >= start[:, None]
    return _share((paired & in_stem).sum(axis=1), shape.last - start)


def base_pairs(shape: Outline) -> Floats:
    """C–G and A–U pairs from the last loop column on, over the columns from there to the open end."""
    return _paired_share(shape, shape.bonds)


def base_pairs_wobbles(shape: Outline) -> Floats:
    """As `base_pairs`, with G–U pairs."""
    return _paired_share(shape, shape.bonds | shape.wobbles)


def au_pair(shape: Outline) -> Bools:
    """Whether two A–U pairs stand side by side among the columns 18..25 from the open end."""
    near, far = MATURE_FROM_OPEN_END
    from_open_end = shape.last[:, None] - np.arange(COLUMNS)
    au = shape.au & (from_open_end >= near) & (from_open_end <= far)
    return np.asarray((au[:, 1:] & au[:, :-1]).any(axis=1))


def ugu(shape: Outline) -> Bools:
    """Whether UGU or GUG starts on the 5′ strand between `highest_column` and `start_loop` + 3."""
    first, middle, third = (shape.upper_colour[:, at : COLUMNS - 2 + at] for at in range(3))
    u_g_u = (first == U) & (middle == G) & (third == U)
    g_u_g = (first == G) & (middle == U) & (third == G)
    column = np.arange(COLUMNS - 2)
    near_loop = (column >= _peak(shape)[1][:, None]) & (column <= shape.loop_end[:, None] + 3)
    return np.asarray(((u_g_u | g_u_g) & near_loop).any(axis=1)) & _looped(shape)


def has_loop(shape: Outline) -> Bools:
    """Whether neither strand has a gap in column 0."""
    return shape.has_loop
