"""Which tier a score is of: by the false hits of real DNA, and by how many hits the run has.

A curve tells before the search how many false hits a score lets expect (`Limits`). The hits found say more:
of as many as chance brings none is likely to be true, however high it scores. So a tier begins where there
are clearly more (`Cuts`). Bacteria have no microRNAs: there, all hits are candidates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, log10

from mirscan.errors import UsageError
from mirscan.pipeline.false_hits import Curve

HIGH, LIKELY, CANDIDATE = "high", "likely", "candidate"
TIERS = (HIGH, LIKELY, CANDIDATE)
ALL = "all"  # asks for every hit down to the lowest score that was measured
MOST_FALSE = {HIGH: 0.1, LIKELY: 0.5, CANDIDATE: 10.0}  # a Mb, from the score of the hit up
MOST_OF_HITS = {HIGH: 0.1, LIKELY: 0.5}  # of the hits from some score of the tier up, false ones to expect
WITHOUT = frozenset({"bacterium"})  # clades without microRNAs
SMALL, MOST_TIMES = 2.0, 20.0  # Mb of a genome; a smaller one has the same limits in all, up to so many times
DIGITS = 3  # of a rate
STEPS = 1000  # of a lowest score that nobody asked for, 0..1; ten times as many below .1, and so on
ROUND_OFF = 1e-6  # of such a step


def check_tier(tier: str | None) -> None:
    """Find out whether there is a tier of this name.

    Raises:
        UsageError: There is not.
    """
    if tier is not None and tier not in (*TIERS, ALL):
        raise UsageError(f"`tier` {tier}", "no such tier", f"one of {', '.join((*TIERS, ALL))}")


def without(clades: Collection[str]) -> bool:
    """Whether a genome of these clades is known to have no microRNAs."""
    return bool(clades) and {*clades} <= WITHOUT


def why_held_back(clades: Collection[str]) -> str:
    """Why hits of a genome of these clades are of a lower tier than their scores ask for."""
    return "bacteria have no microRNAs" if without(clades) else "chance brings as many hits"


def rounded(rate: float) -> float:
    """False hits per megabase as results state them."""
    return float(f"{rate:.{DIGITS}g}")


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
        """The highest tier that a hit may be of from whose score up there are so many false hits per Mb."""
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


@dataclass(frozen=True, slots=True)
class Cuts:
    """The lowest scores of the hits of a run that are of a tier or a higher one.

    Attributes:
        scores: `high` and `likely` → lowest score of its hits; infinite where it has none.
        held_back: The same → hits that score as much as its limit asks for; see `why_held_back`.
    """

    scores: Mapping[str, float]
    held_back: Mapping[str, int]

    @classmethod
    def of(cls, scores: Iterable[float], megabases: float, curve: Curve, limits: Limits) -> Cuts:
        """The cuts of a run.

        A tier begins at the lowest score within its limit from which up no more than a tenth of the hits
        (`high`), or half of them (`likely`), are to be expected without any microRNA. Weaker hits than the
        limit lets through have no say, so that a cut is the same whatever else is shown. Where the clade is
        known to have no microRNAs, there are no tiers but the last.

        Args:
            scores: Of all hits of the run, in any order.
            megabases: Known bases searched, Mb, on one strand.
            curve: False hits of real DNA by score.
            limits: Those of the genome.
        """
        cuts = dict.fromkeys(MOST_OF_HITS, inf)
        lowest = {tier: limits.lowest(curve, tier) for tier in MOST_OF_HITS}
        falling = sorted((score for score in scores if score >= lowest[LIKELY]), reverse=True)
        judged = [] if without(curve.clades) else falling
        for found, (score, weaker) in enumerate(pairwise([*judged, -inf]), 1):
            false = rounded(curve.at_least(score)) * megabases
            for tier, share in MOST_OF_HITS.items():
                if score > weaker and score >= lowest[tier] and false <= share * found:
                    cuts[tier] = score
        held_back = {
            tier: sum(lowest[tier] <= score < cuts[tier] for score in falling) for tier in MOST_OF_HITS
        }
        return cls(cuts, held_back)

    def tier(self, score: float) -> str:
        """The highest tier that a hit of this score may be of."""
        return next((name for name, cut in self.scores.items() if score >= cut), CANDIDATE)

    def lowest(self, tier: str | None) -> float:
        """The lowest score of a tier and those above it, as far as the run says; 0 where it says nothing."""
        return self.scores.get(tier or CANDIDATE, 0.0)
