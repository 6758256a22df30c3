"""What a worker does with a stretch of sequence: sieve both strands, fold what is promising. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from mirscan.draft import Draft
from mirscan.folding import fold
from mirscan.records import Hairpin, Window
from mirscan.sieve import Candidates, SieveSettings, candidates, encode, reverse_complement
from mirscan.sweep import Codes
from mirscan.turner import UNKNOWN

STRANDS = "+-"
Place = tuple[int, int, str]
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
        windows: Windows searched.
        bases: Bases owned by them.
        seconds: Time in this process by stage.
    """

    hairpins: list[Hairpin] = field(default_factory=list)
    candidates: int = 0
    windows: int = 0
    bases: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"sieve": 0.0, "draft": 0.0, "fold": 0.0})


@dataclass(frozen=True, slots=True)
class Search:
    """A picklable function from stretches to folded candidates.

    Attributes:
        sieve: What counts as a candidate.
        flank: Bases added on both sides of a candidate's outer pair before it is folded, nt.
        strands: `+`, `-` or both.
        draft: The first look at a candidate; None folds them all.
        cut: Lowest logit of the first look that is worth a fold.
    """

    sieve: SieveSettings = field(default_factory=SieveSettings)
    flank: int = 0
    strands: str = STRANDS
    draft: Draft | None = None
    cut: float = -math.inf

    @property
    def margin(self) -> int:
        """Bases that a window needs on either side of what it owns, nt."""
        return self.sieve.reach + self.sieve.max_span + self.flank

    def __call__(self, stretches: Sequence[Stretch]) -> Found:
        """Search some stretches."""
        found = Found()
        for stretch in stretches:
            window = stretch.window
            found.windows += 1
            found.bases += window.own_end - window.own_start
            started = perf_counter()
            places = self._sieve(stretch)
            sieved = perf_counter()
            promising = sorted(self._promising(places))
            looked = perf_counter()
            found.hairpins += [self._fold(stretch, *place) for place in promising]
            found.candidates += sum(len(owned) for _, _, owned in places)
            found.seconds["sieve"] += sieved - started
            found.seconds["draft"] += looked - sieved
            found.seconds["fold"] += perf_counter() - looked
        return found

    def _sieve(self, stretch: Stretch) -> list[tuple[str, Codes, Candidates]]:
        """The candidates that the window owns on each strand, in coordinates of the strand's own codes."""
        window, codes = stretch.window, encode(stretch.sequence)
        if not (codes < UNKNOWN).any():
            return []
        strands = []
        for strand in self.strands:
            own = codes if strand == "+" else reverse_complement(codes)
            found = candidates(own, self.sieve)
            first = window.start + (found.start if strand == "+" else len(codes) - found.end)
            strands.append((strand, own, found.take((window.own_start <= first) & (first < window.own_end))))
        return strands

    def _promising(self, places: list[tuple[str, Codes, Candidates]]) -> Iterator[Place]:
        """Start and end in the stretch, plus strand, of the candidates that are worth a fold."""
        for strand, codes, found in places:
            kept = found if self.draft is None else found.take(self.draft.look(codes, found) >= self.cut)
            for start, end in zip(kept.start.tolist(), kept.end.tolist(), strict=True):
                yield (
                    (start, end, strand) if strand == "+" else (len(codes) - end, len(codes) - start, strand)
                )

    def _fold(self, stretch: Stretch, start: int, end: int, strand: str) -> Hairpin:
        start, end = max(0, start - self.flank), min(len(stretch.sequence), end + self.flank)
        sequence = stretch.sequence[start:end]
        if strand == "-":
            sequence = sequence.translate(COMPLEMENT)[::-1]
        structure, mfe = fold(sequence)
        offset = stretch.window.start
        return Hairpin(stretch.window.contig, offset + start, offset + end, strand, sequence, structure, mfe)
