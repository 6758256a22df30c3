"""Decoys from a genome's own blocks, searched by the workers along with the genome itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mirscan.alphabet import UNKNOWN, decode, encode
from mirscan.pipeline.decoys import shuffled
from mirscan.pipeline.search import Found, Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Hairpin, Window
from mirscan.sieve.candidates import Candidates

BLOCK = 10_000  # bases shuffled together: local composition stays, repeats do not
SHARE = 0.15  # of the bases searched, that decoys are by default
LEAST, COPIES = 0.5, 2.0  # Mb; a small genome is shuffled more than once to have as much, up to so many times
MOST = 20.0  # Mb: from then on the estimate is as good as it needs to be


def default_megabases(bases: int) -> float:
    """Decoys that a search of so many bases is worth, Mb."""
    megabases = bases / 1e6
    return round(min(max(SHARE * megabases, min(LEAST, COPIES * megabases)), MOST), 6)


@dataclass(frozen=True, slots=True)
class Block:
    """A decoy to make.

    Attributes:
        contig: Name of the contig.
        start: First base of the block.
        end: One past its last base.
        copy: Counts the decoys that are made of the same block.
    """

    contig: str
    start: int
    end: int
    copy: int

    @property
    def seed(self) -> list[int]:
        """Numbers that seed the shuffle, of its place alone."""
        return list(_digest(f"{self.contig}:{self.start}:{self.copy}"))


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which blocks are made into decoys, and how often: a matter of their places, not of who searches them.

    Attributes:
        rate: Decoy bases a base of the genome; above 1 for several decoys of a block.
    """

    rate: float

    def blocks(self, window: Window, length: int) -> Iterator[Block]:
        """The decoys of the blocks that begin in what a window owns.

        Args:
            window: On a contig.
            length: Bases of that contig.
        """
        first = -(-window.own_start // BLOCK) * BLOCK
        for start in range(first if self.rate > 0 else window.own_end, window.own_end, BLOCK):
            for copy in range(self._copies(window.contig, start)):
                yield Block(window.contig, start, min(start + BLOCK, length), copy)

    def _copies(self, contig: str, start: int) -> int:
        """The rate, rounded up or down by chance, so that it is right on average."""
        return int(self.rate + int.from_bytes(_digest(f"{contig}:{start}")) / 2**64)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:8]


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker searches together.

    Attributes:
        stretches: Of the genome.
        decoys: Blocks, with the bases of the genome.
        sieved: What a GPU's sieve found in each strand of the stretches; None where the worker is to sieve.
    """

    stretches: Sequence[Stretch]
    decoys: Sequence[tuple[Block, str]] = ()
    sieved: Sequence[Candidates] | None = None


@dataclass(slots=True)
class Searched:
    """What a worker found.

    Attributes:
        found: In the genome.
        known: Known bases that its windows own.
        decoys: What the decoys gave, each a contig of its own, named by its number.
        blocks: What each was made from.
        decoy_known: Known bases of the decoys.
    """

    found: Found
    known: int = 0
    decoys: Found = field(default_factory=Found)
    blocks: list[Block] = field(default_factory=list)
    decoy_known: int = 0

    @property
    def hairpins(self) -> list[Hairpin]:
        """All that is to be scored: those of the genome, then those of the decoys."""
        return [*self.found.hairpins, *self.decoys.hairpins]


@dataclass(frozen=True, slots=True)
class SearchWithDecoys:
    """A picklable function from a task to what was found; see `search.Search`."""

    search: Search

    def __call__(self, task: Task) -> Searched:
        """Search some stretches and decoys."""
        found = self.search(task.stretches, task.sieved)
        searched = Searched(found, sum(map(_known_owned, task.stretches)))
        stretches = []
        for number, (block, sequence) in enumerate(task.decoys):
            decoy = shuffled(encode(sequence), np.random.default_rng(block.seed))
            window = Window(str(number), 0, len(decoy), 0, len(decoy))  # none overlaps another
            stretches.append(Stretch(window, decode(decoy)))
            searched.blocks.append(block)
            searched.decoy_known += int((decoy < UNKNOWN).sum())
        if stretches:
            searched.decoys = self.search(stretches)
        return searched


def _known_owned(stretch: Stretch) -> int:
    window = stretch.window
    owned = stretch.sequence[window.own_start - window.start : window.own_end - window.start]
    return len(owned) - owned.count("N")


def place_of(source: str, task: Task) -> str:
    """Which part of which genome a task is, for errors. Workers hold it, so that it lies without torch."""
    windows = [stretch.window for stretch in task.stretches]
    parts = [f"{window.contig}:{window.own_start + 1}-{window.own_end}" for window in windows]
    return f"{source}, {' … '.join(parts if len(parts) < 3 else [parts[0], parts[-1]])}"
