"""Genomes: FASTA in any dress, opened for random access; see `indexed_fasta.py` for how."""

from __future__ import annotations

from collections.abc import Sequence

from mirscan.alphabet import to_rna
from mirscan.errors import InputError, UsageError
from mirscan.genome.fasta import shown
from mirscan.genome.indexed_fasta import IndexedFasta, open_fasta
from mirscan.genome.lines import bed_rows
from mirscan.genome.regions import Region
from mirscan.genome.validate import Contig
from mirscan.runtime.closing import Closing


class Genome(Closing):
    """A FASTA opened for random access. Use as a context manager.

    Attributes:
        source: The path as given, for messages.
        contigs: The records in file order.
        lengths: Contig → bases, in file order.
        sha256: Checksum of names and bases, the same in every dress of the file.
    """

    def __init__(self, source: str, opened: IndexedFasta) -> None:
        self.source = source
        self.contigs = opened.contigs
        self.lengths = {contig.name: contig.length for contig in opened.contigs}
        self.sha256 = opened.sha256
        self._opened = opened

    @classmethod
    def open(cls, source: str) -> Genome:
        """Open a path, or `-` for standard input.

        Raises:
            InputError: Missing, empty, not FASTA, without a record, without a base, with two records of one
                name, or with letters that no nucleotide code has.
            OutputError: A temporary copy is needed, and there is no room for it.
        """
        return cls(source, open_fasta(source))

    def length(self, contig: str) -> int:
        """Length of a contig in bases; KeyError where there is none of this name."""
        return self.lengths[contig]

    def fetch(self, contig: str, start: int, end: int) -> str:
        """The bases `start .. end` (0-based, half-open) of the plus strand: ACGU, and N for any other.

        Raises:
            InputError: The file is gone, or is no longer as it was when it was opened.
        """
        place = f"{contig}:{start + 1}-{end}"
        try:
            bases = self._opened.fasta.fetch(contig, start, end)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(self.source, f"cannot read {place} ({error})") from error
        if not self._opened.unchanged():
            raise InputError(self.source, "was changed while it was read", "the file as it was at the start")
        if len(bases) != end - start:
            raise InputError(self.source, f"{place} is cut short", "the file as it was at the start")
        return to_rna(bases.encode("ascii", "replace"))

    def clip(self, region: Region) -> tuple[int, int]:
        """The interval of a region on its contig.

        Raises:
            UsageError: No such contig.
            InputError: No such contig, and a file asked for it; or the region reaches outside its contig.
        """
        where = f"region {region.contig}:{region.start + 1}-{region.end or ''}".rstrip("-")
        where = f"{region.source}, {where}" if region.source else where
        if region.contig not in self.lengths:
            wrong = InputError if region.source else UsageError
            raise wrong(where, f"{self.source} has no contig of this name", _some_names(self.contigs))
        length = self.lengths[region.contig]
        end = length if region.end is None else region.end
        if region.start >= length or end > length:
            raise InputError(where, f"outside the contig, which has {length:,} bases", f"1 to {length:,}")
        return region.start, end

    def intervals(self, regions: Sequence[Region] | None) -> dict[str, list[tuple[int, int]]] | None:
        """Contig → the intervals of some regions; None for None, the whole genome.

        Raises:
            UsageError, InputError: See `clip`.
        """
        if regions is None:
            return None
        asked: dict[str, list[tuple[int, int]]] = {}
        for region in regions:
            asked.setdefault(region.contig, []).append(self.clip(region))
        return asked

    def close(self) -> None:
        """Close the file."""
        self._opened.fasta.close()


def _some_names(contigs: list[Contig]) -> str:
    names = ", ".join(contig.name for contig in contigs[:5])
    return f"one of {names}" + (f", … ({len(contigs):,} in all)" if len(contigs) > 5 else "")


def read_bed(path: str) -> list[Region]:
    """The intervals of a BED file (first three columns), plain or gzipped; none where it holds none.

    Raises:
        InputError: Missing, or a line is not BED.
    """
    return [_interval(path, number, columns) for number, columns in bed_rows(path, "a BED file")]


def _interval(path: str, number: int, columns: list[str]) -> Region:
    where = f"{path}, line {number:,}"
    if len(columns) < 3 or not (columns[1].isdecimal() and columns[2].isdecimal()):
        raise InputError(where, shown("\t".join(columns).encode()), "contig, start, end with start < end")
    start, end = int(columns[1]), int(columns[2])
    if start >= end:
        raise InputError(where, f"{start}-{end} holds no base", "contig, start, end with start < end")
    return Region(columns[0], start, end, where)
