"""How far to trust each hit, in a word: by the false hits that real DNA has at its score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mirscan.errors import UsageError
from mirscan.pipeline.annotators.annotator import Annotator, Column, Count
from mirscan.pipeline.false_hits import Curve
from mirscan.records import Hit

HIGH, LIKELY, CANDIDATE = "high", "likely", "candidate"
MOST_FALSE = {HIGH: 0.1, LIKELY: 1.0, CANDIDATE: float("inf")}  # a Mb, from the score of the hit up
DIGITS = 3  # of a rate


def tier_of(rate: float) -> str:
    """The tier of a hit from whose score up there are so many false hits a megabase."""
    return next(name for name, most in MOST_FALSE.items() if rate <= most)


def check_tier(tier: str | None) -> None:
    """Find out whether there is a tier of this name.

    Raises:
        UsageError: There is not.
    """
    if tier is not None and tier not in MOST_FALSE:
        raise UsageError(f"`tier` {tier}", "no such tier", f"one of {', '.join(MOST_FALSE)}")


def _of(tier: str) -> Count:
    rule = {
        HIGH: "no more than .1 false hits a Mb score as much",
        LIKELY: "no more than 1, and more than .1",
        CANDIDATE: "more than 1",
    }[tier]
    return Count(tier, f"Hits of this tier: {rule}.", lambda hit: (hit.tier or {}).get("name") == tier)


def _rate(hit: Hit) -> str:
    return "" if hit.tier is None else f"{hit.tier['false_per_mb']:.{DIGITS}g}"


class Tier(Annotator):
    """The tier of each hit, and none of a lower one. It depends on score and clade alone."""

    name = "tier"
    description = "how far to trust it, by the false hits a Mb that real DNA has at its score"
    columns = (
        Column(
            "tier",
            "high (≤ 0.1 false hits a Mb score as much in real DNA), likely (≤ 1) or candidate",
            lambda hit: "" if hit.tier is None else hit.tier["name"],
        ),
        Column(
            "false_per_mb",
            "False hits a Mb of real DNA of the clade that score as much; empty where nobody measured",
            _rate,
            "number",
        ),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {
            "name": {"enum": [*MOST_FALSE]},
            "false_per_mb": {"type": "number", "exclusiveMinimum": 0},
        },
        "required": ["name", "false_per_mb"],
    }
    counts = tuple(_of(tier) for tier in MOST_FALSE)

    def __init__(self, curve: Curve, lowest: str | None = None) -> None:
        """Choose the curve.

        Args:
            curve: False hits a megabase, by scores of the run.
            lowest: Keep only hits of this tier or a higher one; None for all.
        """
        self._curve = curve
        self._most = MOST_FALSE[lowest or CANDIDATE]
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
            if rounded <= self._most:
                yield hit.noted(tier={"name": tier_of(rounded), "false_per_mb": rounded})

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
        if not isinstance(value, dict) or value.get("name") not in MOST_FALSE:
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
        return [f"Tier {note['name']}: real DNA has {rate:g} false hits a Mb that score as much."]
