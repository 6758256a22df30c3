"""Horizontal bars as SVG: the funnel of a scan, and what the score of a hit is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from mirscan.explanation.svg.elements import minus, number, picture, text

ROW, BAR = 22.0, 14.0
NAME, LENGTH, VALUE = 104.0, 220.0, 56.0  # pixels: room for names, the longest bar, numbers
BITS_NAME, BITS_LENGTH, BITS_VALUE = 64.0, 170.0, 44.0


def funnel_bars(stages: Sequence[tuple[str, str, int]], alone: bool = True) -> str:
    """How many hairpins reach each stage, on a logarithmic scale.

    Args:
        stages: Name, meaning and count of each.
        alone: Whether it is a file of its own, see `elements.picture`.
    """
    highest = log10(max(count for _, _, count in stages) + 1) or 1.0
    parts = []
    for at, (name, meaning, count) in enumerate(stages):
        wide, y = LENGTH * log10(count + 1) / highest, at * ROW
        parts.append(
            f'<text text-anchor="end" x="{number(NAME - 8)}" y="{number(y + 12)}">'
            f"{text(name.replace('_', ' '))}</text>"
            f'<rect x="{number(NAME)}" y="{number(y + 1)}" width="{number(wide)}" height="{BAR:g}" '
            f'fill="var(--likely)"><title>{text(meaning)}</title></rect>'
            f'<text x="{number(NAME + wide + 6)}" y="{number(y + 12)}">{count:,}</text>'
        )
    title = "From candidates to hits"
    return picture(NAME + LENGTH + VALUE, ROW * len(stages), "".join(parts), title, alone)


def evidence_bars(terms: Sequence[tuple[str, float]], name: str, alone: bool = True) -> str:
    """The bits of each kind of evidence, for to the right and against to the left.

    Args:
        terms: Kind → bits, those of the prior first; they add up to the score.
        name: Of the hit.
        alone: Whether it is a file of its own, see `elements.picture`.
    """
    lowest = min(0.0, *(bits for _, bits in terms))
    highest = max(0.0, *(bits for _, bits in terms))
    scale = BITS_LENGTH / ((highest - lowest) or 1.0)
    zero = BITS_NAME + BITS_VALUE - lowest * scale
    high = ROW * len(terms)
    parts = [f'<path stroke="var(--soft)" d="M{number(zero)} 0v{number(high)}"/>']
    for at, (kind, bits) in enumerate(terms):
        left, y = min(zero, zero + bits * scale), at * ROW
        after = bits >= 0
        x = zero + bits * scale + (5 if after else -5)
        parts.append(
            f'<text x="0" y="{number(y + 14)}">{text(kind)}</text>'
            f'<rect x="{number(left)}" y="{number(y + 3)}" width="{number(abs(bits) * scale)}" '
            f'height="{BAR:g}" fill="var(--{"likely" if after else "heat"})"/>'
            f'<text text-anchor="{"start" if after else "end"}" x="{number(x)}" y="{number(y + 14)}">'
            f"{minus(f'{bits:+.1f}')}</text>"
        )
    wide = BITS_NAME + BITS_LENGTH + 2 * BITS_VALUE
    return picture(wide, high, "".join(parts), f"Bits of {name}", alone)
