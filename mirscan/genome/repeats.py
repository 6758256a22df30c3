"""Sequence that a genome repeats: a hairpin of it is rather a transposon's or microsatellite's than a gene's.

A genome's words of 14 nt are counted in blocks, each word once a block and whatever its strand: what stands
in many blocks is scattered over the genome as transposons are, while the copies of a cluster of genes lie in
one or two. Of a large genome evenly spaced blocks are enough; one of fewer than three blocks repeats nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from math import ceil

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.genome.access import Genome
from mirscan.genome.words import NO_WORD, words

WORD = 14  # nt; by chance a block holds a given one in one case of 500
BLOCK = 2**18  # nt
BLOCKS = 64  # looked at in a genome of 17 Mb and more
FEWEST, DENSITY = 3, 0.05  # a word is repeated when it stands in so many blocks, and in this share of them

Words = NDArray[np.uint32]


class Repeats:
    """The repeated words of a genome, counted when they are first asked for."""

    def __init__(self, genome: Genome) -> None:
        self._genome = genome

    def share(self, sequence: str) -> float:
        """The share of a sequence's different words that the genome repeats, 0..1 in steps of 0.001.

        Args:
            sequence: Letters of either strand, DNA or RNA; where it is too short for a word, the share is 0.
        """
        distinct = _distinct(either_strand(sequence))
        if not len(distinct) or not len(self._repeated):
            return 0.0
        places = np.searchsorted(self._repeated, distinct).clip(max=len(self._repeated) - 1)
        return round(float(np.mean(self._repeated[places] == distinct)), 3)

    @cached_property
    def _repeated(self) -> Words:
        """The repeated words, sorted."""
        parts = [_distinct(either_strand(block)) for block in _blocks(self._genome)]
        fewest = max(FEWEST, ceil(DENSITY * len(parts)))
        everywhere = np.concatenate([np.zeros(0, np.uint32), *parts])
        everywhere.sort()
        last = everywhere[fewest - 1 :]
        return _distinct(last[last == everywhere[: len(last)]])


def either_strand(sequence: str) -> Words:
    """The words of a sequence, each as the lesser of itself and its reverse complement; none with an N."""
    codes = encode(sequence)
    forward, backward = (words(strand, WORD) for strand in (codes, reverse_complement_codes(codes)))
    lesser = np.minimum(forward, backward[::-1])
    known: Words = lesser[lesser != NO_WORD].astype(np.uint32)
    return known


def _distinct(found: Words) -> Words:
    """Words in order, each once. numpy's `unique` hashes them, which takes a hundred times as long."""
    ordered = np.sort(found)
    first = np.append(np.ones(min(1, len(ordered)), np.bool_), ordered[1:] != ordered[:-1])
    distinct: Words = ordered[first]
    return distinct


def _blocks(genome: Genome) -> Iterator[str]:
    """The blocks looked at, of the contigs laid end to end; no word reaches from one into the next."""
    ends = list(accumulate(contig.length for contig in genome.contigs))
    total = ends[-1]
    count = min(BLOCKS, ceil(total / BLOCK))
    step = max(BLOCK, total / count)
    for number in range(count):
        start = int(number * step)
        yield "N".join(_pieces(genome, ends, start, min(start + BLOCK, total)))


def _pieces(genome: Genome, ends: list[int], start: int, end: int) -> Iterator[str]:
    """The bases of a stretch of the contigs laid end to end, contig by contig."""
    for number in range(bisect_right(ends, start), len(ends)):
        contig, offset = genome.contigs[number], ends[number] - genome.contigs[number].length
        if offset >= end:
            return
        yield genome.fetch(contig.name, max(start - offset, 0), min(end - offset, contig.length))
