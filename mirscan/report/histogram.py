"""Histograms of the hits, each bar stacked by tier, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from mirscan.explanation.svg.elements import minus, number, picture, text
from mirscan.report.content import TIERS
from mirscan.report.found import Found

WIDTH, HEIGHT = 440.0, 170.0  # of the field of bars, pixels
LEFT, TOP, RIGHT, BELOW = 48.0, 26.0, 12.0, 40.0
MOST_BINS = 24
LINES = 4  # horizontal lines at most, beside the foot
STEPS = (1, 2, 5, 10)
UNTIERED = "soft"  # the colour of hits without a tier
SCORE_BINS = 20
LABELS = 6  # numbers below the bars, about


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar.

    Attributes:
        low: Where it begins.
        high: Where it ends.
        counts: Tier → hits; those without a tier under the empty name.
    """

    low: float
    high: float
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All hits of the bar."""
        return sum(self.counts.values())


def score_histogram(hits: Sequence[Found], alone: bool = True) -> str:
    """Hits by score, 0..1."""
    edges = [at / SCORE_BINS for at in range(SCORE_BINS + 1)]
    return _drawn(_binned([(hit.score, hit.tier) for hit in hits], edges), "score", "Hits by score", alone)


def bits_histogram(hits: Sequence[Found], alone: bool = True) -> str:
    """Hits by the sum of their evidence in bits, where scores near 1 stand apart."""
    values = [(hit.bits, hit.tier) for hit in hits]
    low, high = floor(min(value for value, _ in values)), ceil(max(value for value, _ in values))
    step = nice_step((high - low) / MOST_BINS)
    first = floor(low / step)
    edges = [step * at for at in range(first, max(ceil(high / step), first + 1) + 1)]
    return _drawn(_binned(values, edges), "bits", "Hits by bits", alone)


def nice_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … that is not less."""
    if least <= 1:
        return 1
    scale = 10 ** floor(log10(least))
    return int(next(step * scale for step in STEPS if step * scale >= least))


def _binned(values: Sequence[tuple[float, str]], edges: Sequence[float]) -> list[Bin]:
    """Bars between edges; a value on an edge is in the bar above, the highest in the last."""
    bins = [Bin(low, high, {}) for low, high in pairwise(edges)]
    for value, tier in values:
        at = sum(value >= each.low for each in bins) - 1
        counts = bins[max(at, 0)].counts
        counts[tier] = counts.get(tier, 0) + 1
    return bins


def _drawn(bins: Sequence[Bin], axis: str, title: str, alone: bool) -> str:
    highest = max(each.total for each in bins)
    step = nice_step(highest / LINES)
    top = step * ceil(highest / step)
    body = (
        f'<g transform="translate({number(LEFT)} {number(TOP)})">{_lines(top, step)}'
        f"{_bars(bins, top)}{_ticks(bins)}</g>"
        f'<text x="{number(LEFT)}" y="12">hits</text>'
        f'<text text-anchor="end" x="{number(LEFT + WIDTH)}" y="{number(TOP + HEIGHT + 33)}">'
        f"{text(axis)}</text>{_legend(bins)}"
    )
    return picture(LEFT + WIDTH + RIGHT, TOP + HEIGHT + BELOW, body, title, alone)


def _lines(top: int, step: int) -> str:
    parts = []
    for count in range(0, top + 1, step):
        y = number(HEIGHT * (1 - count / top))
        parts.append(
            f'<path stroke="var(--line)" d="M0 {y}h{number(WIDTH)}"/>'
            f'<text class="soft" text-anchor="end" x="-6" y="{number(float(y) + 4)}">{count:,}</text>'
        )
    return "".join(parts)


def _bars(bins: Sequence[Bin], top: int) -> str:
    wide = WIDTH / len(bins)
    parts = []
    for at, each in enumerate(bins):
        y = HEIGHT
        for tier in (*TIERS, ""):
            count = each.counts.get(tier, 0)
            if not count:
                continue
            high = HEIGHT * count / top
            y -= high
            words = f"{each.low:g} to {each.high:g}: {count:,} {tier}".rstrip()
            parts.append(
                f'<rect x="{number(at * wide + 1)}" y="{number(y)}" width="{number(wide - 2)}" '
                f'height="{number(high)}" fill="var(--{tier or UNTIERED})"><title>{text(words)}</title>'
                "</rect>"
            )
    return "".join(parts)


def _ticks(bins: Sequence[Bin]) -> str:
    every = ceil(len(bins) / LABELS)
    edges = [each.low for each in bins] + [bins[-1].high]
    wide = WIDTH / len(bins)
    labels = (
        f'<text class="soft" text-anchor="middle" x="{number(at * wide)}" y="{number(HEIGHT + 15)}">'
        f"{minus(f'{edge:g}')}</text>"
        for at, edge in enumerate(edges)
        if at % every == 0
    )
    return "".join(labels)


def _legend(bins: Sequence[Bin]) -> str:
    """The tiers that there are, with their colours."""
    there = [tier for tier in TIERS if any(tier in each.counts for each in bins)]
    return legend(there, LEFT + 60.0, 3.0)


def legend(tiers: Sequence[str], x: float, y: float) -> str:
    """Tiers with their colours in a row from a place on."""
    parts = []
    for tier in tiers:
        parts.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="10" height="10" fill="var(--{tier})"/>'
            f'<text x="{number(x + 14)}" y="{number(y + 9)}">{text(tier)}</text>'
        )
        x += 30 + 6.5 * len(tier)
    return "".join(parts)
