"""The network's opinion of the folded hairpin itself: the term that every sum begins with."""

from __future__ import annotations

from mirscan.evidence.kind import Kind
from mirscan.evidence.score import HAIRPIN


class HairpinEvidence(Kind):
    """What the network that scores says; its term is `Sum.of`'s own, of the call's log-odds."""

    name = HAIRPIN
    description = "the calibrated network's score of the fold"
