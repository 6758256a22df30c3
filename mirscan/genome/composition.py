"""What a stretch of sequence is like as a whole: how much of CpG is left, how much of it may be coding."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN, Codes, encode, reverse_complement_codes
from mirscan.genome.access import Genome

BLOCK = 50_000  # nt read at a time, evenly over the genome
CHANCE = 1e-3  # share of reading frames that stay open by chance for as long as one that counts
A, C, G, U = range(4)


def sample(genome: Genome, bases: int) -> Codes:
    """Blocks of a genome, evenly spread and parted by unknown bases; all of it where it has no more.

    Args:
        genome: Open.
        bases: How many in all, about.

    Returns:
        uint8, codes of the plus strand. The same for the same genome.

    Raises:
        InputError: It cannot be read any more.
    """
    pieces = [genome.fetch(*place) for place in _blocks(genome.lengths, bases)]
    return encode("N".join(pieces))


def _blocks(lengths: Mapping[str, int], bases: int) -> Iterator[tuple[str, int, int]]:
    """Contig, start and end of the blocks: each that is due, as the genome goes by."""
    share = bases / max(sum(lengths.values()), 1)
    passed, taken = 0, 0
    for contig, length in lengths.items():
        for start in range(0, length, BLOCK):
            end = min(start + BLOCK, length)
            if share >= 1 or taken <= share * passed:
                yield contig, start, end
                taken += end - start
            passed += end - start


def cpg(codes: Codes) -> float | None:
    """How many CpG there are for each that its letters let expect: vertebrates have lost four of five.

    Args:
        codes: uint8 (n,).

    Returns:
        0 and more; None where the letters let expect none.
    """
    here, there = codes[:-1], codes[1:]
    both = (here < UNKNOWN) & (there < UNKNOWN)
    expected = float((here[both] == C).mean() * (there[both] == G).mean()) if both.any() else 0.0
    return float(((here == C) & (there == G))[both].mean()) / expected if expected else None


def open_share(codes: Codes) -> float:
    """The share of known bases that lie in a reading frame, of any six, open for longer than by chance.

    Genes without introns fill the genomes of bacteria, yeasts and viruses; those of animals and plants are
    mostly not coding.

    Args:
        codes: uint8 (n,).

    Returns:
        0..1.
    """
    known = codes < UNKNOWN
    if not known.any():
        return 0.0
    shares = np.bincount(codes[known], minlength=len(LETTERS)) / known.sum()
    strong, weak = (shares[C] + shares[G]) / 2, (shares[A] + shares[U]) / 2
    stop = weak**3 + 2 * weak**2 * strong  # UAA, UAG, UGA, on either strand
    if not 0 < stop < 1:
        return 0.0
    codons = math.ceil(math.log(CHANCE) / math.log1p(-stop))
    covered = _in_long_frames(codes, codons)
    covered |= _in_long_frames(reverse_complement_codes(codes), codons)[::-1]
    return float(covered[known].mean())


def _in_long_frames(codes: Codes, codons: int) -> NDArray[np.bool_]:
    """Which bases lie in an open frame of so many codons or more, bool (n,), on one strand."""
    covered = np.zeros(len(codes), dtype=np.bool_)
    for start, end in long_frames(codes, codons):
        covered[start:end] = True
    return covered


def long_frames(codes: Codes, codons: int) -> Iterator[tuple[int, int]]:
    """First base and end of each frame of one strand without a stop for so many codons or more."""
    first, second, third = codes[:-2], codes[1:-1], codes[2:]
    purines = ((second == A) & ((third == A) | (third == G))) | ((second == G) & (third == A))
    closed = ((first == U) & purines) | (first >= UNKNOWN)
    for frame in range(3):
        ends = np.append(np.flatnonzero(closed[frame::3]), len(closed[frame::3]))
        starts = np.append(0, ends[:-1] + 1)
        for start, end in zip(*(each[ends - starts >= codons] for each in (starts, ends)), strict=True):
            yield frame + 3 * int(start), frame + 3 * int(end)
