"""Decoy sequence: what a genome would look like without any microRNA, made from the genome itself.

A shuffle keeps how often each nucleotide follows each other (Altschul & Erickson 1985), and with it the
stability that stacking gives by chance. Reversed sequence, read 3′ to 5′ and not complemented, keeps the
composition, the repeats and the inverted repeats as well: every stem of the genome is still a stem.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN
from mirscan.runtime.compiled import compiled

Codes = NDArray[np.uint8]
Places = NDArray[np.int64]
LETTERS = UNKNOWN + 1  # A C G U and anything else


def shuffled(codes: Codes, random: np.random.Generator) -> Codes:
    """A random rearrangement with exactly the same dinucleotides.

    Every sequence with the counts of `codes` is equally likely; the first and the last base stay.

    Args:
        codes: uint8 (n,), values 0..4.
        random: Draws the rearrangement.

    Returns:
        uint8 (n,).
    """
    path: Codes = _shuffled(codes, random) if len(codes) > 2 else codes.copy()
    return path


@compiled()
def _shuffled(codes: Codes, random: np.random.Generator) -> Codes:
    """An Euler path through the multigraph of dinucleotides, drawn uniformly.

    The last exit of each letter must lead, by other last exits, to the final letter; all else is free.
    """
    first, exits = _exits(codes)
    last = _last_exits(codes[-1], first, exits, random)
    for letter in range(LETTERS):
        start, end = first[letter], first[letter + 1]
        if last[letter] >= 0:
            end -= 1
            exits[last[letter]], exits[end] = exits[end], exits[last[letter]]
        for at in range(end - 1, start, -1):
            other = start + random.integers(0, at - start + 1)
            exits[at], exits[other] = exits[other], exits[at]
    path = np.empty(codes.shape[0], dtype=np.uint8)
    path[0] = codes[0]
    for at in range(1, codes.shape[0]):
        letter = path[at - 1]
        path[at] = exits[first[letter]]
        first[letter] += 1
    return path


@compiled(inner=True)
def _exits(codes: Codes) -> tuple[Places, Codes]:
    """The successors of each letter, one letter after the other, and where those of each begin."""
    first = np.zeros(LETTERS + 1, dtype=np.int64)
    for code in codes[:-1]:
        first[code + 1] += 1
    for letter in range(LETTERS):
        first[letter + 1] += first[letter]
    filled = first.copy()
    exits = np.empty(codes.shape[0] - 1, dtype=np.uint8)
    for at in range(codes.shape[0] - 1):
        exits[filled[codes[at]]] = codes[at + 1]
        filled[codes[at]] += 1
    return first, exits


@compiled(inner=True)
def _last_exits(final: int, first: Places, exits: Codes, random: np.random.Generator) -> Places:
    """The exit of each letter in a random spanning tree towards the final one (Wilson 1996), -1 for none."""
    last = np.full(LETTERS, -1, dtype=np.int64)
    in_tree = np.zeros(LETTERS, dtype=np.bool_)
    in_tree[final] = True
    for letter in range(LETTERS):
        if first[letter] == first[letter + 1]:
            continue
        at = letter
        while not in_tree[at]:
            last[at] = first[at] + random.integers(0, first[at + 1] - first[at])
            at = exits[last[at]]
        at = letter
        while not in_tree[at]:
            in_tree[at] = True
            at = exits[last[at]]
    return last
