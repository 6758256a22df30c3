"""Small RNA reads as evidence: the signature of Drosha and Dicer at a place, for it or against it.

A hairpin without reads loses little, since a gene may be silent in a library; reads of the wrong shape weigh
against it. What is shuffled for q-values is laid on places of the genome drawn at random, so that decoys see
the reads that lie about there.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np

from mirscan.evidence.kind import Kind, Measurement, Setup, Weighed
from mirscan.evidence.score import Term
from mirscan.reads.background import standing_out
from mirscan.reads.library import Libraries
from mirscan.reads.measurement import CLEAR, NAME, read_signature, weighed_signature
from mirscan.reads.places import Pile
from mirscan.reads.profile import profile
from mirscan.reads.signature import NEAR, Signature, signature
from mirscan.reads.stacks import stacks
from mirscan.reads.weights import shipped_weights
from mirscan.records import Call, Hairpin, ProposedArm, Window


class ReadsEvidence(Kind):
    """What small RNA libraries say of a hairpin."""

    name: ClassVar[str] = NAME
    description: ClassVar[str] = (
        "small RNA reads: arms cut precisely, with 2-nt overhangs, and little between them"
    )
    beyond = True

    def __init__(self, setup: Setup) -> None:
        self._weights = shipped_weights()
        self._lengths: Mapping[str, int] = setup.genome.lengths if setup.genome else {}
        sources, genome = setup.choice, setup.genome  # neither where there is nothing left but to weigh
        self._libraries = Libraries(sources, genome) if sources and genome else None
        self._contigs, self._ends = list(self._lengths), list(accumulate(self._lengths.values()))

    def facts(self) -> Mapping[str, str | float | int]:
        """The libraries, each with how many of its reads lie on the genome."""
        if self._libraries is None:
            return {}
        pairs = zip(self._libraries.samples, self._libraries.reads, strict=True)
        return {"libraries": ",".join(f"{sample}:{reads}" for sample, reads in pairs)}

    def propose(self, window: Window) -> Sequence[ProposedArm]:
        """The stacks of reads in a window."""
        if self._libraries is None:
            return ()
        libraries = self._libraries

        def reads(start: int, end: int) -> Pile:
            return Pile.joined(libraries.piles(window.contig, start, end))

        return stacks(reads, window.start, window.end)

    def measure(self, calls: Sequence[Call], decoy: bool) -> Sequence[Measurement]:
        """The signature at each call, what its depth is worth, and the reads of each arm and library."""
        if self._libraries is None:
            return [None] * len(calls)
        return [self._measured(self._libraries, call.hairpin, decoy) for call in calls]

    def _measured(self, libraries: Libraries, hairpin: Hairpin, decoy: bool) -> Measurement:
        placed = self._drawn(hairpin) if decoy else hairpin
        piles = libraries.piles(placed.contig, placed.start - NEAR, placed.end + NEAR)
        pile = Pile.joined(piles)
        clear = standing_out(placed, pile)
        found = signature(placed, pile)
        weighed = found if clear is pile else signature(placed, clear)
        further: dict[str, Any] = {} if clear is pile else {CLEAR: asdict(weighed)}
        if found.reads and not decoy:
            further["profile"] = profile(placed, pile).as_json()
        rarity = round(libraries.rarity.bits(weighed.reads * weighed.dicer), 4)  # others are not Dicer's
        alone = [found] if len(piles) == 1 else [signature(placed, each) for each in piles]
        samples = {sample: _of_arms(own) for sample, own in zip(libraries.samples, alone, strict=True)}
        return {**asdict(found), "rarity": rarity, "samples": samples, **further}

    def _drawn(self, hairpin: Hairpin) -> Hairpin:
        """A hairpin of shuffled sequence on a place of the genome that follows from its sequence alone."""
        digest = hashlib.sha256(hairpin.sequence.encode()).digest()
        at = int.from_bytes(digest[:8]) % max(self._ends[-1], 1)
        number = bisect_right(self._ends, at)
        contig = self._contigs[number]
        start = at - (self._ends[number] - self._lengths[contig])
        return replace(hairpin, contig=contig, start=start, end=start + len(hairpin))

    def most_bits(self, call: Call) -> float:
        """What it has been measured to be, or the most that there is."""
        measured = call.measured.get(self.name)
        return self._weights.most if measured is None else self._bits(measured)

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        """The bits of the signature, and a sentence with its numbers."""
        measured = call.measured.get(self.name)
        if measured is None:
            return Term(self.name, 0.0)
        return Term(self.name, self._bits(measured), sentence(read_signature(measured)), measured)

    def _bits(self, measured: Mapping[str, Any]) -> float:
        return self._weights.bits(weighed_signature(measured), float(measured["rarity"]))


def _of_arms(found: Signature) -> list[float]:
    """Reads of the 5′ arm and of the 3′ arm."""
    return [round(arm.reads, 2) if arm else 0.0 for arm in (found.five_prime, found.three_prime)]


def sentence(found: Signature) -> str:
    """A signature in words."""
    mature, star = found.mature, found.star
    if mature is None:
        other = "; the other strand has some" if found.antisense else ""
        return f"no small RNA reads here{other}"
    side = "5′" if mature is found.five_prime else "3′"
    said = [f"{_number(mature.reads)} of its {side} arm, {mature.exact:.0%} of them from the same base"]
    if star and found.overhangs:
        dicer, drosha = found.overhangs
        said.append(f"{_number(star.reads)} of the other arm, overhangs {dicer} and {drosha} nt")
    flaws = (
        ("on the loop", found.loop),
        ("across its ends", found.across),
        ("on the other strand", found.antisense),
    )
    said += [f"{share:.0%} {where}" for where, share in flaws if share >= 0.1]
    return f"{_number(found.reads)} small RNA reads: {'; '.join(said)}"


def _number(reads: float) -> str:
    return f"{reads:,.0f}" if reads >= 10 or reads == np.rint(reads) else f"{reads:.1f}"
