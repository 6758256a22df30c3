"""How a FASTA is opened for random access.

Plain and BGZF files are read where they stand, through an index in a temporary folder; nothing is written
beside them. Everything else (plain gzip, standard input, byte-order marks, uneven lines) is copied once,
cleaned, to a temporary file. Either way the whole input is read once before anything is scanned, so that an
error names its line and appears before hours of work, not after. What is temporary has no name any more once
it is open, so that it goes with the process however that ends.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pysam
from pysam.utils import SamtoolsError

from mirscan.errors import OutputError
from mirscan.genome import htslib
from mirscan.genome.fasta import compression, is_stream, open_stream
from mirscan.genome.validate import Contig, refuse_empty, validate

TEMPORARY = "mirscan-"

State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IndexedFasta:
    """A FASTA opened for random access.

    Attributes:
        contigs: Its records, in file order.
        sha256: Checksum of names and bases, the same in every dress of the file.
        fasta: The file, or its clean copy.
        path: Where it is read; None for a copy that nobody else sees.
        state: What tells whether somebody changed it.
    """

    contigs: list[Contig]
    sha256: str
    fasta: pysam.FastaFile
    path: Path | None = None
    state: State = ()

    def unchanged(self) -> bool:
        """Whether the file is still the one that was opened."""
        try:
            return self.path is None or _state(self.path) == self.state
        except OSError:
            return False


def open_fasta(source: str) -> IndexedFasta:
    """Read a FASTA once, and open it for random access; see `Genome.open`."""
    packing = "stream" if is_stream(source) else compression(Path(source))
    if packing in ("stream", "gzip"):
        return _copy(source)
    digest, path, state = hashlib.sha256(), Path(source), _state(Path(source))
    with open_stream(source) as stream:
        contigs = list(validate(source, stream, digest))
    refuse_empty(source, contigs)
    if not any(contig.blanks for contig in contigs):
        fasta = _index(path, packing == "bgzf", contigs)
        if fasta:
            return IndexedFasta(contigs, digest.hexdigest(), fasta, path, state)
    return _copy(source)


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _index(path: Path, bgzf: bool, contigs: list[Contig]) -> pysam.FastaFile | None:
    """Open through an index made now; one that somebody left beside the file may be that of another.

    None where htslib cannot index the file (uneven lines, for one).
    """
    with (
        tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder,
        htslib.silent(),
    ):  # it complains of what it cannot index
        fai, gzi = f"{folder}/fai", f"{folder}/gzi" if bgzf else None
        try:
            pysam.faidx(str(path), "--fai-idx", fai, *(["--gzi-idx", gzi] if gzi else []))
            fasta = pysam.FastaFile(str(path), filepath_index=fai, filepath_index_compressed=gzi)
        except (SamtoolsError, OSError, ValueError):
            return None
    if dict(zip(fasta.references, fasta.lengths, strict=True)) == {c.name: c.length for c in contigs}:
        return fasta
    fasta.close()
    return None


def _copy(source: str) -> IndexedFasta:
    try:
        return _copied(source)
    except OSError as error:
        found = f"no room for a clean copy of {source} ({error.strerror})"
        raise OutputError(tempfile.gettempdir(), found, hint="TMPDIR says where it goes.") from error


def _copied(source: str) -> IndexedFasta:
    """Clean a stream into a temporary FASTA of one line a record, and open that."""
    contigs, digest = [], hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        copy, fai = Path(folder, "genome.fa"), Path(folder, "genome.fa.fai")
        with (
            open_stream(source) as stream,
            copy.open("wb") as target,
            fai.open("w", encoding="utf-8") as index,
        ):
            for contig in validate(source, stream, digest, target):
                offset = target.tell() - contig.length - 1
                line = f"{contig.name}\t{contig.length}\t{offset}\t{contig.length}\t{contig.length + 1}\n"
                index.write(line)
                contigs.append(contig)
        refuse_empty(source, contigs)
        fasta = pysam.FastaFile(str(copy), filepath_index=str(fai))
    return IndexedFasta(contigs, digest.hexdigest(), fasta)
