"""Repeats: what stands all over a genome is rather a transposon or a microsatellite than a gene.

Families make copies of themselves, too, but few of them, side by side or far apart: nothing that a genome
repeats, as `genome/repeats.py` counts. A known family outweighs what speaks against its transposon-like
members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from mirscan.evidence.context import ContextWeights, shipped_context
from mirscan.evidence.kind import Kind, Setup
from mirscan.evidence.score import Term
from mirscan.records import REPEATED, REPEATS, Call


class RepeatEvidence(Kind):
    """Bits against what the genome repeats; none for the rest, most of which is no gene either."""

    name: ClassVar[str] = REPEATS
    description: ClassVar[str] = "how much of the hairpin stands all over the genome"
    beyond = True

    def __init__(self, setup: Setup) -> None:
        self._weights: ContextWeights = setup.choice or shipped_context()

    def facts(self) -> Mapping[str, str | float | int]:
        """The numbers that decide the bits."""
        return {"sha256": self._weights.sha256}

    def weigh(self, call: Call, near: Sequence[object]) -> Term:
        """The bits by the share of its words that the genome repeats."""
        share = call.repeated
        if not share:
            return Term(self.name, 0.0)
        bits = self._weights.repeated * min(1.0, share / REPEATED)  # in full above that share
        words = f"{100 * share:.0f} % of its sequence stands all over the genome"
        return Term(self.name, bits, words, {"share": share})
