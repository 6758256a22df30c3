"""How far to trust each hit, in a word; see `pipeline/tiers.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mirscan.pipeline.annotators.annotator import Annotator, Column, Count
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.tiers import (
    CANDIDATE,
    DIGITS,
    HIGH,
    LIKELY,
    MOST_FALSE,
    MOST_OF_HITS,
    TIERS,
    Cuts,
    Limits,
    rounded,
)
from mirscan.records import Hit


def _of(tier: str) -> Count:
    rule = {
        HIGH: "no more than .1 false hits per Mb score as much, and a tenth of the hits here",
        LIKELY: "no more than .5 per Mb, and half of the hits here",
        CANDIDATE: "more than that",
    }[tier]
    return Count(tier, f"Hits of this tier: {rule}.", lambda hit: (hit.tier or {}).get("name") == tier)


def _rate(hit: Hit) -> str:
    return "" if hit.tier is None else f"{hit.tier['false_per_mb']:.{DIGITS}g}"


class Tier(Annotator):
    """The tier of each hit, and none of a lower one. The rate beside it depends on score and clade alone."""

    name = "tier"
    description = "how far to trust it, by the false hits that real DNA has at its score and the hits found"
    columns = (
        Column(
            "tier",
            "high (≤ 0.1 false hits per Mb of real DNA score as much, and ≤ 10 % of the hits here), likely "
            "(≤ 0.5, ≤ 50 %) or candidate",
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

    def __init__(
        self,
        curve: Curve,
        limits: Limits | None = None,
        lowest: str | None = None,
        cuts: Cuts | None = None,
    ) -> None:
        """Choose the curve.

        Args:
            curve: False hits per megabase, by scores of the run.
            limits: Those of the genome; None for those of a large one.
            lowest: Keep only hits of this tier or a higher one; None for all.
            cuts: Those of the run; None for tiers by the score alone.
        """
        self._cuts = cuts or Cuts(dict.fromkeys(MOST_OF_HITS, 0.0), {})
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
            name = max(self._limits.tier(rounded(rate)), self._cuts.tier(hit.score), key=TIERS.index)
            if name in self._kept:
                yield hit.noted(tier={"name": name, "false_per_mb": rounded(rate)})

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
        name, rate = note["name"], note["false_per_mb"]
        found = [f"Tier {name}: real DNA has {rate:g} false hits per Mb that score as much."]
        if TIERS.index(name) > TIERS.index(Limits().tier(rate)):
            share = MOST_OF_HITS[HIGH if rate <= MOST_FALSE[HIGH] else LIKELY]
            found.append(
                f"By its score alone it would be more, but chance explains more than {share:.0%} of the hits "
                "of this genome that score as much."
            )
        return found
