"""Where reads lie on the genome, kept on disk: memory grows neither with the library nor with the genome.

A library is boiled down once to its distinct places (contig, strand, first base, length), each with the
number of reads there. They lie in temporary files, contig by contig and sorted by first base, mapped into
memory where they are asked for.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.runtime.closing import Closing
from mirscan.runtime.rowwise import Rowwise

SHORTEST, LONGEST = 18, 30  # nt: reads of other lengths are not looked at
COLUMNS = {"start": np.int32, "length": np.uint8, "minus": np.bool_, "weight": np.float32}


@dataclass(frozen=True, slots=True)
class Pile(Rowwise):
    """The distinct places of reads on a stretch of a contig, sorted by first base, length and strand.

    Attributes:
        start: int32 (n,), first base on the plus strand, 0-based.
        length: uint8 (n,), nt, `SHORTEST`..`LONGEST`.
        minus: bool (n,), whether the read lies on the minus strand.
        weight: float32 (n,), reads; a read that fits in k places counts as 1/k in each.
    """

    start: NDArray[np.int32]
    length: NDArray[np.uint8]
    minus: NDArray[np.bool_]
    weight: NDArray[np.float32]

    @property
    def end(self) -> NDArray[np.int32]:
        """int32 (n,), one past the last base of each read."""
        return self.start + self.length

    @property
    def five_prime(self) -> NDArray[np.int32]:
        """int32 (n,), the first base of each read on its own strand, as a place on the plus strand."""
        first: NDArray[np.int32] = np.where(self.minus, self.end - 1, self.start)
        return first

    @classmethod
    def empty(cls) -> Pile:
        """No reads."""
        return cls(*(np.zeros(0, kind) for kind in COLUMNS.values()))

    @classmethod
    def joined(cls, piles: Sequence[Pile]) -> Pile:
        """The reads of several piles of the same stretch, equal places added up."""
        if not piles:
            return cls.empty()
        every = cls(*(np.concatenate([getattr(pile, name) for pile in piles]) for name in COLUMNS))
        return every.collapsed()

    def collapsed(self) -> Pile:
        """The same reads with each place once, sorted."""
        order = np.lexsort((self.minus, self.length, self.start))
        rows = self.take(order)
        if len(rows) == 0:
            return rows
        new = (np.diff(rows.start) != 0) | (np.diff(rows.length) != 0) | (np.diff(rows.minus) != 0)
        first = np.concatenate([[0], np.flatnonzero(new) + 1])
        total = np.add.reduceat(rows.weight.astype(np.float64), first).astype(np.float32)
        return Pile(rows.start[first], rows.length[first], rows.minus[first], total)


class Places(Closing):
    """The places of the reads of a library. Use as a context manager: its files go with it.

    Attributes:
        sample: What the library is called.
        reads: Reads of a length that is looked at and that lie on the genome.
    """

    def __init__(self, sample: str) -> None:
        self.sample = sample
        self.reads = 0.0
        self._folder = Path(tempfile.mkdtemp(prefix="mirscan-reads-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._files = {name: (self._folder / name).open("wb") for name in COLUMNS}
        self._span: dict[str, tuple[int, int]] = {}
        self._count = 0
        self._columns: dict[str, NDArray[np.generic]] = {}

    def add(self, contig: str, pile: Pile) -> None:
        """Append places of a contig, each once, sorted, and behind those that were added of it before.

        Raises:
            ValueError: Another contig has been added since.
        """
        first, last = self._span.get(contig, (self._count, self._count))
        if last != self._count:
            raise ValueError(f"{contig}: its reads come in two lots")
        for name, kind in COLUMNS.items():
            self._files[name].write(np.ascontiguousarray(getattr(pile, name), dtype=kind).tobytes())
        self._count += len(pile)
        self._span[contig] = first, self._count
        self.reads += float(pile.weight.sum(dtype=np.float64))

    def ready(self) -> Places:
        """Say that everything has been added; from now on places can be asked for.

        The files lose their names at once: however the process ends, nothing stays behind.
        """
        for name, file in self._files.items():
            file.close()
            kind, path = COLUMNS[name], self._folder / name
            self._columns[name] = np.memmap(path, kind, "r") if self._count else np.zeros(0, kind)
        self._remove()
        return self

    def fetch(self, contig: str, start: int, end: int) -> Pile:
        """The reads that overlap a stretch of a contig, 0-based and half-open."""
        first, last = self._span.get(contig, (0, 0))
        starts = self._columns["start"][first:last]
        bounds = np.array([start - LONGEST + 1, end], np.int32)  # of the same kind, or all would be copied
        begin, stop = (first + np.searchsorted(starts, bounds)).tolist()
        pile = Pile(*(np.array(self._columns[name][begin:stop]) for name in COLUMNS))
        return pile.take(pile.end > start)

    def contig(self, contig: str) -> Pile:
        """All reads of a contig, not copied into memory before they are used."""
        first, last = self._span.get(contig, (0, 0))
        return Pile(*(self._columns[name][first:last] for name in COLUMNS))  # type: ignore[arg-type]

    def close(self) -> None:
        """Remove the files."""
        self._columns.clear()
        for file in self._files.values():
            file.close()
        self._remove()
