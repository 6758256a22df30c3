"""Genomes: FASTA in any dress, opened for random access.

Plain and BGZF files are indexed where they stand, the index beside the file or, where that cannot be written,
in a temporary folder. Everything else (plain gzip, standard input, byte-order marks, uneven lines) is copied
once, cleaned, to a temporary file. Either way the whole input is read once before anything is scanned, so
that an error names its line and appears before hours of work, not after.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pysam
from pysam.utils import SamtoolsError

from mirscan.errors import InputError, UsageError
from mirscan.fasta import (
    BLANKS,
    EXPECTED,
    NUCLEOTIDES,
    STDIN,
    before_any_name,
    compression,
    foreign_letter,
    name_of,
    open_stream,
    pieces,
    shown,
    to_rna,
)
from mirscan.windows import Region


@dataclass(frozen=True, slots=True)
class Contig:
    """One record of the genome.

    Attributes:
        name: The header up to the first blank.
        length: Bases.
        known: Bases that are A, C, G or T/U.
        blanks: Blanks inside its lines, which htslib's index does not know of.
    """

    name: str
    length: int
    known: int
    blanks: int = 0


class Genome:
    """A FASTA opened for random access. Use as a context manager.

    Attributes:
        source: The path as given, for messages.
        contigs: The records in file order.
        lengths: Contig → bases, in file order.
        sha256: Checksum of names and bases, the same in every dress of the file.
    """

    def __init__(
        self, source: str, contigs: list[Contig], sha256: str, fasta: pysam.FastaFile, stack: ExitStack
    ) -> None:
        self.source = source
        self.contigs = contigs
        self.lengths = {contig.name: contig.length for contig in contigs}
        self.sha256 = sha256
        self._fasta = fasta
        self._stack = stack

    @classmethod
    def open(cls, source: str) -> Genome:
        """Open a path, or `-` for standard input.

        Raises:
            InputError: Missing, empty, not FASTA, without a record, without a nucleotide, with two records of
                one name, or with letters that no nucleotide code has.
        """
        with ExitStack() as stack:
            contigs, sha256, fasta = _open_indexed(source, stack)
            return cls(source, contigs, sha256, fasta, stack.pop_all())

    def length(self, contig: str) -> int:
        """Length of a contig in bases; KeyError where there is none of this name."""
        return self.lengths[contig]

    def fetch(self, contig: str, start: int, end: int) -> str:
        """The bases `start .. end` (0-based, half-open) of the plus strand: ACGU, and N for any other."""
        try:
            bases = self._fasta.fetch(contig, start, end)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(self.source, f"cannot read {contig}:{start + 1}-{end} ({error})") from error
        if len(bases) != end - start:
            raise InputError(
                self.source, f"{contig}:{start + 1}-{end} is cut short", "the file as it was at the start"
            )
        return to_rna(bases.encode("ascii", "replace"))

    def clip(self, region: Region) -> tuple[int, int]:
        """The interval of a region on its contig.

        Raises:
            UsageError: No such contig, or the region reaches outside it.
        """
        where = f"region {region.contig}:{region.start + 1}-{region.end or ''}".rstrip("-")
        if region.contig not in self.lengths:
            raise UsageError(where, f"{self.source} has no contig of this name", _some_names(self.contigs))
        length = self.lengths[region.contig]
        end = length if region.end is None else region.end
        if region.start >= length or end > length:
            raise InputError(where, f"outside the contig, which has {length:,} bases", f"1 to {length:,}")
        return region.start, end

    def close(self) -> None:
        """Close the file and remove whatever was temporary."""
        self._fasta.close()
        self._stack.close()

    def __enter__(self) -> Genome:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _some_names(contigs: list[Contig]) -> str:
    names = ", ".join(contig.name for contig in contigs[:5])
    return f"one of {names}" + (f", … ({len(contigs):,} in all)" if len(contigs) > 5 else "")


def _open_indexed(source: str, stack: ExitStack) -> tuple[list[Contig], str, pysam.FastaFile]:
    packing = "gzip" if source == STDIN else compression(Path(source))
    if packing == "gzip":
        return _copy(source, stack)
    digest = hashlib.sha256()
    with open_stream(source) as stream:
        contigs = list(_survey(source, stream, digest))
    _refuse_unknown(source, contigs)
    if not any(contig.blanks for contig in contigs):
        fasta = _index(Path(source), packing == "bgzf", contigs, stack)
        if fasta:
            return contigs, digest.hexdigest(), fasta
    return _copy(source, stack)


def _index(path: Path, bgzf: bool, contigs: list[Contig], stack: ExitStack) -> pysam.FastaFile | None:
    """Open through an index that agrees with what was read: the one beside the file, or a new one.

    None where htslib cannot index the file (uneven lines, for one).
    """
    beside = Path(f"{path}.fai")
    if beside.exists():
        fasta = _open_agreeing(path, beside, Path(f"{path}.gzi") if bgzf else None, contigs)
        if fasta is not None:
            return fasta
    for folder in (path.parent, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mirscan-")))):
        fai, gzi = folder / f"{path.name}.fai", folder / f"{path.name}.gzi" if bgzf else None
        if fai.exists():
            continue  # someone's index, which does not fit this file: left alone
        arguments = [str(path), "--fai-idx", str(fai), *(["--gzi-idx", str(gzi)] if gzi else [])]
        try:
            pysam.faidx(*arguments)
        except SamtoolsError:
            fai.unlink(missing_ok=True)
            continue
        fasta = _open_agreeing(path, fai, gzi, contigs)
        if fasta is not None:
            return fasta
        fai.unlink(missing_ok=True)
    return None


def _open_agreeing(path: Path, fai: Path, gzi: Path | None, contigs: list[Contig]) -> pysam.FastaFile | None:
    try:
        fasta = pysam.FastaFile(
            str(path), filepath_index=str(fai), filepath_index_compressed=str(gzi) if gzi else None
        )
    except (OSError, ValueError):
        return None
    lengths = dict(zip(fasta.references, fasta.lengths, strict=True))
    if lengths == {contig.name: contig.length for contig in contigs} and _ends_agree(path, fai, gzi):
        return fasta
    fasta.close()
    return None


def _ends_agree(path: Path, fai: Path, gzi: Path | None) -> bool:
    """Whether the index is no older than the file, which it must be to hold its offsets."""
    modified = path.stat().st_mtime
    return all(index.stat().st_mtime >= modified for index in (fai, gzi) if index is not None)


def _copy(source: str, stack: ExitStack) -> tuple[list[Contig], str, pysam.FastaFile]:
    """Clean a stream into a temporary FASTA of one line a record, and open that."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mirscan-")))
    copy, fai = folder / "genome.fa", folder / "genome.fa.fai"
    contigs, digest = [], hashlib.sha256()
    with open_stream(source) as stream, copy.open("wb") as target, fai.open("w") as index:
        for contig in _survey(source, stream, digest, target):
            offset = target.tell() - contig.length - 1
            index.write(f"{contig.name}\t{contig.length}\t{offset}\t{contig.length}\t{contig.length + 1}\n")
            contigs.append(contig)
    _refuse_unknown(source, contigs)
    return contigs, digest.hexdigest(), pysam.FastaFile(str(copy), filepath_index=str(fai))


def _refuse_unknown(source: str, contigs: list[Contig]) -> None:
    if not any(contig.known for contig in contigs):
        raise InputError(source, "no base other than N in it", "at least one A, C, G or T")


def _survey(
    source: str, stream: BinaryIO, digest: hashlib._Hash, copy: BinaryIO | None = None
) -> Iterator[Contig]:
    """Read a FASTA from end to end, check it, and yield its records; optionally write it out cleaned.

    The digest sees names and bases as the scan will see them, whatever their case, lines and packing.
    """
    seen: dict[str, int] = {}
    contig: Contig | None = None
    for line_number, is_header, piece in pieces(source, stream):
        if is_header:
            if contig:
                yield _finished(contig, copy)
            name = _unseen(source, name_of(source, piece, line_number), line_number, seen)
            contig = Contig(name, 0, 0)
            digest.update(f">{name}\n".encode())
            if copy:
                copy.write(b">" + name.encode() + b"\n")
        elif contig:
            bases = _bases(source, contig, line_number, piece)
            digest.update(to_rna(bases).encode())
            if copy:
                copy.write(bases)
            contig = _longer(contig, piece, bases)
        elif piece.strip():
            raise before_any_name(source, line_number, piece)
    if not contig:
        raise InputError(source, "holds no record", EXPECTED)
    yield _finished(contig, copy)


def _bases(source: str, contig: Contig, line_number: int, piece: bytes) -> bytes:
    """The bases in some lines of a contig, checked."""
    if foreign := foreign_letter(piece):
        line_number += piece[: foreign[0]].count(b"\n")
        raise InputError(source, f"line {line_number:,}, record {contig.name!r}: {foreign[1]}", EXPECTED)
    return piece.translate(None, BLANKS)


def _longer(contig: Contig, piece: bytes, bases: bytes) -> Contig:
    """The contig with the bases of some more lines."""
    return Contig(
        contig.name,
        contig.length + len(bases),
        contig.known + len(bases) - len(bases.translate(None, NUCLEOTIDES)),
        contig.blanks + len(piece.translate(None, b"\r\n")) - len(bases),
    )


def _unseen(source: str, name: str, line_number: int, seen: dict[str, int]) -> str:
    if name in seen:
        found = f"two records are named {name!r}, lines {seen[name]:,} and {line_number:,}"
        raise InputError(source, found, "unique names")
    seen[name] = line_number
    return name


def _finished(contig: Contig, copy: BinaryIO | None) -> Contig:
    if copy:
        copy.write(b"\n")
    return contig


def read_bed(path: str) -> Iterable[Region]:
    """The intervals of a BED file (first three columns).

    Raises:
        InputError: Missing, or a line is not BED.
    """
    try:
        with Path(path).open() as stream:
            lines = stream.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read ({error})", "a BED file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        fields = line.split("\t")
        if (
            len(fields) < 3
            or not fields[1].isdigit()
            or not fields[2].isdigit()
            or int(fields[1]) >= int(fields[2])
        ):
            raise InputError(
                path, f"line {number}: {shown(line.encode())}", "contig, start, end with start < end"
            )
        yield Region(fields[0], int(fields[1]), int(fields[2]))
