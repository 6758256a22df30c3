"""Neighbours: microRNAs come in clusters, so likely ones near by on the same strand speak for a hairpin.

How much each speaks is a ratio of two densities: how many genes stand so far from a gene on its strand, and
how many calls as sure as the neighbour stand there by chance. Chance is not even over a genome: where
hairpins abound they please the network on both strands. Genes of a cluster share a strand, so that the other
strand near by shows what chance does here; it is weighed against how often such calls are met elsewhere.

`benchmarks/accuracy/context.py` shows what that brings in genomes with clusters and without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, ClassVar

from mirscan.evidence.context import FURTHEST, MOST, ContextWeights, shipped_context
from mirscan.evidence.kind import Kind, Setup, Weighed
from mirscan.evidence.score import BIT, BIT_DECIMALS, Term, probability
from mirscan.genome.regions import same_locus
from mirscan.records import Call, Hairpin

WIDEST = 1_000  # nt beyond, in which a call may lie that outdoes a neighbour
LEAST = -2.2  # log-odds of a neighbour, about 0.1
MEANT = round(log2(1e-3 / (1 - 1e-3)), BIT_DECIMALS)  # prior, bits, at which log-odds of neighbours are meant
UPSTREAM, DOWNSTREAM = "upstream", "downstream"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A call near another, on its strand.

    Attributes:
        side: `upstream` or `downstream`, on the strand of both.
        distance: Bases between both.
        log_odds: Natural log-odds by all evidence of its own.
        rivals: Calls as sure as that within reach on the other strand.
        moved: What makes of these log-odds those at the prevalence at which the numbers are meant.
    """

    side: str
    distance: int
    log_odds: float
    rivals: int
    moved: float = 0.0

    def ratio(self, weights: ContextWeights) -> float:
        """Genes to expect beside it, against calls as sure that chance puts there."""
        return weights.ratio(self.distance, self.log_odds + self.moved, self.rivals)

    def as_json(self, weights: ContextWeights) -> dict[str, Any]:
        """Plain values by name."""
        return {
            "side": self.side,
            "distance": self.distance,
            "score": probability(self.log_odds),
            "rivals": self.rivals,
            "ratio": round(self.ratio(weights), 2),
        }


class NeighbourEvidence(Kind):
    """Bits for the neighbours on its strand; none against, since half of all genes stand alone.

    A scan of a strand by itself does not see what chance does on the other one.
    """

    name: ClassVar[str] = "neighbours"
    description: ClassVar[str] = "other likely microRNAs near by on the same strand"
    reach: int = FURTHEST + WIDEST
    beyond = True

    def __init__(self, setup: Setup) -> None:
        self._weights: ContextWeights = setup.choice or shipped_context()

    def facts(self) -> Mapping[str, str | float | int]:
        """The numbers that decide the bits."""
        return {"sha256": self._weights.sha256}

    def most_bits(self, call: Call) -> float:
        """What neighbours give at most, as nobody knows yet who they are."""
        return MOST

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        """The bits of all neighbours together."""
        weights = self._weights
        found = neighbours(call.hairpin, near)
        if not found:
            return Term(self.name, 0.0)
        found.sort(key=lambda each: (-each.ratio(weights), each.distance, each.side))
        bits = weights.bits([each.ratio(weights) for each in found])
        numbers = {"neighbours": [each.as_json(weights) for each in found]}
        return Term(self.name, bits, sentence(found), numbers)


def sentence(found: Sequence[Neighbour]) -> str:
    """Some neighbours in words."""
    first, more = found[0], len(found) - 1
    where = f"{first.distance:,} nt {first.side} on its strand"
    others = f"; {more} more {'is' if more == 1 else 'are'} near by" if more else ""
    return f"a hairpin {where} scores {probability(first.log_odds):.2f} by itself{others}"


def neighbours(hairpin: Hairpin, near: Sequence[Weighed]) -> list[Neighbour]:
    """The neighbours of a hairpin, in genome order.

    Args:
        hairpin: That of the call.
        near: Calls around it, with all that lie at the same places.
    """
    sure = [each for each in near if each.evidence.total + _moved(each) >= LEAST]
    apart = [
        each
        for each in sure
        if 0 <= distance(hairpin, each.call.hairpin) <= FURTHEST and not outdone(each, sure)
    ]
    there = [each for each in apart if each.call.hairpin.strand == hairpin.strand]
    opposite = [each.evidence.total for each in apart if each.call.hairpin.strand != hairpin.strand]
    return [
        Neighbour(
            side(hairpin, each.call.hairpin),
            distance(hairpin, each.call.hairpin),
            each.evidence.total,
            sum(total >= each.evidence.total for total in opposite),
            _moved(each),
        )
        for each in there
    ]


def _moved(each: Weighed) -> float:
    """What makes of its log-odds those at the prevalence at which the numbers are meant."""
    return BIT * (MEANT - each.evidence.prior)


def distance(hairpin: Hairpin, other: Hairpin) -> int:
    """Bases between two hairpins of a contig; below 0 where they overlap."""
    return max(other.start - hairpin.end, hairpin.start - other.end)


def side(hairpin: Hairpin, other: Hairpin) -> str:
    """Where another hairpin of its strand lies."""
    return DOWNSTREAM if (other.start > hairpin.start) == (hairpin.strand == "+") else UPSTREAM


def outdone(each: Weighed, others: Iterable[Weighed]) -> bool:
    """Whether a surer call lies at the same place, on whatever strand: then this one is its image."""
    here = each.call.hairpin
    return any(
        other.evidence.total > each.evidence.total
        and same_locus(here.start, here.end, other.call.hairpin.start, other.call.hairpin.end)
        for other in others
    )
