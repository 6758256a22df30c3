"""The secondary structure of a hairpin as SVG, each base coloured by how much the network looks at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.errors import InputError
from mirscan.explanation.svg.elements import arm_colour, number, picture, text
from mirscan.explanation.svg.hairpin_layout import Points, layout
from mirscan.folding.dot_bracket import pair_table

RADIUS = 6.4
MARGIN = 30.0
TICK = 10  # bases between two numbers
OUTWARD = 17.0  # pixels from a base to its number
DIRECTIONS = np.array([(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 24, False)])

Arm = tuple[int, int, str]


def hairpin_svg(
    sequence: str,
    structure: str,
    values: ArrayLike | None = None,
    arms: Sequence[Arm] = (),
    title: str = "Secondary structure",
    alone: bool = True,
) -> str:
    """Draw a folded hairpin, loop left, 5′ strand above.

    Args:
        sequence: n letters.
        structure: Dot-bracket of n characters.
        values: Of each base, n numbers from 0 (the attention, for one): the largest has the fullest colour,
            NaN none. Each base tells its value where the pointer rests on it.
        arms: Stretches to mark along the strand: (start, end, name), 0-based and half-open.
        title: What the picture shows.
        alone: Whether it is a file of its own, see `elements.picture`.

    Raises:
        InputError: Lengths differ, a value is negative, or the structure is no dot-bracket.
    """
    measured = _checked(sequence, structure, values)
    points = layout(structure) + MARGIN
    parts = [_arms(points, arms), _backbone(points), _pairs(points, structure)]
    parts += [_bases(points, sequence, measured), _numbers(points), _ends(points)]
    width, height = points.max(axis=0, initial=0) + MARGIN
    return picture(float(width), float(height), "".join(parts), title, alone)


def _checked(sequence: str, structure: str, values: ArrayLike | None) -> NDArray[np.float64]:
    if len(structure) != len(sequence) or not sequence:
        raise InputError(
            "hairpin", f"{len(sequence)} letters, {len(structure)} brackets", "as many, at least 1"
        )
    measured = np.full(len(sequence), np.nan) if values is None else np.asarray(values, dtype=np.float64)
    if measured.shape != (len(sequence),) or (measured < 0).any():
        raise InputError("hairpin", f"values of shape {measured.shape}", f"{len(sequence)} numbers from 0")
    return measured


def _path(points: Points) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _arms(points: Points, arms: Sequence[Arm]) -> str:
    return "".join(
        f'<path d="{_path(points[start:end])}" fill="none" stroke="var(--{arm_colour(name)})" '
        f'stroke-width="20" stroke-linecap="round" stroke-linejoin="round"><title>{text(name)}</title></path>'
        for start, end, name in arms
    )


def _backbone(points: Points) -> str:
    return f'<path d="{_path(points)}" fill="none" stroke="var(--line)" stroke-width="1.5"/>'


def _pairs(points: Points, structure: str) -> str:
    table = pair_table(structure)
    bonds = "".join(_path(points[[i, table[i]]]) for i in np.flatnonzero(table > np.arange(len(table))))
    return f'<path d="{bonds}" stroke="var(--soft)" stroke-width="2"/>' if bonds else ""


def _bases(points: Points, sequence: str, values: NDArray[np.float64]) -> str:
    highest = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    shares = np.nan_to_num(values / highest) if highest > 0 else np.zeros(len(sequence))
    bases = [
        _base(at, x, y, letter, value, share)
        for at, (letter, (x, y), value, share) in enumerate(
            zip(sequence, points.tolist(), values.tolist(), shares.tolist(), strict=True), 1
        )
    ]
    return '<g text-anchor="middle" class="mono">' + "".join(bases) + "</g>"


def _base(at: int, x: float, y: float, letter: str, value: float, share: float) -> str:
    label = f"{letter} {at}" if value != value else f"{letter} {at}: {value:.3g}"
    heat = f'<circle r="{RADIUS}" fill="var(--heat)" fill-opacity="{share:.2g}"/>' if share else ""
    return (
        f'<g transform="translate({number(x)} {number(y)})"><title>{text(label)}</title>'
        f'<circle r="{RADIUS}" fill="var(--paper)" stroke="var(--line)"/>{heat}'
        f'<text y="3.4" style="font-size:9.5px">{text(letter)}</text></g>'
    )


def _numbers(points: Points) -> str:
    """Every tenth position, beside its base where most room is."""
    labels = []
    for at in range(TICK - 1, len(points) - 2, TICK):
        x, y = points[at] + OUTWARD * _away_from_others(points, at)
        labels.append(f'<text x="{number(x)}" y="{number(y + 3)}">{at + 1}</text>')
    return '<g class="soft" text-anchor="middle" style="font-size:9px">' + "".join(labels) + "</g>"


def _away_from_others(points: Points, at: int) -> NDArray[np.float64]:
    """The direction, of length 1, in which a label beside a base is furthest from all bases."""
    spots = points[at] + OUTWARD * DIRECTIONS
    apart = np.hypot(*(spots[:, None] - points).transpose(2, 0, 1)).min(1)
    direction: NDArray[np.float64] = DIRECTIONS[apart.argmax()]
    return direction


def _ends(points: Points) -> str:
    labels = []
    for at, name in ((0, "5′"), (len(points) - 1, "3′")):
        x, y = points[at] + OUTWARD * _away_from_others(points, at)
        labels.append(f'<text x="{number(x)}" y="{number(y + 4)}">{name}</text>')
    return '<g text-anchor="middle">' + "".join(labels) + "</g>"
