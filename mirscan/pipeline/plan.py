"""The plan of a scan: which stretches of which contigs, in which chunks, and whose shard each chunk is.

A plan follows from the contigs and what was asked of them, never from who does the work, so that a chunk has
the same number and the same content in every shard and after every interruption.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from mirscan.errors import UsageError
from mirscan.genome.regions import bundle, merge, tiles
from mirscan.records import Hairpin, Window

CHUNK, LARGEST_CHUNK = 50_000, 400_000  # bases owned by a task; what is folded together costs less
TASKS = 16  # that a genome has at least, as far as chunks allow: no processor is long without work at the end
WORKERS_NEED = ("mirscan.pipeline.preload",)  # modules
# Bases on both sides of a region whose calls compete with those inside, so that a region gives the same hits
# as the whole genome.
REGION_CONTEXT = 1_000

Interval = tuple[int, int]


def chunk_of(bases: int) -> int:
    """Bases that a task owns, of a genome of so many: a matter of the genome alone, as journals go by it."""
    return min(max(CHUNK, bases // TASKS), LARGEST_CHUNK)


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a scan.

    Attributes:
        number: Which, from 1 on.
        of: How many there are.
    """

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Read `i/n`, i from 1 to n.

    Raises:
        UsageError: Not that.
    """
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise UsageError(f"shard {text!r}", "not understood", "i/n with 1 ≤ i ≤ n")
    return Shard(int(number), int(of))


class Plan:
    """What a scan looks at.

    Attributes:
        contigs: How many contigs are searched.
        bases: Bases that are searched, on one strand.
        genome_bases: Bases of the whole genome, on one strand.
    """

    def __init__(
        self,
        lengths: Mapping[str, int],
        margin: int,
        regions: Mapping[str, Sequence[Interval]] | None = None,
        min_contig: int = 0,
        chunk: int = CHUNK,
        context: int = REGION_CONTEXT,
    ) -> None:
        """Plan a scan.

        Args:
            lengths: Contig → bases, in file order.
            margin: Bases that a window needs on either side of what it owns.
            regions: Contig → the intervals asked for; None for the whole genome.
            min_contig: Shortest contig that is searched, nt.
            chunk: Bases that a chunk owns.
            context: Bases on both sides of a region whose calls bear on those inside.
        """
        self._context_size = context
        self._lengths = lengths
        self._margin = margin
        self._regions = regions and {contig: merge(some) for contig, some in regions.items()}
        self._shortest = max(1, min_contig)
        self._chunk = chunk
        self.contigs = sum(1 for _ in self._asked())
        self.genome_bases = sum(lengths.values())
        self.bases = sum(end - start for _, start, end in self._context())

    def chunks(self) -> Iterator[Sequence[Window]]:
        """The windows of each chunk, in genome order; small contigs travel together."""
        return bundle(self._windows(), self._chunk)

    def share(self, shard: Shard) -> Iterator[Sequence[Window]]:
        """The chunks of a shard, neighbours all: as many bases as every other shard has, to a chunk."""
        before = 0
        for windows in self.chunks():
            if before * shard.of // self.bases == shard.number - 1:
                yield windows
            before += owned(windows)

    def inside(self, hairpin: Hairpin) -> bool:
        """Whether a hairpin lies inside what was asked for."""
        return self.holds(hairpin.contig, hairpin.start, hairpin.end)

    def holds(self, contig: str, start: int, end: int) -> bool:
        """Whether a stretch lies inside what was asked for."""
        intervals = self._intervals(contig, self._lengths.get(contig, 0))
        at = bisect_right(intervals, (start, inf)) - 1  # they neither overlap nor touch
        return at >= 0 and end <= intervals[at][1]

    def _windows(self) -> Iterator[Window]:
        for contig, start, end in self._context():
            yield from tiles(contig, self._lengths[contig], start, end, self._chunk, self._margin)

    def _intervals(self, contig: str, length: int) -> Sequence[Interval]:
        """What was asked for of a contig, merged."""
        if length < self._shortest:
            return ()
        return ((0, length),) if self._regions is None else self._regions.get(contig, ())

    def _asked(self) -> Iterator[tuple[str, int, Sequence[Interval]]]:
        for contig, length in self._lengths.items():
            if intervals := self._intervals(contig, length):
                yield contig, length, intervals

    def _context(self) -> Iterator[tuple[str, int, int]]:
        """The intervals asked for with the surroundings whose calls compete with theirs."""
        for contig, length, intervals in self._asked():
            wider = (
                (max(0, start - self._context_size), min(length, end + self._context_size))
                for start, end in intervals
            )
            for start, end in merge(wider):
                yield contig, start, end


def owned(windows: Sequence[Window]) -> int:
    """Bases that windows own together."""
    return sum(window.own_end - window.own_start for window in windows)
