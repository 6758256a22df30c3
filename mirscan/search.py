"""What a worker does with stretches of sequence: sieve both strands, fold what is promising. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from mirscan.draft import Draft
from mirscan.folding import fold
from mirscan.records import Hairpin, Window
from mirscan.sieve import Candidates, SieveSettings, candidates, encode, reverse_complement
from mirscan.turner import UNKNOWN

STRANDS = "+-"
COMPLEMENT = str.maketrans("ACGU", "UGCA")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window with the bases of its plus strand as RNA letters."""

    window: Window
    sequence: str


@dataclass(slots=True)
class Found:
    """The folded candidates of some stretches, in genome order, and what it took to find them.

    Attributes:
        hairpins: Sorted by start within each window.
        candidates: Hairpins that the sieve let through.
        looked: Candidates that the first look let through.
        windows: Windows searched.
        bases: Bases owned by them.
        seconds: Time in this process by stage.
    """

    hairpins: list[Hairpin] = field(default_factory=list)
    candidates: int = 0
    looked: int = 0
    windows: int = 0
    bases: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """A picklable function from stretches to folded candidates.

    Attributes:
        sieve: What counts as a candidate.
        flank: Bases added on both sides of a candidate's outer pair before it is folded, nt.
        strands: `+`, `-` or both.
        draft: The first look at a candidate; None folds them all.
        cut: Lowest logit of the first look that is worth another.
        second: The second look, at the quick folds of what the first one leaves; None for none.
        second_cut: Lowest logit of the second look that is worth a fold.
    """

    sieve: SieveSettings = field(default_factory=SieveSettings)
    flank: int = 0
    strands: str = STRANDS
    draft: Draft | None = None
    cut: float = -math.inf
    second: Draft | None = None
    second_cut: float = -math.inf

    @property
    def margin(self) -> int:
        """Bases that a window needs on either side of what it owns, nt."""
        return self.sieve.reach + self.sieve.max_span + self.flank

    def __call__(self, stretches: Sequence[Stretch]) -> Found:
        """Search some stretches."""
        found = Found(windows=len(stretches), bases=sum(map(_owned, stretches)))
        clock = perf_counter()
        joined = Joined(stretches, self.sieve.max_span)
        kept = self._sieved(joined)
        found.candidates = len(kept)
        clock = _spend(found, "sieve", clock)
        if self.draft:
            kept = kept.take(self.draft.look(joined.codes, kept) >= self.cut)
        found.looked = len(kept)
        clock = _spend(found, "draft", clock)
        if self.second:
            kept = kept.take(self.second.look_again(joined.codes, kept) >= self.second_cut)
        clock = _spend(found, "refold", clock)
        found.hairpins = [self._fold(*place) for place in joined.places(kept)]
        _spend(found, "fold", clock)
        return found

    def _sieved(self, joined: Joined) -> Candidates:
        """The candidates that the windows own, in coordinates of the joined codes."""
        parts = []
        for strand in self.strands:
            first = 0 if strand == "+" else joined.length
            found = candidates(joined.codes[first : first + joined.length], self.sieve)
            parts.append(Candidates(found.start + first, found.end + first, found.energy))
        whole = Candidates(
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.energy for part in parts]),
        )
        return whole.take(joined.owned(whole))

    def _fold(self, stretch: Stretch, start: int, end: int, strand: str) -> Hairpin:
        start, end = max(0, start - self.flank), min(len(stretch.sequence), end + self.flank)
        sequence = stretch.sequence[start:end]
        if strand == "-":
            sequence = sequence.translate(COMPLEMENT)[::-1]
        structure, mfe = fold(sequence)
        offset = stretch.window.start
        return Hairpin(stretch.window.contig, offset + start, offset + end, strand, sequence, structure, mfe)


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
        sizes = np.array([len(stretch.sequence) + apart for stretch in stretches], dtype=np.int64)
        self._first = np.cumsum(sizes) - sizes
        self.codes = np.concatenate([plus, reverse_complement(plus)])
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

    def places(self, found: Candidates) -> list[tuple[Stretch, int, int, str]]:
        """Stretch, start and end on the plus strand in it, and strand of candidates, in genome order."""
        first, last = self._on_plus(found)
        of = self._stretch_of(first)
        minus = found.start >= self.length
        order = np.lexsort((minus, last, first))
        return [
            (
                self._stretches[of[row]],
                int(first[row] - self._first[of[row]]),
                int(last[row] - self._first[of[row]]),
                STRANDS[int(minus[row])],
            )
            for row in order
        ]

    def _on_plus(self, found: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        minus = found.start >= self.length
        first = np.where(minus, 2 * self.length - found.end, found.start)
        return first, first + found.end - found.start

    def _stretch_of(self, first: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self._first, first, side="right") - 1


def _owned(stretch: Stretch) -> int:
    return stretch.window.own_end - stretch.window.own_start


def _spend(found: Found, stage: str, since: float) -> float:
    """Note the time since then for a stage; the time now."""
    now = perf_counter()
    found.seconds[stage] = found.seconds.get(stage, 0.0) + now - since
    return now
