"""The end of the line: from the scored calls of all chunks to hits, one a locus, with rules and arms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter

from mirscan.arms import ArmFinder
from mirscan.funnel import Funnel
from mirscan.journal import Chunk
from mirscan.judging import Judge
from mirscan.loci import best_of_each_locus
from mirscan.plan import Plan
from mirscan.records import Hit

JUDGED_AT_ONCE = 64  # hits whose rules are worked out together


@dataclass(frozen=True, slots=True)
class Finish:
    """What becomes of the chunks of a whole scan, wherever they come from.

    Attributes:
        plan: What was asked for.
        funnel: Counts, complete when the hits are exhausted.
        judge: The tree that gives each hit its rule; None for hits without.
        require_rule: Keep only hits that the tree calls precursors too.
        arms: Places the mature arms of each hit; None for hits without.
    """

    plan: Plan
    funnel: Funnel
    judge: Judge | None = None
    require_rule: bool = False
    arms: ArmFinder | None = None

    def hits(self, chunks: Iterable[Chunk]) -> Iterator[Hit]:
        """The hits in genome order.

        Args:
            chunks: All of the plan, in its order.
        """
        inside = (hit for hit in best_of_each_locus(self._calls(chunks)) if self.plan.inside(hit.hairpin))
        while some := list(islice(inside, JUDGED_AT_ONCE)):
            for hit in self._with_arms(self._ruled(some)):
                self.funnel.hits += 1
                yield hit

    def _calls(self, chunks: Iterable[Chunk]) -> Iterator[Hit]:
        for chunk in chunks:
            self.funnel.count(chunk.counts)
            yield from chunk.calls

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
