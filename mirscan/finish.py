"""The end of the line: from the scored calls of all chunks to hits, one a locus, with their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter

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
    """

    plan: Plan
    funnel: Funnel
    judge: Judge | None = None
    require_rule: bool = False

    def hits(self, chunks: Iterable[Chunk]) -> Iterator[Hit]:
        """The hits in genome order.

        Args:
            chunks: All of the plan, in its order.
        """
        inside = (hit for hit in best_of_each_locus(self._calls(chunks)) if self.plan.inside(hit.hairpin))
        for hit in self._ruled(inside):
            if not self.require_rule or (hit.rule and hit.rule.precursor):
                self.funnel.hits += 1
                yield hit

    def _calls(self, chunks: Iterable[Chunk]) -> Iterator[Hit]:
        for chunk in chunks:
            self.funnel.count(chunk.counts)
            yield from chunk.calls

    def _ruled(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """The hits with their rules, asked for some at a time."""
        while some := list(islice(hits, JUDGED_AT_ONCE)):
            if self.judge is None:
                yield from some
                continue
            started = perf_counter()
            rules = self.judge.rules([hit.hairpin for hit in some])
            self.funnel.spend({"rules": perf_counter() - started})
            yield from (replace(hit, rule=rule) for hit, rule in zip(some, rules, strict=True))
