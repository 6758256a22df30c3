"""Stretches of sequence, and many of them end to end: small contigs together cost as much as a large one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, decode, encode, reverse_complement_codes
from mirscan.records import Flanks, Hairpin, ProposedArm, Window
from mirscan.sieve.candidates import Candidates

STRANDS = "+-"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window with the bases of its plus strand as RNA letters.

    Attributes:
        window: Where it lies.
        sequence: Its bases.
        proposed: Arms in it that something outside the sequence proposes, such as reads.
    """

    window: Window
    sequence: str
    proposed: Sequence[ProposedArm] = ()


def one_behind_the_other(*parts: Candidates) -> Candidates:
    """Candidates one behind the other."""
    return Candidates(
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.energy for part in parts]),
    )


class Joined:
    """Stretches one behind the other, so far apart that no hairpin reaches from one into the next.

    Sieving and folding many small contigs at once costs as much as one large one.

    Attributes:
        codes: uint8 (2 length,), the plus strand of all, then the minus strand of all.
        length: Bases of one strand with what lies between.
    """

    def __init__(self, stretches: Sequence[Stretch], apart: int) -> None:
        """Join stretches with so many unknown bases between any two."""
        gap = np.full(apart, UNKNOWN, dtype=np.uint8)
        parts = [part for stretch in stretches for part in (encode(stretch.sequence), gap)][:-1]
        plus = np.concatenate([np.empty(0, dtype=np.uint8), *parts])
        self._stretches = stretches
        self._sizes = np.array([len(stretch.sequence) for stretch in stretches], dtype=np.int64)
        self._first = np.cumsum(self._sizes + apart) - self._sizes - apart
        self.codes = np.concatenate([plus, reverse_complement_codes(plus)])
        self.length = len(plus)

    def owned(self, found: Candidates) -> NDArray[np.bool_]:
        """Which candidates begin, on the plus strand, where their window owns."""
        first, _ = self._on_plus(found)
        of = self._stretch_of(first)
        windows = [stretch.window for stretch in self._stretches]
        own_start = np.array([window.own_start - window.start for window in windows], dtype=np.int64)
        own_end = np.array([window.own_end - window.start for window in windows], dtype=np.int64)
        within = first - self._first[of]
        owned: NDArray[np.bool_] = (own_start[of] <= within) & (within < own_end[of])
        return owned

    def holds(self, found: Candidates) -> NDArray[np.bool_]:
        """Which of some stretches are owned and lie inside what was read, on one strand."""
        first, last = self._on_plus(found)
        of = self._stretch_of(first)
        inside = (found.start >= self.length) == (found.end > self.length)
        held: NDArray[np.bool_] = self.owned(found) & inside & (last <= self._first[of] + self._sizes[of])
        return held

    def proposed(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First base and end of each arm that is proposed, int64 (n,) each, in these codes."""
        arms = []
        for stretch, first in zip(self._stretches, self._first.tolist(), strict=True):
            offset = first - stretch.window.start
            for arm in stretch.proposed:
                start, end = offset + arm.start, offset + arm.end
                mirrored = (2 * self.length - end, 2 * self.length - start)
                arms.append(mirrored if arm.minus else (start, end))
        both = np.array(arms, np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def widened(self, found: Candidates, flank: int) -> Candidates:
        """Candidates with so many more bases on both sides, as far as their stretches reach."""
        first, last = self._on_plus(found)
        of = self._stretch_of(first)
        begin, end = self._first[of], self._first[of] + self._sizes[of]
        five, three = np.minimum(flank, first - begin), np.minimum(flank, end - last)
        minus = found.start >= self.length
        start = found.start - np.where(minus, three, five)
        return Candidates(start, found.end + np.where(minus, five, three), found.energy)

    def order(self, found: Candidates) -> NDArray[np.int64]:
        """The rows of candidates in genome order."""
        first, last = self._on_plus(found)
        return np.lexsort((found.start >= self.length, last, first))

    def hairpin(self, found: Candidates, row: int, structure: str, mfe: float) -> Hairpin:
        """A candidate with its fold, at its place on its contig."""
        contig, start, end, strand = self.place(found, row)
        letters = decode(self.codes[found.start[row] : found.end[row]])
        return Hairpin(contig, start, end, strand, letters, structure, float(mfe))

    def flanks(self, found: Candidates, row: int, size: int) -> Flanks:
        """So many bases on both sides of a candidate, N beyond what its window reads."""
        first, last = int(found.start[row]), int(found.end[row])
        begin = self.length * (first >= self.length)
        before = decode(self.codes[max(first - size, begin) : first])
        after = decode(self.codes[last : min(last + size, begin + self.length)])
        return Flanks(before.rjust(size, "N"), after.ljust(size, "N"))

    def place(self, found: Candidates, row: int) -> tuple[str, int, int, str]:
        """Contig, start, end (on its plus strand) and strand of a candidate."""
        picked = found.take(np.arange(len(found)) == row)
        first, last = (int(end[0]) for end in self._on_plus(picked))
        of = int(self._stretch_of(np.array([first]))[0])
        window = self._stretches[of].window
        offset = window.start - int(self._first[of])
        return window.contig, offset + first, offset + last, STRANDS[int(picked.start[0] >= self.length)]

    def _on_plus(self, found: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        minus = found.start >= self.length
        first = np.where(minus, 2 * self.length - found.end, found.start)
        return first, first + found.end - found.start

    def _stretch_of(self, first: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self._first, first, side="right") - 1
