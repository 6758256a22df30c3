"""Sequence and structure in blocks of ten, with curves above and below that are aligned with the bases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.explanation.content import Arm
from mirscan.explanation.svg.elements import arm_colour, number, picture, text

BLOCK = 10  # bases
BASE = 10.0  # pixels a base
CURVE = 24.0  # height of a curve
TOP = 12.0  # room for the block's number
LETTERS, BRACKETS, ARM = 13.0, 12.0, 5.0
A_ROW = 6  # blocks in a row of the whole picture
GAP = 10.0  # between blocks


@dataclass(frozen=True, slots=True)
class Track:
    """A curve along the bases.

    Attributes:
        values: (n,), from 0; NaN where there is none. The largest has the full height.
        colour: A colour of the style.
    """

    values: NDArray[np.float64]
    colour: str


@dataclass(frozen=True, slots=True)
class Tracks:
    """What is drawn along a hairpin.

    Attributes:
        sequence: n letters.
        structure: n brackets.
        above: The curve above the letters.
        below: The curve below the brackets, hanging; None for none.
        arms: Stretches marked under the brackets.
    """

    sequence: str
    structure: str
    above: Track
    below: Track | None = None
    arms: Sequence[Arm] = ()

    @property
    def height(self) -> float:
        """Pixels of a block."""
        return TOP + CURVE + LETTERS + BRACKETS + ARM + (CURVE if self.below else 0)


def block_svgs(tracks: Tracks) -> list[str]:
    """A picture a block, without style, for a page that lets them flow."""
    return [
        picture(BLOCK * BASE, tracks.height, block, f"bases {first + 1} to {last}", alone=False)
        for first, last, block in _blocks(tracks)
    ]


def tracks_svg(tracks: Tracks, title: str = "Sequence, structure and attention", alone: bool = True) -> str:
    """All blocks in one picture, 60 bases a row.

    Args:
        tracks: What is drawn.
        title: What the picture shows.
        alone: Whether it is a file of its own, see `elements.picture`.
    """
    step, row = BLOCK * BASE + GAP, tracks.height + GAP
    groups = [
        f'<g transform="translate({number(at % A_ROW * step)} {number(at // A_ROW * row)})">{block}</g>'
        for at, (_, _, block) in enumerate(_blocks(tracks))
    ]
    columns, rows = min(len(groups), A_ROW), -(-len(groups) // A_ROW)
    return picture(columns * step, rows * row, "".join(groups), title, alone)


def _blocks(tracks: Tracks) -> list[tuple[int, int, str]]:
    """First base, one past the last, and the elements of each block."""
    size = len(tracks.sequence)
    return [
        (first, min(first + BLOCK, size), _block(tracks, first, min(first + BLOCK, size)))
        for first in range(0, size, BLOCK)
    ]


def _block(tracks: Tracks, first: int, last: int) -> str:
    letters = TOP + CURVE + LETTERS - 2
    brackets = letters + BRACKETS
    parts = [
        f'<text class="soft" x="0" y="9" style="font-size:9px">{first + 1}</text>',
        _curve(tracks.above, first, last, TOP + CURVE, -CURVE),
        _letters(tracks.sequence[first:last], letters),
        _letters(tracks.structure[first:last], brackets),
        *_arms(tracks.arms, first, last, brackets + 4),
    ]
    if tracks.below:
        parts.append(_curve(tracks.below, first, last, brackets + 4 + ARM, CURVE))
    return "".join(parts)


def _letters(letters: str, y: float) -> str:
    """Each letter over its base, an element of its own: librsvg knows no lists of places."""
    placed = (
        f'<text x="{number((at + 0.5) * BASE)}" y="{number(y)}">{text(letter)}</text>'
        for at, letter in enumerate(letters)
    )
    return f'<g class="mono" text-anchor="middle">{"".join(placed)}</g>'


def _curve(track: Track, first: int, last: int, foot: float, height: float) -> str:
    """Bars from a foot line, upwards for a negative height, relative to the track's largest value."""
    highest = float(np.nanmax(track.values)) if np.isfinite(track.values).any() else 0.0
    line = f'<path stroke="var(--line)" d="M0 {number(foot)}h{number((last - first) * BASE)}"/>'
    if highest <= 0:
        return line
    shares = np.nan_to_num(track.values[first:last]) / highest
    bars = "".join(
        f"M{number(at * BASE + 1)} {number(foot)}v{number(share * height)}h{number(BASE - 2)}"
        f"v{number(-share * height)}z"
        for at, share in enumerate(shares.tolist())
        if share > 0
    )
    return f'<path fill="var(--{track.colour})" d="{bars}"/>{line}' if bars else line


def _arms(arms: Sequence[Arm], first: int, last: int, y: float) -> list[str]:
    marked = [(max(start, first), min(end, last), name) for start, end, name in arms]
    return [
        f'<rect x="{number((start - first) * BASE)}" y="{number(y)}" width="{number((end - start) * BASE)}" '
        f'height="{number(ARM - 1)}" fill="var(--{arm_colour(name)})"><title>{text(name)}</title></rect>'
        for start, end, name in marked
        if start < end
    ]
