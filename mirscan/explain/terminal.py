"""A hairpin with its attention, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from rich.console import Group
from rich.style import Style
from rich.text import Text

from mirscan.records import Hairpin

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60  # positions a row, so that a row fits a terminal of 80 columns
# White to red, as attention grows; readable on dark and light terminals with black letters.
SHADES = ("#f7f7f7", "#fddbc7", "#f4a582", "#e4765f", "#d6404e")


def levels(values: NDArray[np.float64], steps: int) -> NDArray[np.int64]:
    """Each value's step 0..steps-1 between 0 and the largest; 0 where it is NaN."""
    highest = np.nanmax(values) if np.isfinite(values).any() else 0.0
    if highest <= 0:
        return np.zeros(len(values), dtype=np.int64)
    scaled = np.nan_to_num(values) / highest * steps
    return np.minimum(scaled.astype(np.int64), steps - 1)


def panel(
    name: str,
    hairpin: Hairpin,
    scores: Mapping[str, float],
    attention: NDArray[np.float64],
    min_score: float,
) -> Group:
    """The lines that explain a hairpin: facts, then sequence, structure and attention, in rows of 60.

    Args:
        name: What to call it.
        hairpin: n positions.
        scores: Model → score, 0..1; the first is the one that calls.
        attention: (n,), summing to 1; NaN where the network does not look.
        min_score: From which score on it would be called.
    """
    called = next(iter(scores.values())) >= min_score
    facts = Text.assemble(
        (name, "bold"),
        f"   {len(hairpin)} nt   {hairpin.mfe:.2f} kcal/mol   ",
        *(f"{model} {score:.6f}   " for model, score in scores.items()),
        (f"{'called' if called else 'not called'} at {min_score:g}", "green" if called else "yellow"),
    )
    shades, bars = levels(attention, len(SHADES)), levels(attention, len(BARS))
    rows: list[Text] = [facts]
    for first in range(0, len(hairpin), WIDTH):
        last = min(first + WIDTH, len(hairpin))
        rows += _rows(hairpin, shades, bars, first, last)
    return Group(*rows, Text())


def _rows(
    hairpin: Hairpin, shades: NDArray[np.int64], bars: NDArray[np.int64], first: int, last: int
) -> list[Text]:
    letters = Text(f"{first + 1:>5}  ")
    for position in range(first, last):
        letters.append(hairpin.sequence[position], Style(color="black", bgcolor=SHADES[shades[position]]))
    letters.append(f"  {last}")
    structure = Text(" " * 7 + hairpin.structure[first:last])
    attention = Text(" " * 7 + "".join(BARS[level] for level in bars[first:last]) + "  attention", "dim")
    return [letters, structure, attention]
