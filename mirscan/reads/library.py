"""The libraries of a run: each read once, then asked about places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from warnings import warn

from mirscan.errors import MirscanWarning, UsageError
from mirscan.genome.access import Genome
from mirscan.reads.alignments import read_alignments
from mirscan.reads.mapping import map_reads
from mirscan.reads.places import LONGEST, SHORTEST, Pile, Places
from mirscan.reads.rarity import Rarity
from mirscan.reads.sequences import read_sequences
from mirscan.runtime.closing import Closing

ALIGNED = (".bam", ".cram", ".sam")
SEQUENCES = (".fa", ".fasta", ".fna", ".fq", ".fastq")


class Libraries(Closing):
    """Small RNA libraries on a genome. Use as a context manager: their temporary files go with it.

    Attributes:
        samples: What each is called, in the order given: its file's name without suffixes.
        rarity: How rare so many reads are in all of them together.
    """

    def __init__(self, sources: Sequence[str], genome: Genome) -> None:
        """Read libraries: alignments as they are, sequences after mapping them.

        Args:
            sources: Paths.
            genome: What they are reads of.

        Warns:
            MirscanWarning: A library has nothing on the genome.

        Raises:
            InputError: One cannot be read, or is of another genome.
            UsageError: One is of no format that is known, or given twice.
            OutputError: No room for what is kept of them.
        """
        if len(set(sources)) < len(sources):
            raise UsageError("reads", "a library is given twice", "each once")
        self.samples = sample_names(sources)
        self._places: list[Places] = []
        try:
            for source, sample in zip(sources, self.samples, strict=True):
                self._places.append(_read(source, sample, genome))
                if not self._places[-1].reads:
                    found = f"{source}: not one read of {SHORTEST} to {LONGEST} nt lies on the genome"
                    warn(MirscanWarning(found), stacklevel=2)
        except BaseException:
            self.close()
            raise
        self.rarity = Rarity.of(self._places, genome.lengths)

    @property
    def reads(self) -> list[int]:
        """Reads of each library that lie on the genome."""
        return [round(places.reads) for places in self._places]

    def piles(self, contig: str, start: int, end: int) -> list[Pile]:
        """The reads of each library that overlap a stretch of a contig, 0-based and half-open."""
        return [places.fetch(contig, max(start, 0), end) for places in self._places]

    def close(self) -> None:
        """Remove their temporary files."""
        for places in self._places:
            places.close()


def sample_names(sources: Sequence[str]) -> list[str]:
    """A name for each library: its file's without suffixes, with a number where two would have the same."""
    names: list[str] = []
    for source in sources:
        stem = Path(source.removesuffix(".gz")).stem.replace(",", "_")
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}_{number}", number + 1
        names.append(name)
    return names


def _read(source: str, sample: str, genome: Genome) -> Places:
    suffix = Path(source.removesuffix(".gz")).suffix.lower()
    if suffix in ALIGNED:
        return read_alignments(source, sample, genome.lengths, genome.source)
    if suffix in SEQUENCES:
        return map_reads(read_sequences(source), genome, sample)
    raise UsageError(
        f"reads {source!r}", f"no format for {suffix!r}", f"one of {' '.join((*ALIGNED, *SEQUENCES))}"
    )
