"""Which sequences are related: what must not stand on both sides of a split.

Sequences are related where they share a word, a run of letters as the arms of one family do; and relatives of
relatives are, too. A score that was measured on relatives of the training set says little of new sequences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

ARM = 18  # nt; arms of one family share so many, and longer words than this would tear families apart
SHORTEST_WORD = 12  # nt; below, short seeds alone would join families
BY_CHANCE = 0.01  # of the sequences, pairs that may share a word by chance: they would join families
SIMPLE = 6  # distinct triplets of a word: `UGUGUG…` has fewer, and those who share it need not be related

Name = TypeVar("Name", str, int)


def joined(names: Sequence[Name], pieces: Iterable[Iterable[str]]) -> list[Name]:
    """A name for each sequence, the same for all that are related.

    Names are joined, again and again, where any two sequences that bear them share a piece; the joined one
    takes the smaller name.

    Args:
        names: n names that can be ordered; equal for sequences known to be related.
        pieces: What each of the n sequences holds.
    """
    parent = {name: name for name in names}

    def root(name: Name) -> Name:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[str, Name] = {}
    for name, its_pieces in zip(names, pieces, strict=True):
        for piece in its_pieces:
            one, other = sorted((root(first.setdefault(piece, name)), root(name)))
            parent[other] = one
    return [root(name) for name in names]


def words(sequence: str, length: int) -> set[str]:
    """The distinct runs of `length` letters."""
    return {sequence[i : i + length] for i in range(len(sequence) - length + 1)}


def telling_words(sequence: str, length: int) -> Iterator[str]:
    """Those words that relatives share and strangers do not: without N, and no simple repeats."""
    for word in words(sequence, length):
        if "N" not in word and len({word[i : i + 3] for i in range(length - 2)}) >= SIMPLE:
            yield word


def word_length(sequences: Sequence[str]) -> int:
    """The shortest word that strangers among some sequences seldom share, `SHORTEST_WORD`..`ARM` nt."""
    letters = sum(map(len, sequences))
    pairs = max(BY_CHANCE * len(sequences), 1)
    needed = math.ceil(math.log(max(letters**2 / 2 / pairs, 1), 4))
    return min(max(needed, SHORTEST_WORD), ARM)


def groups(sequences: Sequence[str], length: int | None = None) -> NDArray[np.int64]:
    """The group of relatives of each sequence, (n,), numbered by their first members: 0, 1, ….

    Args:
        sequences: n sequences of RNA letters.
        length: Letters of a shared word; None for `word_length` of these sequences.
    """
    length = word_length(sequences) if length is None else length
    names = joined(range(len(sequences)), (telling_words(each, length) for each in sequences))
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def related_to(sequences: Sequence[str], others: Sequence[str]) -> NDArray[np.bool_]:
    """Which sequences share a word with any of the others, (n,); see `groups`."""
    length = word_length([*sequences, *others])
    known = {word for other in others for word in telling_words(other, length)}
    shared = (any(word in known for word in telling_words(each, length)) for each in sequences)
    return np.fromiter(shared, bool, len(sequences))
