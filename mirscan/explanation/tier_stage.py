"""The tier of a place that is explained by itself: by its score alone, without the hits of its genome."""

from __future__ import annotations

from dataclasses import dataclass

from mirscan.explanation.stage_result import StageResult
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.tiers import CANDIDATE, DIGITS, Limits, rounded, why_held_back, without

TIER = "tier"


@dataclass(frozen=True, slots=True)
class TierByScore:
    """What a score alone says of the tier; a scan also counts the hits of the genome, see `tiers.Cuts`.

    Attributes:
        curve: False hits of real DNA by score.
        limits: Those of the genome.
    """

    curve: Curve
    limits: Limits

    def result(self, score: float) -> StageResult | None:
        """The highest tier that a hit of this score may be of; None below the lowest that was measured."""
        rate = self.curve.rate(score)
        if rate is None:
            return None
        false = rounded(rate)
        tier = self.limits.tier(false)
        text = (
            f"{tier} by its score alone: real DNA has {false:.{DIGITS}g} false hits per Mb that score as much"
        )
        if tier != CANDIDATE and without(self.curve.clades):
            text += f"; a scan makes it a candidate, as {why_held_back(self.curve.clades)}"
        elif tier != CANDIDATE:
            text += "; a scan makes it a candidate where it finds no more of them than chance brings"
        return StageResult(TIER, None, text, false, self.limits.most(tier))
