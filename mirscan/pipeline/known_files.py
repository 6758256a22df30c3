"""Files of known microRNAs: GFF3 and BED of their places, FASTA of their sequences."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import unquote

from mirscan.alphabet import to_rna
from mirscan.errors import InputError
from mirscan.genome.fasta import open_stream, read_records, shown
from mirscan.pipeline.known import WORD, Catalogue, Loci, Locus, Sequences

GFF, BED, FASTA = (".gff3", ".gff"), (".bed",), (".fa", ".fasta", ".fna")
HAIRPINS = ("pre_miRNA", "miRNA_primary_transcript", "miRNA_gene")  # preferred, where a file has any
MATURES = ("miRNA",)
NAMES = ("Name", "ID")  # attributes that name a feature, the better one first
EXPECTED = f"known microRNAs as {' '.join((*GFF, *BED, *FASTA))}, also .gz"

Rows = Iterator[tuple[int, list[str]]]


def read_known(path: str, contigs: Collection[str]) -> Catalogue:
    """Read known microRNAs; the suffix names the format.

    Args:
        path: GFF3, BED (six columns) or FASTA of hairpins or mature sequences.
        contigs: Names of the genome's contigs.

    Raises:
        InputError: Missing, of another format, empty, or of another genome: no contig of its names is there.
    """
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    if suffix in FASTA:
        return Sequences(list(_sequences(path)))
    if suffix not in GFF + BED:
        raise InputError(path, f"the suffix {suffix!r} names no format", EXPECTED)
    loci = _gff(path) if suffix in GFF else list(_bed(path))
    _check_contigs(path, loci, contigs)
    return Loci(loci)


def _check_contigs(path: str, loci: list[Locus], contigs: Collection[str]) -> None:
    here = {locus.contig for locus in loci}
    if here.isdisjoint(contigs):
        found = f"none of its contigs ({_some(here)}) is in the genome"
        raise InputError(path, found, f"names such as {_some(contigs)}")


def _some(names: Collection[str], most: int = 3) -> str:
    return ", ".join(sorted(names)[:most]) + (", …" if len(names) > most else "")


def _rows(path: str) -> Rows:
    """Line numbers and columns, comments left out."""
    try:
        with open_stream(path) as stream:
            lines = stream.read().decode().splitlines()
    except (EOFError, OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read ({error})", EXPECTED) from error
    for number, line in enumerate(lines, 1):
        if line.startswith("##FASTA"):
            return
        if line.strip() and not line.startswith(("#", "track", "browser")):
            yield number, line.split("\t")


def _gff(path: str) -> list[Locus]:
    """The hairpins of a GFF3, or its mature ones where it has no hairpin."""
    by_kind: dict[str, list[Locus]] = {}
    for number, columns in _rows(path):
        if len(columns) != 9:
            raise _odd(path, number, columns, "nine columns of GFF3")
        if columns[2] in HAIRPINS + MATURES:
            names = dict(part.partition("=")[::2] for part in columns[8].split(";"))
            name = next((unquote(names[key]) for key in NAMES if key in names), f"line {number}")
            place = (columns[3], columns[4], columns[6])
            locus = _locus(path, number, columns, (name, unquote(columns[0]), *place), first=1)
            by_kind.setdefault("hairpin" if columns[2] in HAIRPINS else "mature", []).append(locus)
        else:
            by_kind.setdefault(f"other {columns[2]}", [])
    loci = by_kind.get("hairpin") or by_kind.get("mature")
    if not loci:
        kinds = _some([kind.removeprefix("other ") for kind in by_kind]) or "nothing"
        raise InputError(path, f"holds {kinds}", f"features of type {', '.join(HAIRPINS + MATURES)}")
    return loci


def _bed(path: str) -> Iterator[Locus]:
    empty = True
    for number, columns in _rows(path):
        if len(columns) < 6:
            raise _odd(path, number, columns, "six columns of BED, the sixth + or -")
        contig, start, end, name, _, strand = columns[:6]
        yield _locus(path, number, columns, (name, contig, start, end, strand), first=0)
        empty = False
    if empty:
        raise InputError(path, "holds no interval", EXPECTED)


def _locus(
    path: str, number: int, columns: list[str], fields: tuple[str, str, str, str, str], first: int
) -> Locus:
    name, contig, start, end, strand = fields
    if not (start.isdecimal() and end.isdecimal() and first <= int(start) < int(end) + first):
        raise _odd(path, number, columns, "a start and an end after it")
    if strand not in ("+", "-"):
        raise _odd(path, number, columns, "the strand, + or -")
    return Locus(name, contig, int(start) - first, int(end), strand)


def _odd(path: str, number: int, columns: list[str], expected: str) -> InputError:
    return InputError(path, f"line {number}: {shown(chr(9).join(columns).encode())}", expected)


def _sequences(path: str) -> Iterator[tuple[str, str]]:
    empty = True
    for name, bases in read_records(path):
        sequence = to_rna(bases)
        if len(sequence) < WORD:
            raise InputError(path, f"{name} has {len(sequence)} nt", f"{WORD} or more")
        yield name, sequence
        empty = False
    if empty:
        raise InputError(path, "holds no record", EXPECTED)
