"""What a worker does with stretches of sequence: sieve both strands, fold what is promising. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes, decode, encode, reverse_complement_codes
from mirscan.evidence.kind import Detector
from mirscan.folding.quickfold import folds
from mirscan.folding.viennarna import fold
from mirscan.pipeline.proposals import holding
from mirscan.records import Hairpin, ProposedArm, Window
from mirscan.scoring.prefilter import Draft
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates

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


@dataclass(slots=True)
class Found:
    """The folded candidates of some stretches, in genome order, and what it took to find them.

    Attributes:
        hairpins: Sorted by start within each window.
        measured: What each kind of evidence measured of each hairpin, by its name; JSON.
        candidates: Hairpins that the sieve let through.
        looked: Candidates that the first look let through.
        windows: Windows searched.
        bases: Bases owned by them.
        seconds: Processor time of this process by stage.
    """

    hairpins: list[Hairpin] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)
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
        second: The second look, at the quick folds of what the first one leaves; None for none, and folds
            by ViennaRNA.
        second_cut: Lowest logit of the second look that is worth a score.
        sensitivity: What `sensitivity.py` calls a search of these looks and cuts; None for one of one's own.
        detectors: What looks for further evidence in the sequence, by the kind's name.
    """

    sieve: SieveSettings = field(default_factory=SieveSettings)
    flank: int = 0
    strands: str = STRANDS
    draft: Draft | None = None
    cut: float = -math.inf
    second: Draft | None = None
    second_cut: float = -math.inf
    sensitivity: str | None = None
    detectors: Mapping[str, Detector] = field(default_factory=dict, hash=False)

    @property
    def margin(self) -> int:
        """Bases that a window needs on either side of what it owns, nt."""
        return self.sieve.reach + self.sieve.max_span + self.flank

    def __call__(self, stretches: Sequence[Stretch], sieved: Sequence[Candidates] | None = None) -> Found:
        """Search some stretches.

        Args:
            stretches: Where to look.
            sieved: What the sieve found in each of `strands_of` these, where that is known already.
        """
        found = Found(windows=len(stretches), bases=sum(map(_owned, stretches)))
        clock = process_time()
        joined = self._joined(stretches)
        if not joined.length:
            return found
        kept = self._kept(joined, sieved)
        found.candidates = len(kept)
        clock = _spend(found, "sieve", clock)
        rescued, more = self._rescued(joined, kept, found)
        clock = process_time()
        if self.draft:
            passed = rescued | (self.draft.look(joined.codes, kept) >= self.cut)
            kept, rescued = kept.take(passed), rescued[passed]
        found.looked = len(kept) + len(more)
        clock = _spend(found, "draft", clock)
        kept = joined.widened(kept, self.flank)
        kept, rescued = _joined_with(kept, more), np.concatenate([rescued, np.ones(len(more), np.bool_)])
        if self.second:
            found.hairpins = _looked_again(joined, kept, self.second, self.second_cut, rescued)
            _spend(found, "refold", clock)
        else:
            found.hairpins = _folded(joined, kept)
            _spend(found, "fold", clock)
        self._measure(found)
        return found

    def _rescued(
        self, joined: Joined, found: Candidates, spent: Found
    ) -> tuple[NDArray[np.bool_], Candidates]:
        """Which candidates pass the prefilters whatever these say, and what the sieve does not offer."""
        passing = np.zeros(len(found), np.bool_)
        more = found.take(passing)
        for name, detector in self.detectors.items():
            clock = process_time()
            rescued = detector.rescue(joined.codes, found)
            passing |= rescued.kept
            more = _joined_with(more, rescued.more.take(joined.holds(rescued.more)))
            _spend(spent, name, clock)
        return passing | holding(found, *joined.proposed()), more

    def _measure(self, found: Found) -> None:
        """Note what each kind of evidence measures of the folded hairpins."""
        found.measured = [{} for _ in found.hairpins]
        for name, detector in self.detectors.items():
            clock = process_time()
            for measured, value in zip(found.measured, detector.measure(found.hairpins), strict=True):
                if value is not None:
                    measured[name] = value
            _spend(found, name, clock)

    def strands_of(self, stretches: Sequence[Stretch]) -> list[Codes]:
        """What the sieve sees of some stretches: the codes of each strand, empty where nothing is known."""
        return self._strands(self._joined(stretches))

    def _joined(self, stretches: Sequence[Stretch]) -> Joined:
        known = [stretch for stretch in stretches if stretch.sequence.strip("N")]
        return Joined(known, self.sieve.max_span)

    def _strands(self, joined: Joined) -> list[Codes]:
        return [joined.codes[first : first + joined.length] for first in self._firsts(joined)]

    def _firsts(self, joined: Joined) -> list[int]:
        """Where each strand begins in the joined codes."""
        return [0 if strand == "+" else joined.length for strand in self.strands]

    def _kept(self, joined: Joined, sieved: Sequence[Candidates] | None) -> Candidates:
        """The candidates that the windows own, in coordinates of the joined codes."""
        if sieved is None:
            sieved = [candidates(codes, self.sieve) for codes in self._strands(joined)]
        parts = [
            Candidates(found.start + first, found.end + first, found.energy)
            for found, first in zip(sieved, self._firsts(joined), strict=True)
        ]
        whole = _joined_with(*parts)
        return whole.take(joined.owned(whole))


def _joined_with(*parts: Candidates) -> Candidates:
    """Candidates one behind the other."""
    return Candidates(
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.energy for part in parts]),
    )


def _looked_again(
    joined: Joined, found: Candidates, draft: Draft, cut: float, rescued: NDArray[np.bool_]
) -> list[Hairpin]:
    """Those that are rescued or promising to a second look at their quick folds, with these folds."""
    quick = folds(joined.codes, found.start, found.end)
    promising = rescued | (draft.look_again(joined.codes, found, quick) >= cut)
    return [
        joined.hairpin(found, row, quick.structure(row), quick.energy[row] / 100)
        for row in joined.order(found).tolist()
        if promising[row]
    ]


def _folded(joined: Joined, found: Candidates) -> list[Hairpin]:
    """All of them, folded by ViennaRNA."""
    return [
        joined.hairpin(found, row, *fold(decode(joined.codes[found.start[row] : found.end[row]])))
        for row in joined.order(found).tolist()
    ]


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
        one = found.take(np.arange(len(found)) == row)
        first, last = (int(end[0]) for end in self._on_plus(one))
        of = int(self._stretch_of(np.array([first]))[0])
        window = self._stretches[of].window
        offset = window.start - int(self._first[of])
        strand = STRANDS[int(one.start[0] >= self.length)]
        letters = decode(self.codes[one.start[0] : one.end[0]])
        return Hairpin(window.contig, offset + first, offset + last, strand, letters, structure, float(mfe))

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
    now = process_time()
    found.seconds[stage] = found.seconds.get(stage, 0.0) + now - since
    return now
