"""What a worker does with a stretch of sequence: sieve both strands, fold every candidate. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from mirscan.folding import fold
from mirscan.records import Hairpin, Window
from mirscan.sieve import SieveSettings, candidates, encode, reverse_complement

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
        windows: Windows searched.
        bases: Bases owned by them.
        seconds: Time in this process by stage.
    """

    hairpins: list[Hairpin] = field(default_factory=list)
    candidates: int = 0
    windows: int = 0
    bases: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"sieve": 0.0, "fold": 0.0})


@dataclass(frozen=True, slots=True)
class Search:
    """A picklable function from stretches to folded candidates.

    Attributes:
        sieve: What counts as a candidate.
        flank: Bases added on both sides of a candidate's outer pair before it is folded, nt.
        strands: `+`, `-` or both.
    """

    sieve: SieveSettings = field(default_factory=SieveSettings)
    flank: int = 0
    strands: str = STRANDS

    @property
    def margin(self) -> int:
        """Bases that a window needs on either side of what it owns, nt."""
        return self.sieve.reach + self.sieve.max_span + self.flank

    def __call__(self, stretches: Sequence[Stretch]) -> Found:
        """Search some stretches."""
        found = Found()
        for stretch in stretches:
            found.windows += 1
            found.bases += stretch.window.own_end - stretch.window.own_start
            started = perf_counter()
            places = sorted(self.places(stretch))
            sieved = perf_counter()
            found.candidates += len(places)
            found.hairpins += [self._fold(stretch, *place) for place in places]
            found.seconds["sieve"] += sieved - started
            found.seconds["fold"] += perf_counter() - sieved
        return found

    def places(self, stretch: Stretch) -> Iterator[tuple[int, int, str]]:
        """The candidates that the window owns: start and end in the stretch, plus strand, and the strand."""
        window, codes = stretch.window, encode(stretch.sequence)
        if not (codes < 4).any():
            return
        for strand in self.strands:
            hairpins = candidates(codes if strand == "+" else reverse_complement(codes), self.sieve)
            for start, end in zip(hairpins.start.tolist(), hairpins.end.tolist(), strict=True):
                place = (start, end) if strand == "+" else (len(codes) - end, len(codes) - start)
                if window.own_start <= window.start + place[0] < window.own_end:
                    yield *place, strand

    def _fold(self, stretch: Stretch, start: int, end: int, strand: str) -> Hairpin:
        start, end = max(0, start - self.flank), min(len(stretch.sequence), end + self.flank)
        sequence = stretch.sequence[start:end]
        if strand == "-":
            sequence = sequence.translate(COMPLEMENT)[::-1]
        structure, mfe = fold(sequence)
        offset = stretch.window.start
        return Hairpin(stretch.window.contig, offset + start, offset + end, strand, sequence, structure, mfe)
