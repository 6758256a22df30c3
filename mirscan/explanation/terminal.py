"""An explanation for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Group
from rich.style import Style
from rich.text import Text

from mirscan.explanation import words
from mirscan.explanation.content import Arm, Explanation
from mirscan.explanation.pile_up import lengths_text, profile_of
from mirscan.reads.profile import Profile
from mirscan.records import Hairpin

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60  # positions a row, so that a row fits a terminal of 80 columns
# White to red, as attention grows; readable on dark and light terminals with black letters.
SHADES = ("#f7f7f7", "#fddbc7", "#f4a582", "#e4765f", "#d6404e")
MARGIN = " " * 7


def levels(values: NDArray[np.float64], steps: int) -> NDArray[np.int64]:
    """Each value's step 0..steps-1 between 0 and the largest; 0 where it is NaN."""
    highest = np.nanmax(values) if np.isfinite(values).any() else 0.0
    if highest <= 0:
        return np.zeros(len(values), dtype=np.int64)
    scaled = np.nan_to_num(values) / highest * steps
    return np.minimum(scaled.astype(np.int64), steps - 1)


def panel(explanation: Explanation) -> Group:
    """The lines that explain a hairpin: facts; sequence, structure and attention in rows of 60; reasons."""
    hairpin, attention = explanation.hairpin, explanation.attention
    scores = (f"{name} {score:.6f}   " for name, score in words.scores(explanation))
    colour = "green" if explanation.called else "yellow"
    rows: list[Text] = [
        Text.assemble(
            (explanation.subject.name, "bold"),
            f"   {len(hairpin)} nt   {hairpin.mfe:.2f} kcal/mol   ",
            *scores,
        ),
        Text(words.verdict(explanation), colour),
        *(Text(line) for line in words.readers(explanation)),
    ]
    shades, bars = levels(attention, len(SHADES)), levels(attention, len(BARS))
    for first in range(0, len(hairpin), WIDTH):
        rows += _rows(hairpin, explanation.arms, shades, bars, first, min(first + WIDTH, len(hairpin)))
    if profile := profile_of(explanation):
        rows += _reads_rows(profile)
    return Group(*rows, *_reasons(explanation), Text())


def _rows(
    hairpin: Hairpin,
    arms: Sequence[Arm],
    shades: NDArray[np.int64],
    bars: NDArray[np.int64],
    first: int,
    last: int,
) -> list[Text]:
    letters = Text(f"{first + 1:>5}  ")
    for position in range(first, last):
        letters.append(hairpin.sequence[position], Style(color="black", bgcolor=SHADES[shades[position]]))
    letters.append(f"  {last}")
    structure = Text(MARGIN + hairpin.structure[first:last])
    attention = Text(MARGIN + "".join(BARS[level] for level in bars[first:last]) + "  attention", "dim")
    return [letters, structure, *_arm_row(arms, first, last), attention]


def _reads_rows(profile: Profile) -> list[Text]:
    """How many reads cover each base, in rows of 60, and how long they are."""
    bars = levels(profile.coverage, len(BARS))
    rows = []
    for first in range(0, len(bars), WIDTH):
        row = slice(first, first + WIDTH)
        covered = zip(bars[row], profile.coverage[row], strict=True)
        signs = "".join(BARS[level] if reads else " " for level, reads in covered)
        rows.append(Text(f"{first + 1:>5}  {signs}  reads", "dim"))
    return [*rows, Text(f"{MARGIN}{lengths_text(profile)}", "dim")]


def _arm_row(arms: Sequence[Arm], first: int, last: int) -> list[Text]:
    """The predicted mature arms under their bases, where the row has any."""
    signs = [" "] * (last - first)
    for start, end, name in arms:
        for position in range(max(start, first), min(end, last)):
            signs[position - first] = name[0]
    return [Text(f"{MARGIN}{''.join(signs)}  mature arms", "cyan")] if "".join(signs).strip() else []


def _reasons(explanation: Explanation) -> list[Text]:
    lines = [*words.notes(explanation), words.tree_says(explanation.rule), f"  {explanation.rule.text}"]
    sentence, *arms = words.family(explanation) or [""]
    lines += [sentence, *(f"  {line}" for line in arms)] if sentence else []
    if explanation.neighbours:
        lines.append(f"Near it in z_m: {words.neighbours(explanation)}")
    if explanation.stages:
        lines += ["On the line of a scan:"]
        lines += [f"  {words.stage_line(stage)}" for stage in explanation.stages]
    return [Text(line) for line in (*lines, *words.what_if(explanation), *words.limits(explanation))]
