"""Where a known family places the arms of a hairpin: where those of its nearest member lie.

A member of a known family is cut where its kin are. Their arms, curated and often seen in reads, say where
the arms begin; where they end varies, and is left to the network of the arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirscan.evidence.score import Sum
from mirscan.scoring.arm_decoding import NO_STARTS, SHORTEST, Starts

EVIDENCE = "families"  # the kind whose term says where the arms lie


def starts_by(evidence: Sum | None, length: int) -> Starts:
    """`known_starts` by the evidence of a hit; of its family nothing is known where nobody asked."""
    term = evidence.term(EVIDENCE) if evidence else None
    return known_starts(term.numbers if term else None, length)


def known_starts(measured: Mapping[str, Any] | None, length: int) -> Starts:
    """Where the arms of a hairpin begin by its family; no start for an arm that is not like any known one.

    Args:
        measured: What `naming.Kinship` says of it, as JSON; None for a hairpin of no known family.
        length: Bases of the hairpin.

    Returns:
        First base of the 5′ and of the 3′ arm, 0-based; no start at all where they leave no room for two
        arms, as in a result that somebody changed.
    """
    five, three = ((measured or {}).get(name) for name in ("start_5p", "start_3p"))
    first = 0 if five is None else five
    last = length - SHORTEST if three is None else three
    if not all(isinstance(place, int) for place in (first, last)):
        return NO_STARTS
    roomy = first >= 0 and first + SHORTEST <= last <= length - SHORTEST
    return (five, three) if roomy else NO_STARTS
