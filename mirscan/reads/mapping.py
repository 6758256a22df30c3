"""Reads mapped to the genome by mirscan itself: exactly, or else with one mismatch; no gaps.

A read of length L with at most one mismatch has its first or its second half whole. Each half's bases, up to
11, are the key of a table; every position of the genome is looked up in both, on both strands, and what is
found is held against the genome, two bits a base, by one exclusive or.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.genome.access import Genome
from mirscan.reads.places import LONGEST, SHORTEST, Pile, Places
from mirscan.reads.sequences import CODES, ReadSet
from mirscan.runtime.compiled import compiled

KEYS = (9, 10, 11)  # bases of a key, by the length of the read: 18 and 19, 20 and 21, 22 and more
MOST_PLACES = 100  # of a read; one that fits in more says nothing of any
BLOCK = 1 << 20  # bases mapped at a time

Words = NDArray[np.uint64]
Ints = NDArray[np.int64]
# Whether any read has a key, a bit each, which stays in a processor's cache; where the reads of each key
# begin in a list, int32 (4^key + 1,); and the list, rows of the read set.
Half = tuple[NDArray[np.uint8], NDArray[np.int32], Ints]


@dataclass(frozen=True, slots=True)
class Table:
    """The reads of a size of key, by the key of their first and of their second half.

    Attributes:
        first: By the key of the first half, see `Half`.
        second: By that of the second.
    """

    first: Half
    second: Half

    @classmethod
    def of(cls, reads: ReadSet, key: int) -> Table:
        """The table of those reads whose halves have this size."""
        size = np.minimum(reads.length // 2, KEYS[-1])
        rows = np.flatnonzero(size == key)
        length = reads.length[rows].astype(np.uint64)
        return cls(*(_listed(_bases(reads.words[rows], length, at, key), rows, key) for at in (0, key)))


def _bases(words: Words, length: Words, at: int, key: int) -> Ints:
    """The number of `key` bases from base `at` of each read on."""
    shift = np.uint64(2) * (length - np.uint64(at + key))
    return ((words >> shift) & np.uint64(4**key - 1)).astype(np.int64)


def _listed(keys: Ints, rows: Ints, key: int) -> Half:
    number = np.bincount(keys, minlength=4**key)
    begins = np.concatenate([[0], np.cumsum(number)]).astype(np.int32)
    return np.packbits(number > 0, bitorder="little"), begins, rows[np.argsort(keys, kind="stable")]


def map_reads(reads: ReadSet, genome: Genome, sample: str) -> Places:
    """The places of reads on a genome; a read counts in each of its best places with an equal share.

    Args:
        reads: The library.
        genome: Where to look, both strands.
        sample: What the library is called.
    """
    tables = [Table.of(reads, key) for key in KEYS]
    places = np.zeros((2, len(reads)), np.int64)  # of each read, without a mismatch and with one
    found = {contig.name: _of_contig(reads, tables, genome, contig.name, places) for contig in genome.contigs}
    best = np.zeros(len(reads), np.int64)
    best[places[0] == 0] = 1
    count = places[best, np.arange(len(reads))]
    share = np.where((count > 0) & (count <= MOST_PLACES), reads.count / np.maximum(count, 1), 0.0)
    kept = Places(sample)
    for contig, (rows, start, minus, mismatches) in found.items():
        here = (mismatches == best[rows]) & (share[rows] > 0)
        pile = Pile(start[here], reads.length[rows[here]], minus[here], share[rows[here]].astype(np.float32))
        kept.add(contig, pile.collapsed())
    return kept.ready()


Found = tuple[Ints, NDArray[np.int32], NDArray[np.bool_], NDArray[np.uint8]]


def _of_contig(reads: ReadSet, tables: list[Table], genome: Genome, contig: str, places: Ints) -> Found:
    """Row, first base, strand and mismatches of every place on a contig that may count; see `_counted`."""
    parts = [_counted(part, places) for part in _blocks(reads, tables, genome, contig)]
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.bool_), np.zeros(0, np.uint8)
    rows, start, minus, mismatches = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, start, minus, mismatches


def _counted(part: Found, places: Ints) -> Found:
    """Those of some places that may count by what is known so far, so that a read holds no more than so many.

    Args:
        part: The places of a block.
        places: int64 (2, reads), the places of each read so far by mismatches; these are added.
    """
    rows, start, minus, mismatches = part
    np.add.at(places, (mismatches, rows), 1)
    wanted = (places[mismatches, rows] <= MOST_PLACES) & ((mismatches == 0) | (places[0, rows] == 0))
    return rows[wanted], start[wanted], minus[wanted], mismatches[wanted]


def _blocks(reads: ReadSet, tables: list[Table], genome: Genome, contig: str) -> Iterator[Found]:
    length = genome.length(contig)
    for begin in range(0, length, BLOCK):
        end = min(begin + BLOCK + LONGEST, length)
        plus = CODES[np.frombuffer(genome.fetch(contig, begin, end).encode(), np.uint8)]
        minus = np.where(plus < 4, 3 - plus, 4)[::-1]
        for strand, codes in enumerate((plus, np.ascontiguousarray(minus))):
            for key, table in zip(KEYS, tables, strict=True):
                yield _in_block(reads, table, key, codes, bool(strand), begin)


def _in_block(
    reads: ReadSet, table: Table, key: int, codes: NDArray[np.uint8], minus: bool, begin: int
) -> Found:
    """The places whose first base on the plus strand lies in the first `BLOCK` bases."""
    room = 1 << 16
    while True:
        rows, at, mismatches = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
        number = _scan(codes, reads.words, reads.length, key, table.first, table.second, rows, at, mismatches)
        if number <= room:
            break
        room = number
    rows, at, mismatches = rows[:number], at[:number], mismatches[:number]
    start = len(codes) - at - reads.length[rows] if minus else at
    inside = start < BLOCK
    strand = np.full(int(inside.sum()), minus)
    return rows[inside], (begin + start[inside]).astype(np.int32), strand, mismatches[inside]


@compiled()
def _scan(
    codes: NDArray[np.uint8],
    words: Words,
    length: NDArray[np.uint8],
    key: int,
    first: Half,
    second: Half,
    rows: Ints,
    at: Ints,
    mismatches: NDArray[np.uint8],
) -> int:
    """Write the places of a table's reads into the last three arrays; how many there are, room or not."""
    low = np.uint64(0x5555555555555555)
    two = np.uint64(2)
    count = 0
    window = np.uint64(0)
    for end in range(
        len(codes) + LONGEST - SHORTEST
    ):  # behind the last base: unknown ones, which match nothing
        code = np.uint64(codes[end] & 3) if end < len(codes) else np.uint64(0)
        window = ((window << two) | code) & np.uint64((1 << 2 * LONGEST) - 1)
        position = end - LONGEST + 1
        if position < 0:
            continue
        left = window >> np.uint64(2 * (LONGEST - key))
        right = (window >> np.uint64(2 * (LONGEST - 2 * key))) & np.uint64(4**key - 1)
        for half in range(2):
            there, begins, listed = first if half == 0 else second
            number = np.int64(left) if half == 0 else np.int64(right)
            if not there[number >> 3] >> np.uint8(number & 7) & 1:
                continue
            for place in range(begins[number], begins[number + 1]):
                row = listed[place]
                bases = np.int64(length[row])
                if position + bases > len(codes):
                    continue
                difference = (window >> np.uint64(2 * (LONGEST - bases))) ^ words[row]
                wrong = (difference | (difference >> np.uint64(1))) & low
                if wrong & (wrong - np.uint64(1)):
                    continue  # two mismatches or more
                if half == 1 and (wrong >> np.uint64(2 * (bases - key))) == 0:
                    continue  # its first half is whole: found there
                if (codes[position : position + bases] < 4).all():
                    if count < len(rows):
                        rows[count], at[count], mismatches[count] = row, position, np.uint8(wrong != 0)
                    count += 1
    return count
