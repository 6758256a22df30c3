"""The end of the line: from the scored calls of all chunks to hits, one a locus, and what is said of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from mirscan.errors import UsageError
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk
from mirscan.pipeline.known import Recall
from mirscan.pipeline.loci import best_of_each_locus, in_front
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.qvalues import QValues, estimate
from mirscan.records import REPEATED, Hit

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
        self.q_values = self._estimated()
        if self.fdr is not None and self.q_values is None and any(True for _ in self._loci(self.chunks())):
            raise UsageError(
                "--fdr", "what was searched is too small for a decoy", "a region of 10 kb or more"
            )
        kept = self._sure(self._loci(map(self._counted, self.chunks())))
        while some := list(islice(kept, JUDGED_AT_ONCE)):
            for hit in self._with_arms(self._ruled(some)):
                self.funnel.hits += 1
                self.funnel.repeated += hit.repeated > REPEATED
                yield replace(hit, known=self.known.label(hit)) if self.known else hit

    def _estimated(self) -> QValues | None:
        sections: list[Mapping[str, Any]] = []

        def noted(chunk: Chunk) -> Chunk:
            sections.append(chunk.sections)
            return chunk

        hits = in_front(self._loci(map(noted, self.chunks())))
        return estimate([hit.score for hit, front in hits if front], sections)

    def _counted(self, chunk: Chunk) -> Chunk:
        self.funnel.count(chunk.counts)
        return chunk

    def _loci(self, chunks: Iterable[Chunk]) -> Iterator[Hit]:
        """The best call of each locus that lies inside what was asked for."""
        best = best_of_each_locus(call for chunk in chunks for call in chunk.calls)
        return (hit for hit in best if self.plan.inside(hit.hairpin))

    def _sure(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """The hits with their q-values, without those of too high a one.

        A place counts once: the q-value of what lies opposite to a better hit is 1.
        """
        for hit, front in in_front(hits):
            q_value = (self.q_values.q(hit.score) if front else 1.0) if self.q_values else None
            if self.fdr is None or (q_value is not None and q_value <= self.fdr):
                yield replace(hit, q_value=q_value)

    def _ruled(self, hits: list[Hit]) -> list[Hit]:
        """Some hits with their rules, without those that lack a rule they require."""
        if self.judge is None:
            return hits
        started = perf_counter()
        rules = self.judge.rules([hit.hairpin for hit in hits])
        self.funnel.spend({"rules": perf_counter() - started})
        return [
            replace(hit, rule=rule)
            for hit, rule in zip(hits, rules, strict=True)
            if rule.precursor or not self.require_rule
        ]

    def _with_arms(self, hits: list[Hit]) -> list[Hit]:
        if self.arms is None:
            return hits
        started = perf_counter()
        arms = self.arms.all_arms([hit.hairpin for hit in hits])
        self.funnel.spend({"arms": perf_counter() - started})
        return [replace(hit, arms=pair) for hit, pair in zip(hits, arms, strict=True)]
