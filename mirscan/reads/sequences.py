"""Reads as sequences: FASTA or FASTQ, plain or gzipped, each different sequence once with its count."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import InputError
from mirscan.genome.fasta import open_stream
from mirscan.reads.places import LONGEST, SHORTEST

EXPECTED = "small RNA reads as FASTA or FASTQ"
COUNT = re.compile(rb"_x(\d+)$")  # of a collapsed library: >name_x1234
CODES = np.full(256, 4, np.uint8)
for _code, _letters in enumerate((b"Aa", b"Cc", b"Gg", b"TtUu")):
    for _letter in _letters:
        CODES[_letter] = _code


@dataclass(frozen=True, slots=True)
class ReadSet:
    """The different reads of a library, of a length that is looked at and without unknown bases.

    Attributes:
        words: uint64 (n,), two bits a base, the first base in the highest of the 2·length bits in use.
        length: uint8 (n,), nt.
        count: float64 (n,), reads.
        reads: Reads in all, those left out included.
    """

    words: NDArray[np.uint64]
    length: NDArray[np.uint8]
    count: NDArray[np.float64]
    reads: int

    def __len__(self) -> int:
        return len(self.words)


def read_sequences(source: str) -> ReadSet:
    """The different reads of a FASTA or FASTQ.

    Raises:
        InputError: Missing, damaged, neither of the two, or without reads of 18 to 30 nt.
    """
    counts: Counter[bytes] = Counter()
    reads = longest = 0
    with open_stream(source, EXPECTED) as stream:
        try:
            for name, bases in _records(source, stream):
                found = COUNT.search(name)
                number = int(found[1]) if found else 1
                reads += number
                longest = max(longest, len(bases))
                if SHORTEST <= len(bases) <= LONGEST:
                    counts[bases.upper()] += number
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(source, f"is cut short or damaged ({error})", EXPECTED) from error
    if reads and not counts:
        found_text = (
            f"not one of its {reads:,} reads has {SHORTEST} to {LONGEST} nt; the longest has {longest:,}"
        )
        hint = "Are the adapters still there, or are they long reads?"
        raise InputError(source, found_text, "small RNA reads without adapters", hint)
    return _coded(counts, reads)


def _records(source: str, stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Name and bases of each record."""
    first = next((line for line in stream if line.strip()), b"")
    if first.startswith(b"@"):
        yield from _fastq(source, first, stream)
    elif first.startswith(b">"):
        yield from _fasta(first, stream)
    elif first:
        raise InputError(source, f"begins with {first[:20].decode('latin-1')!r}", EXPECTED)


def _fasta(first: bytes, stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    name, parts = _name(first), list[bytes]()
    for line in stream:
        if line.startswith(b">"):
            yield name, b"".join(parts)
            name, parts = _name(line), []
        else:
            parts.append(line.strip())
    yield name, b"".join(parts)


def _fastq(source: str, first: bytes, stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    name, number = first, 1
    while name.strip():
        bases, plus, qualities = stream.readline(), stream.readline(), stream.readline()
        if not plus.startswith(b"+") or len(bases.strip()) != len(qualities.strip()):
            found = f"record {number:,} is no FASTQ (four lines: @name, bases, +, qualities)"
            raise InputError(source, found, EXPECTED)
        yield _name(name), bases.strip()
        name, number = stream.readline(), number + 1


def _name(line: bytes) -> bytes:
    words = line[1:].split(None, 1)
    return words[0] if words else b""


def _coded(counts: Counter[bytes], reads: int) -> ReadSet:
    """Sorted by sequence, so that the order of the file does not matter."""
    rows = sorted(sequence for sequence in counts if not sequence.translate(None, b"ACGTU"))
    words = np.zeros(len(rows), np.uint64)
    for length in range(SHORTEST, LONGEST + 1):
        which = np.array([row for row, sequence in enumerate(rows) if len(sequence) == length], np.int64)
        if len(which):
            letters = np.frombuffer(b"".join(rows[row] for row in which), np.uint8).reshape(-1, length)
            words[which] = packed(CODES[letters])
    length_of = np.array([len(sequence) for sequence in rows], np.uint8)
    return ReadSet(words, length_of, np.array([counts[row] for row in rows], np.float64), reads)


def packed(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Codes 0..3 of sequences of one length, (n, length) → words of two bits a base."""
    words = np.zeros(len(codes), np.uint64)
    for column in codes.T:
        words = (words << np.uint64(2)) | column.astype(np.uint64)
    return words
