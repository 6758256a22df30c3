"""Known microRNAs, by place or by sequence: which hits are known, and which known ones were found."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mirscan.alphabet import encode, reverse_complement
from mirscan.genome.regions import SAME_LOCUS, same_locus
from mirscan.genome.words import NO_WORD, words
from mirscan.records import Hairpin, Hit, Label

KNOWN, ANTISENSE, NEW = "known", "antisense", "new"
WORD = 16  # nt; the least that a hairpin and a known sequence must have in common


@dataclass(frozen=True, slots=True)
class Locus:
    """A known microRNA with a place: a hairpin, or a mature one within it.

    Attributes:
        name: As its file names it.
        contig: Name of the contig.
        start: First base on the plus strand, 0-based.
        end: One past the last base.
        strand: `+`, `-`, or `.` where nobody says.
    """

    name: str
    contig: str
    start: int
    end: int
    strand: str


class Catalogue(Protocol):
    """Known microRNAs, numbered."""

    @property
    def names(self) -> Sequence[str]:
        """What each is called."""

    def lookup(self, hairpin: Hairpin) -> tuple[list[int], list[int]]:
        """The numbers of those that a hairpin is, and of those that it lies opposite to, rising."""

    def places(self, numbers: Sequence[int]) -> list[Locus]:
        """Where some of them are; none where nobody knows that."""

    def within(self, searched: Callable[[str, int, int], bool]) -> list[int]:
        """The numbers of those that a search could find.

        Args:
            searched: Whether contig, start and end lie inside what was searched.
        """


class Loci:
    """Known microRNAs by place: half of the shorter must overlap, as where calls compete for a locus."""

    def __init__(self, loci: Sequence[Locus]) -> None:
        self._loci = loci
        self._by_contig: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, locus in enumerate(loci):
            self._by_contig[locus.contig].append((locus.start, number))
        for places in self._by_contig.values():
            places.sort()
        self._longest = max((locus.end - locus.start for locus in loci), default=0)

    @property
    def loci(self) -> Sequence[Locus]:
        """All of them."""
        return self._loci

    @property
    def names(self) -> Sequence[str]:
        """What each is called."""
        return [locus.name for locus in self._loci]

    def lookup(self, hairpin: Hairpin) -> tuple[list[int], list[int]]:
        """See `Catalogue`."""
        places = self._by_contig.get(hairpin.contig, [])
        first = bisect_left(places, (hairpin.start - self._longest, 0))
        last = bisect_left(places, (hairpin.end, 0))
        near = sorted(number for _, number in places[first:last] if self._overlaps(number, hairpin))
        same = [number for number in near if self._loci[number].strand in (hairpin.strand, ".")]
        return same, [number for number in near if number not in same]

    def places(self, numbers: Sequence[int]) -> list[Locus]:
        """See `Catalogue`."""
        return [self._loci[number] for number in numbers]

    def _overlaps(self, number: int, hairpin: Hairpin) -> bool:
        locus = self._loci[number]
        return same_locus(locus.start, locus.end, hairpin.start, hairpin.end)

    def within(self, searched: Callable[[str, int, int], bool]) -> list[int]:
        """See `Catalogue`."""
        return [
            number
            for number, locus in enumerate(self._loci)
            if searched(locus.contig, locus.start, locus.end)
        ]


class Sequences:
    """Known microRNAs by sequence.

    A hairpin is one if it holds an exact stretch of it: of a sequence shorter than 32 nt all of it, of a
    longer one as much as half of the shorter of both.
    """

    def __init__(self, records: Sequence[tuple[str, str]]) -> None:
        """Take names and sequences, RNA letters, each of `WORD` nt or more."""
        self._records = records
        self._places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, (_, sequence) in enumerate(records):
            for at, word in enumerate(words(encode(sequence), WORD).tolist()):
                if word != NO_WORD:
                    self._places[word].append((number, at))

    @property
    def names(self) -> Sequence[str]:
        """What each is called."""
        return [name for name, _ in self._records]

    def lookup(self, hairpin: Hairpin) -> tuple[list[int], list[int]]:
        """See `Catalogue`."""
        same = self._held_by(hairpin.sequence)
        opposite = self._held_by(reverse_complement(hairpin.sequence))
        return same, [number for number in opposite if number not in same]

    def within(self, searched: Callable[[str, int, int], bool]) -> list[int]:
        """See `Catalogue`: nobody knows where a sequence is, so all of them."""
        return list(range(len(self._records)))

    def places(self, numbers: Sequence[int]) -> list[Locus]:
        """See `Catalogue`: nobody knows where a sequence is."""
        return []

    def _held_by(self, sequence: str) -> list[int]:
        return sorted(
            number
            for number, length in self._stretches(sequence).items()
            if length >= self._least(number, sequence)
        )

    def _least(self, number: int, sequence: str) -> float:
        length = len(self._records[number][1])
        return length if length < 2 * WORD else max(WORD, SAME_LOCUS * min(length, len(sequence)))

    def _stretches(self, sequence: str) -> dict[int, int]:
        """Number → bases of the longest exact stretch in common with a sequence."""
        longest: dict[int, int] = {}
        running: dict[tuple[int, int], int] = {}
        for word in words(encode(sequence), WORD).tolist():
            places = self._places.get(word, ())
            running = {
                (number, place): running.get((number, place - 1), WORD - 1) + 1 for number, place in places
            }
            for (number, _), length in running.items():
                longest[number] = max(longest.get(number, 0), length)
        return longest


@dataclass(slots=True)
class Recall:
    """Labels hits, and counts what of the known was found.

    Attributes:
        catalogue: The known microRNAs.
        labels: How many hits got each label.
        found: Numbers of the known ones that some hit is.
    """

    catalogue: Catalogue
    labels: Counter[str] = field(default_factory=Counter)
    found: set[int] = field(default_factory=set)

    def label(self, hit: Hit) -> Label:
        """What a hit is, and the names of what it is or lies opposite to."""
        same, opposite = self.catalogue.lookup(hit.hairpin)
        kind = KNOWN if same else ANTISENSE if opposite else NEW
        self.labels[kind] += 1
        self.found.update(same)
        names = self.catalogue.names
        return Label(kind, tuple(dict.fromkeys(names[number] for number in same or opposite)))

    def facts(self, searched: Callable[[str, int, int], bool]) -> dict[str, int | float | None]:
        """Known ones in all, those that the search could find, those it found; hits by label."""
        reachable: Collection[int] = self.catalogue.within(searched)
        found = sum(number in self.found for number in reachable)
        return {
            "listed": len(self.catalogue.names),
            "searched": len(reachable),
            "found": found,
            "recall": round(found / len(reachable), 4) if reachable else None,
            **{f"hits_{kind}": self.labels[kind] for kind in (KNOWN, ANTISENSE, NEW)},
        }
