"""The end of the line: the calls of all chunks are weighed and become hits, one a locus, with their notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from mirscan.errors import UsageError
from mirscan.evidence.weighing import Evidence
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk, DecoyCalls
from mirscan.pipeline.known import Recall
from mirscan.pipeline.loci import best_of_each_locus, in_front
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.qvalues import DecoySample, QValues, estimate
from mirscan.records import REPEATED, Call, Hit

if TYPE_CHECKING:  # they load PyTorch
    from mirscan.scoring.arms import ArmFinder
    from mirscan.tree.judge import Judge

JUDGED_AT_ONCE = 256  # hits whose rules are worked out together: what a GPU does at once


@dataclass(slots=True)
class Finish:
    """What becomes of the chunks of a whole scan, wherever they come from.

    Attributes:
        plan: What was asked for.
        chunks: All of the plan, in its order, as often as it is called.
        funnel: Counts, complete when the hits are exhausted.
        min_score: Lowest score of a hit, 0..1.
        evidence: What weighs each call.
        judge: The tree that gives each hit its rule; None for hits without.
        require_rule: Keep only hits that the tree calls precursors too.
        arms: Places the mature arms of each hit; None for hits without.
        fdr: Highest q-value of a hit; None for any.
        known: Says which hits are known; None where nobody asked.
        q_values: How sure the hits are, known from the first hit on; None without decoys.
    """

    plan: Plan
    chunks: Callable[[], Iterable[Chunk]]
    funnel: Funnel
    min_score: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)
    judge: Judge | None = None
    require_rule: bool = False
    arms: ArmFinder | None = None
    fdr: float | None = None
    known: Recall | None = None
    q_values: QValues | None = None

    def hits(self) -> Iterator[Hit]:
        """The hits in genome order.

        Raises:
            UsageError: A false discovery rate is asked for, there are hits, and not one decoy was searched.
        """
        self.evidence.look_over(lambda: _calls(self.chunks()), self.plan.bases)
        self.q_values = self._estimated()
        if self.fdr is not None and self.q_values is None and any(True for _ in self._loci(self.chunks())):
            raise UsageError(
                "--fdr", "what was searched is too small for a decoy", "a region of 10 kb or more"
            )
        kept = self._sure(self._loci(map(self._counted, self.chunks()), self._above))
        while some := list(islice(kept, JUDGED_AT_ONCE)):
            for hit in self._with_arms(self._ruled(some)):
                self.funnel.hits += 1
                self.funnel.repeated += hit.repeated > REPEATED
                yield hit.noted(known=self.known.label(hit)) if self.known else hit

    def samples(self) -> list[DecoySample]:
        """What the decoys of each chunk gave, weighed."""
        return [self._sample(chunk.decoys) for chunk in self.chunks() if chunk.decoys]

    def _sample(self, decoys: DecoyCalls) -> DecoySample:
        best = in_front(best_of_each_locus(self._called(decoys.calls)))
        return DecoySample(decoys.known, decoys.decoy_known, [hit.score for hit, front in best if front])

    def _estimated(self) -> QValues | None:
        hits = in_front(self._loci(self.chunks()))
        return estimate([hit.score for hit, front in hits if front], self.samples())

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
        """The best hit of each locus inside what was asked for; each that competes for one is seen first."""
        best = best_of_each_locus(map(seen, self._called(_calls(chunks))))
        return (hit for hit in best if self.plan.inside(hit.hairpin))

    def _sure(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """The hits with their q-values, without those of too high a one.

        A place counts once: the q-value of what lies opposite to a better hit is 1.
        """
        for hit, front in in_front(hits):
            q_value = (self.q_values.q(hit.score) if front else 1.0) if self.q_values else None
            if self.fdr is None or (q_value is not None and q_value <= self.fdr):
                yield hit if q_value is None else hit.noted(q_value=q_value)

    def _ruled(self, hits: list[Hit]) -> list[Hit]:
        """Some hits with their rules, without those that lack a rule they require."""
        if self.judge is None:
            return hits
        started = perf_counter()
        rules = self.judge.rules([hit.hairpin for hit in hits])
        self.funnel.spend({"rules": perf_counter() - started})
        return [
            hit.noted(rule=rule)
            for hit, rule in zip(hits, rules, strict=True)
            if rule.precursor or not self.require_rule
        ]

    def _with_arms(self, hits: list[Hit]) -> list[Hit]:
        if self.arms is None:
            return hits
        started = perf_counter()
        arms = self.arms.all_arms([hit.hairpin for hit in hits])
        self.funnel.spend({"arms": perf_counter() - started})
        return [hit.noted(arms=pair) for hit, pair in zip(hits, arms, strict=True)]


def _calls(chunks: Iterable[Chunk]) -> Iterator[Call]:
    return (call for chunk in chunks for call in chunk.calls)
