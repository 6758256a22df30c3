"""What is read off the image of a hairpin: its bars, its pairs, its terminal loop.

The image is that of Cordero et al. (2019): 25 rows × 100 columns, column 0 the terminal loop, the stem to the
right, the 5′ strand as bars that grow up from row 12, the 3′ strand as bars that grow down from row 13.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.encoding.drawing import BACKGROUND, COLUMNS, GAP, LOWER, ROWS, UPPER, A, C, G, U
from mirscan.errors import InputError

UNPAIRED_START = 4  # the last loop column where nothing at all is paired, as the authors set it

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Colours = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Outline:
    """The geometry of n images.

    Attributes:
        upper: int64 (n, 100), coloured pixels of the upper bar, 0..13.
        lower: int64 (n, 100), coloured pixels of the lower bar, 0..12.
        upper_colour: uint8 (n, 100), colour of the upper bar.
        lower_colour: uint8 (n, 100), colour of the lower bar.
        last: int64 (n,), the last coloured column (the open end of the stem), -1 in an empty image.
        bonds: bool (n, 100), C–G or A–U pairs.
        wobbles: bool (n, 100), G–U pairs.
        au: bool (n, 100), A–U pairs.
        has_loop: bool (n,), neither strand has a gap in column 0.
        loop_end: int64 (n,), the last column of the terminal loop, -1 where column 0 is a pair; the column
            before the first pair whether or not `has_loop`.
    """

    upper: Ints
    lower: Ints
    upper_colour: Colours
    lower_colour: Colours
    last: Ints
    bonds: Bools
    wobbles: Bools
    au: Bools
    has_loop: Bools
    loop_end: Ints


def checked_images(images: ArrayLike, where: str = "images") -> Colours:
    """The images as uint8 (n, 25, 100).

    Args:
        images: Whole numbers 0..5 (background, gap, G, C, U, A) of shape (n, 25, 100).
        where: What to name in the error: the file, where there is one.

    Raises:
        InputError: Another shape, type or colour.
    """
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != (ROWS, COLUMNS):
        raise InputError(where, f"an array of shape {array.shape}", f"(n, {ROWS}, {COLUMNS})")
    if array.dtype.kind not in "ui":
        raise InputError(where, f"values of type {array.dtype}", "whole numbers 0..5, one a colour")
    if array.size and (array.min() < 0 or array.max() > A):
        raise InputError(where, f"colours {array.min()}..{array.max()}", "colours 0..5")
    return array.astype(np.uint8, copy=False)


def outline(images: Colours) -> Outline:
    """Measure the bars, pairs and loop of `images`, uint8 (n, 25, 100) with colours 0..5.

    A pair counts only with the bars of a pair: 2 px for C–G, 3 px for A–U, 4 px for G–U, on both strands.
    """
    coloured = images != BACKGROUND
    upper = coloured[:, :LOWER].sum(axis=1)
    lower = coloured[:, LOWER:].sum(axis=1)
    above, below = images[:, UPPER], images[:, LOWER]
    drawn = (upper > 0) | (lower > 0)
    last = np.where(drawn, np.arange(COLUMNS), -1).max(axis=1, initial=-1)
    height = np.where(upper == lower, upper, 0)
    cg = _opposite(above, below, C, G) & (height == 2)
    au = _opposite(above, below, A, U) & (height == 3)
    wobbles = _opposite(above, below, G, U) & (height == 4)
    has_loop = (above[:, 0] != GAP) & (below[:, 0] != GAP) & (last >= 0)
    loop_end = _loop_end(cg | au | wobbles, last)
    return Outline(upper, lower, above, below, last, cg | au, wobbles, au, has_loop, loop_end)


def _opposite(above: Colours, below: Colours, one: int, other: int) -> Bools:
    forth: Bools = (above == one) & (below == other)
    back: Bools = (above == other) & (below == one)
    return forth | back


def _loop_end(pairs: Bools, last: Ints) -> Ints:
    before_first_pair = pairs.argmax(axis=1) - 1
    return np.where(pairs.any(axis=1), before_first_pair, np.minimum(UNPAIRED_START, last))


def first_longest_run(mask: Bools) -> tuple[Ints, Ints]:
    """Start and width of the widest run of True in each row, the leftmost of equals.

    Args:
        mask: bool (n, columns).

    Returns:
        Two int64 arrays (n,): the first column of the run, and its width (0 where the row has no True).
    """
    columns = np.arange(mask.shape[1])
    before = np.maximum.accumulate(np.where(mask, -1, columns), axis=1)
    run_up_to_here = np.where(mask, columns - before, 0)
    end = run_up_to_here.argmax(axis=1)
    width = np.take_along_axis(run_up_to_here, end[:, None], axis=1)[:, 0]
    return end - width + 1, width
