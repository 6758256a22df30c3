"""How far to trust each hit, in a word: by the false hits that real DNA has at its score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

from mirscan.errors import UsageError
from mirscan.pipeline.annotators.annotator import Annotator, Column, Count
from mirscan.pipeline.false_hits import Curve
from mirscan.records import Hit

HIGH, LIKELY, CANDIDATE = "high", "likely", "candidate"
TIERS = (HIGH, LIKELY, CANDIDATE)
ALL = "all"  # asks for every hit down to the lowest score that was measured
MOST_FALSE = {HIGH: 0.1, LIKELY: 0.5, CANDIDATE: 10.0}  # a Mb, from the score of the hit up
SMALL, MOST_TIMES = 2.0, 20.0  # Mb of a genome; a smaller one has the same limits in all, up to so many times
DIGITS = 3  # of a rate


@dataclass(frozen=True, slots=True)
class Limits:
    """How many false hits per megabase a tier may have: as many in all in each genome of less than 2 Mb.

    Attributes:
        times: What the limits of `MOST_FALSE` are multiplied by, 1..20.
    """

    times: float = 1.0

    @classmethod
    def of(cls, bases: int) -> Limits:
        """The limits in a genome of so many bases, searched in all or in part."""
        return cls(min(MOST_TIMES, max(1.0, SMALL / (max(bases, 1) / 1e6))))

    def most(self, tier: str) -> float:
        """False hits per megabase from the lowest score of a tier up, at most."""
        return MOST_FALSE[tier] * self.times

    def tier(self, rate: float) -> str:
        """The tier of a hit from whose score up there are so many false hits per megabase."""
        return next((name for name in (HIGH, LIKELY) if rate <= self.most(name)), CANDIDATE)

    def lowest(self, curve: Curve, tier: str | None = None) -> float:
        """The lowest score of a tier and those above it, rounded up: thousandths, below .1 three digits.

        Args:
            curve: False hits of real DNA.
            tier: One of `TIERS`, or `all`; None for those shown where nobody asks, `high` and `likely`.
        """
        score = curve.scores[0] if tier == ALL else curve.score(self.most(tier or LIKELY))
        steps = STEPS * 10.0 ** max(0, ceil(-log10(score)) - 1)
        return ceil(score * steps - ROUND_OFF) / steps


STEPS = (
    1000  # of a lowest score that nobody asked for, between 0 and 1; ten times as many below .1, and so on
)
ROUND_OFF = 1e-6  # of such a step


def check_tier(tier: str | None) -> None:
    """Find out whether there is a tier of this name.

    Raises:
        UsageError: There is not.
    """
    if tier is not None and tier not in (*TIERS, ALL):
        raise UsageError(f"`tier` {tier}", "no such tier", f"one of {', '.join((*TIERS, ALL))}")


def _of(tier: str) -> Count:
    rule = {
        HIGH: "no more than .1 false hits per Mb score as much",
        LIKELY: "no more than .5, and more than .1",
        CANDIDATE: "more than .5",
    }[tier]
    return Count(tier, f"Hits of this tier: {rule}.", lambda hit: (hit.tier or {}).get("name") == tier)


def _rate(hit: Hit) -> str:
    return "" if hit.tier is None else f"{hit.tier['false_per_mb']:.{DIGITS}g}"


class Tier(Annotator):
    """The tier of each hit, and none of a lower one. It depends on score and clade alone."""

    name = "tier"
    description = "how far to trust it, by the false hits per Mb that real DNA has at its score"
    columns = (
        Column(
            "tier",
            "high (≤ 0.1 false hits per Mb score as much in real DNA), likely (≤ 0.5) or candidate",
            lambda hit: "" if hit.tier is None else hit.tier["name"],
        ),
        Column(
            "false_per_mb",
            "False hits per Mb of real DNA of the clade that score as much; empty where nobody measured",
            _rate,
            "number",
        ),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {
            "name": {"enum": [*TIERS]},
            "false_per_mb": {"type": "number", "exclusiveMinimum": 0},
        },
        "required": ["name", "false_per_mb"],
    }
    counts = tuple(_of(tier) for tier in TIERS)

    def __init__(self, curve: Curve, limits: Limits | None = None, lowest: str | None = None) -> None:
        """Choose the curve.

        Args:
            curve: False hits per megabase, by scores of the run.
            limits: Those of the genome; None for those of a large one.
            lowest: Keep only hits of this tier or a higher one; None for all.
        """
        self._curve = curve
        self._limits = limits or Limits()
        self._kept = TIERS[: TIERS.index(lowest or CANDIDATE) + 1]
        self._unmeasured = lowest in (None, CANDIDATE)

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for hit in hits:
            rate = self._curve.rate(hit.score)
            if rate is None:
                if self._unmeasured:
                    yield hit
                continue
            rounded = float(f"{rate:.{DIGITS}g}")
            name = self._limits.tier(rounded)
            if name in self._kept:
                yield hit.noted(tier={"name": name, "false_per_mb": rounded})

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`."""
        try:
            rate = float(texts["false_per_mb"])
        except (KeyError, ValueError):
            return None
        return cls.from_json({"name": texts.get("tier"), "false_per_mb": rate})

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        if not isinstance(value, dict) or value.get("name") not in TIERS:
            return None
        rate = value.get("false_per_mb")
        sound = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < float("inf")
        return {"name": value["name"], "false_per_mb": rate} if sound else None

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        if note is None:
            return []
        rate = note["false_per_mb"]
        return [f"Tier {note['name']}: real DNA has {rate:g} false hits per Mb that score as much."]
