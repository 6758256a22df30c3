"""The first reading of a FASTA, from end to end: is it one, what is in it, and its checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from mirscan.alphabet import BASES, to_rna
from mirscan.errors import InputError
from mirscan.genome.fasta import (
    BLANKS,
    EXPECTED,
    before_any_name,
    foreign_letter,
    name_of,
    no_record,
    pieces,
)


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


def refuse_empty(source: str, contigs: Iterable[Contig]) -> None:
    """Refuse a genome of nothing but names; one of N alone is valid, and without hits."""
    if not any(contig.length for contig in contigs):
        raise InputError(source, "holds names and not a single base", EXPECTED)


def validate(
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
        raise no_record(source)
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
        contig.known + len(bases) - len(bases.translate(None, BASES)),
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
