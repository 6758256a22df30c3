"""The end of the line: the calls of all chunks are weighed and become hits, one a locus, with their notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from mirscan.errors import UsageError
from mirscan.evidence.weighing import Evidence
from mirscan.pipeline.annotators.annotator import Annotator
from mirscan.pipeline.annotators.arms import MatureArms
from mirscan.pipeline.annotators.copies import Copies
from mirscan.pipeline.annotators.family import FamilyName
from mirscan.pipeline.annotators.known import KnownLabel
from mirscan.pipeline.annotators.q_value import QValue
from mirscan.pipeline.annotators.rank import Rank
from mirscan.pipeline.annotators.reads import SmallRnaReads
from mirscan.pipeline.annotators.rule import RuleOfTree
from mirscan.pipeline.annotators.tier import Tier
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk, DecoyCalls
from mirscan.pipeline.known import Recall
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place, strength
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.qvalues import DecoySample, QValues, estimate
from mirscan.pipeline.tiers import Cuts, Limits
from mirscan.reads.measurement import NAME as READS
from mirscan.records import Call, Hit

if TYPE_CHECKING:  # they load PyTorch
    from mirscan.scoring.arms import ArmFinder
    from mirscan.tree.judge import Judge


def annotators_of(
    judge: Judge | None = None,
    require_rule: bool = False,
    arms: ArmFinder | None = None,
    known: Recall | None = None,
    reads: SmallRnaReads | None = None,
) -> list[Annotator]:
    """What speaks of hits once their q-values are known, in the order in which it does.

    Args:
        judge: The tree that gives each hit its rule; None for hits without.
        require_rule: Keep only hits that the tree calls precursors too.
        arms: Places the mature arms of each hit; None for hits without.
        known: Says which hits are known; None where nobody asked.
        reads: Says what small RNA reads show; None without any.
    """
    chosen: list[Annotator] = [RuleOfTree(judge, require_rule)] if judge else []
    chosen += [MatureArms(arms)] if arms else []
    chosen += [reads] if reads else []
    return [*chosen, FamilyName(), *([KnownLabel(known)] if known else [])]


def reads_of(evidence: Sequence[str], criteria: str | None) -> SmallRnaReads | None:
    """What says what small RNA reads show; None where they are no evidence.

    Args:
        evidence: The kinds of evidence of the run.
        criteria: Keep only hits of which all points of these curators hold; None for any.
    """
    if READS not in evidence:
        return None
    return SmallRnaReads() if criteria is None else SmallRnaReads(criteria, require=True)


@dataclass(slots=True)
class Finish:
    """What becomes of the chunks of a whole scan, wherever they come from.

    Attributes:
        plan: What was asked for.
        chunks: All of the plan, in its order, as often as it is called.
        funnel: Counts, complete when the hits are exhausted.
        min_score: Lowest score of a hit, 0..1.
        evidence: What weighs each call.
        fdr: Highest q-value of a hit; None for any.
        top: Keep only so many of the best hits; None for all.
        curve: False hits of real DNA by score; None where nobody measured.
        tier: Keep only hits of this tier or a higher one; None for all.
        annotators: What else is said of each hit; see `annotators_of`.
        q_values: How sure the hits are, known from the first hit on; None without decoys.
        cuts: Lowest scores of the tiers, known from the first hit on; None without a curve.
        reported: q-values of the hits given so far, those of `top` and `tier` only; none without decoys.
    """

    plan: Plan
    chunks: Callable[[], Iterable[Chunk]]
    funnel: Funnel
    min_score: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)
    fdr: float | None = None
    top: int | None = None
    curve: Curve | None = None
    tier: str | None = None
    annotators: Sequence[Annotator] = ()
    q_values: QValues | None = None
    cuts: Cuts | None = None
    reported: list[float] = field(default_factory=list)

    def hits(self) -> Iterator[Hit]:
        """The hits in genome order.

        Raises:
            UsageError: A false discovery rate is asked for, there are hits, and not one decoy was searched.
        """
        self.evidence.look_over(lambda: _calls(self.chunks()), self.plan.bases)
        self._settle()
        if self.fdr is not None and self.q_values is None and any(True for _ in self._loci(self.chunks())):
            raise UsageError(
                "`fdr`", "what was searched is too small for a decoy", "a region of 10 kb or more"
            )
        hits = self._loci(map(self._counted, self.chunks()), self._above)
        sure: list[Annotator] = [QValue(self.q_values, self.fdr)] if self.q_values else []
        sure += [Tier(self.curve, self.limits, self.tier, self.cuts)] if self.curve else []
        labels = [each for each in self.annotators if isinstance(each, KnownLabel)]  # of what is left
        others = [each for each in self.annotators if each not in labels]
        annotators: list[Annotator] = [*sure, *others, Copies(), Rank(self.top), *labels]
        for annotator in annotators:
            hits = annotator.annotate(hits)
        self.reported.clear()
        for hit in hits:
            self.funnel.count_hit(hit)
            self.reported += [] if hit.q_value is None else [hit.q_value]
            yield hit
        self.funnel.spend({each.stage: each.seconds for each in annotators if each.stage})

    def below(self, count: int) -> list[Hit]:
        """The best hits, one a place, that are too weak or too many for their tier, the best first.

        Of those that the journal holds; the hits of the run must be exhausted.
        """
        self.evidence.look_over(lambda: _calls(self.chunks()), self.plan.bases)
        lowest = max(self.min_score, self.cuts.lowest(self.tier) if self.cuts else 0.0)
        weak = (hit for hit in self.evidence.hits(_calls(self.chunks())) if hit.score < lowest)
        best = one_of_each_place(best_of_each_locus(weak))
        inside = [hit for hit in best if self.plan.inside(hit.hairpin)]
        return sorted(inside, key=strength, reverse=True)[:count]

    @property
    def limits(self) -> Limits:
        """Those of the tiers: they go by the size of the whole genome."""
        return Limits.of(self.plan.genome_bases)

    @property
    def known(self) -> Recall | None:
        """What of the known was found; None where nobody asked."""
        labels = (each for each in self.annotators if isinstance(each, KnownLabel))
        return next((each.recall for each in labels), None)

    def samples(self) -> list[DecoySample]:
        """What the decoys of each chunk gave, weighed among the calls of the genome at their places."""
        decoys = [(chunk.known, chunk.decoys) for chunk in self.chunks() if chunk.decoys]
        placed = [each for _, some in decoys for each in some.placed()]
        hits = iter(self.evidence.hits_elsewhere(placed, lambda: _calls(self.chunks())))
        return [self._sample(known, some, islice(hits, len(some.calls))) for known, some in decoys]

    def _sample(self, known: int, decoys: DecoyCalls, hits: Iterable[Hit]) -> DecoySample:
        best = one_of_each_place(best_of_each_locus(hit for hit in hits if hit.score >= self.min_score))
        return DecoySample(known, decoys.decoy_known, [hit.score for hit in best])

    def _settle(self) -> None:
        """Find out what speaks of all hits of the run together: their q-values, and the cuts of the tiers."""
        known = 0

        def counted(chunk: Chunk) -> Chunk:
            nonlocal known
            known += chunk.known
            return chunk

        scores = [hit.score for hit in self._loci(map(counted, self.chunks()))]
        lowest = self.limits.lowest(self.curve) if self.curve else 0.0
        self.q_values = estimate(scores, self.samples(), self.curve, lowest)
        self.cuts = Cuts.of(scores, known / 1e6, self.curve, self.limits) if self.curve else None

    def _called(self, calls: Iterable[Call]) -> Iterator[Hit]:
        """The calls whose evidence makes them hits."""
        return (hit for hit in self.evidence.hits(calls) if hit.score >= self.min_score)

    def _counted(self, chunk: Chunk) -> Chunk:
        self.funnel.count(chunk.counts)
        return chunk

    def _above(self, hit: Hit) -> Hit:
        self.funnel.above_threshold += 1
        return hit

    def _loci(self, chunks: Iterable[Chunk], seen: Callable[[Hit], Hit] = lambda hit: hit) -> Iterator[Hit]:
        """The best hit of each place inside what was asked for; each that competes for one is seen first."""
        best = one_of_each_place(best_of_each_locus(map(seen, self._called(_calls(chunks)))))
        return (hit for hit in best if self.plan.inside(hit.hairpin))


def _calls(chunks: Iterable[Chunk]) -> Iterator[Call]:
    return (call for chunk in chunks for call in chunk.calls)
