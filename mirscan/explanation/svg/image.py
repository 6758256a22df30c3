"""The 25 × 100 image of a hairpin as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.encoding.drawing import COLUMNS, LOWER, ROWS
from mirscan.encoding.outline import checked_images
from mirscan.explanation.svg.elements import number, picture, text

PIXEL = 6  # SVG pixels a pixel of the image
LEFT, TOP = 34, 20
BELOW = 34
COLOURS = ("gap", "g", "c", "u", "a")  # CSS variables of the colours 1..5
LEGEND = ("gap", "G", "C", "U", "A")
TICK = 10  # columns between two numbers


def image_svg(image: ArrayLike, title: str = "Image of the hairpin", alone: bool = True) -> str:
    """Draw an image: terminal loop left, open end right, the 5′ strand above.

    Args:
        image: Whole numbers 0..5 (25, 100): background, gap, G, C, U, A.
        title: What the picture shows.
        alone: Whether it is a file of its own, see `elements.picture`.

    Raises:
        InputError: Another shape, type or colour.
    """
    pixels = checked_images(np.asarray(image)[None])[0]
    width, height = COLUMNS * PIXEL, ROWS * PIXEL
    body = (
        f'<g transform="translate({LEFT} {TOP})">{_frame(width, height)}'
        f'<g shape-rendering="crispEdges">{_bars(pixels)}</g>{_names(width, height)}</g>'
    )
    return picture(LEFT + width + 24, TOP + height + BELOW, body, title, alone)


def _bars(pixels: NDArray[np.uint8]) -> str:
    """One path for all bars of a colour."""
    steps: dict[int, list[str]] = {colour: [] for colour in range(1, len(COLOURS) + 1)}
    for column, row, size, colour in _runs(pixels):
        steps[colour].append(f"M{column * PIXEL} {row * PIXEL}h{PIXEL}v{size * PIXEL}h-{PIXEL}z")
    return "".join(
        f'<path fill="var(--{COLOURS[colour - 1]})" d="{"".join(columns)}"/>'
        for colour, columns in steps.items()
        if columns
    )


def _runs(pixels: NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int]]:
    """Column, first row, number of rows and colour of each vertical run, the strands apart."""
    for column, colours in enumerate(pixels.T.tolist()):
        for first, last in ((0, LOWER), (LOWER, ROWS)):
            row = first
            for colour, run in groupby(colours[first:last]):
                size = len(list(run))
                if colour:
                    yield column, row, size, colour
                row += size


def _frame(width: int, height: int) -> str:
    middle = LOWER * PIXEL
    ticks = "".join(
        f'<text class="soft" text-anchor="middle" x="{number((column + 0.5) * PIXEL)}" y="{height + 13}">'
        f"{column}</text>"
        for column in range(0, COLUMNS, TICK)
    )
    return (
        f'<rect width="{width}" height="{height}" fill="none" stroke="var(--line)"/>'
        f'<path stroke="var(--line)" d="M0 {middle}h{width}"/>{ticks}'
    )


def _names(width: int, height: int) -> str:
    middle = LOWER * PIXEL
    legend = "".join(
        f'<rect x="{at * 46}" y="{height + 20}" width="9" height="9" fill="var(--{colour})"/>'
        f'<text x="{at * 46 + 13}" y="{height + 28}">{text(name)}</text>'
        for at, (colour, name) in enumerate(zip(COLOURS, LEGEND, strict=True))
    )
    return (
        f'<text class="soft" text-anchor="end" x="-6" y="{middle + 4}">loop</text>'
        f'<text x="{width + 6}" y="{middle - 8}">5′</text>'
        f'<text x="{width + 6}" y="{middle + 16}">3′</text>{legend}'
    )
