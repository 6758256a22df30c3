"""Repeats: what stands all over a genome is rather a transposon or a microsatellite than a gene.

Families make copies of themselves, too, but few of them, side by side or far apart: nothing that a genome
repeats, as `genome/repeats.py` counts. A known family outweighs what speaks against its transposon-like
members.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mirscan.evidence.kind import Kind
from mirscan.evidence.score import Term
from mirscan.records import REPEATED, REPEATS, Call

AGAINST = -4.0  # bits where more than `REPEATED` of a hairpin is repeated; less in proportion


class RepeatEvidence(Kind):
    """Bits against what the genome repeats; none for the rest, most of which is no gene either."""

    name: ClassVar[str] = REPEATS
    description: ClassVar[str] = "how much of the hairpin stands all over the genome"
    beyond = True

    def weigh(self, call: Call, near: Sequence[object]) -> Term:
        """The bits by the share of its words that the genome repeats."""
        share = call.repeated
        if not share:
            return Term(self.name, 0.0)
        words = f"{100 * share:.0f} % of its sequence stands all over the genome"
        return Term(self.name, AGAINST * min(1.0, share / REPEATED), words, {"share": share})
