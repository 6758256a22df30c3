"""The index of known families: precursors by their two arms, laid out so that a genome is searched quickly.

A table of precursors (`Precursors`) is what `weights/families` holds. From it come the distinct arms, sorted
by family and side, and the words by which a search finds them (`FamilyIndex`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.families.packing import ARM, NOTHING, SEED, Packed
from mirscan.families.species import members
from mirscan.runtime.rowwise import Rowwise

WORD = 9  # nt that a match shares with its arm without a gap, anywhere; or its seed
SIMPLE = 10  # different words of three letters in an arm, up to which it is simple sequence and finds nothing
FIVE, THREE = 0, 1  # sides of a hairpin, by the strand of the stem

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Precursors(Rowwise):
    """n precursors of known families.

    Attributes:
        names: Of each, as its source names it.
        species: Code of its species.
        families: Name of its family.
        five: uint64 (n,), its packed 5′ arm; `NOTHING` where nobody knows it.
        three: uint64 (n,), its 3′ arm.
        plant: bool (n,); the arms of plants may lie further apart.
    """

    names: Sequence[str]
    species: Sequence[str]
    families: Sequence[str]
    five: Packed
    three: Packed
    plant: NDArray[np.bool_]

    def without(self, clades: Collection[str]) -> Precursors:
        """Those that belong to no species of some clades; see `species.members`."""
        left_out = frozenset[str]().union(*(members(clade) for clade in clades))
        return self.take([row for row, code in enumerate(self.species) if code not in left_out])

    @property
    def arms(self) -> tuple[Packed, Packed]:
        """The arms of both sides."""
        return self.five, self.three


@dataclass(frozen=True, slots=True)
class FamilyIndex:
    """The distinct arms of all families; a arms, f families.

    Attributes:
        precursors: Of which it is made.
        names: Names of the families, sorted.
        arm: uint64 (a,), packed, sorted by family, side and number.
        side: uint8 (a,), `FIVE` or `THREE`.
        family: int32 (a,).
        plant: bool (a,).
        of: int32 (2 f + 1,), where the arms of each family and side begin, the last one's end included.
        words: Where the entries of each word begin: int32 (4^WORD + 1,); none of simple sequence.
        word_arm: int32, the arm of each entry.
        word_at: uint8, where in the arm the word lies.
        seeds: Where the entries of each seed begin: int32 (4^7 + 1,); none of simple sequence.
        seed_arm: int32, the arm of each entry.
        distinct: int64 (a,), different words of three letters in each arm; few in simple sequence.
        scattered: float64 (f,), bits by which the family matches more background than chance would.
    """

    precursors: Precursors
    names: Sequence[str]
    arm: Packed
    side: NDArray[np.uint8]
    family: Rows
    plant: NDArray[np.bool_]
    of: Rows
    words: Rows
    word_arm: Rows
    word_at: NDArray[np.uint8]
    seeds: Rows
    seed_arm: Rows
    distinct: NDArray[np.int64]
    scattered: NDArray[np.float64]

    @classmethod
    def of_precursors(
        cls, precursors: Precursors, scattered: Mapping[str, float] | None = None
    ) -> FamilyIndex:
        """Lay out the arms of some precursors.

        Args:
            precursors: At least one.
            scattered: Name of a family → bits; 0 for those that it lacks.
        """
        names, family = np.unique(np.array([*precursors.families], dtype=object), return_inverse=True)
        table = np.concatenate(
            [
                np.stack([2 * family + side, arms, precursors.plant], axis=1).astype(np.uint64)
                for side, arms in enumerate(precursors.arms)
            ]
        )
        table = np.unique(table[table[:, 1] != NOTHING], axis=0)
        group, arm = table[:, 0].astype(np.int32), table[:, 1].copy()
        distinct = distinct_words(arm)
        rows = np.flatnonzero(distinct > SIMPLE)
        first, last = SEED
        words, entries = _sorted(
            np.concatenate([_runs(arm[rows], at, WORD) for at in range(ARM - WORD + 1)]), WORD
        )
        seeds, seed_rows = _sorted(_runs(arm[rows], first, last - first), last - first)
        return cls(
            precursors,
            names.tolist(),
            arm,
            (group % 2).astype(np.uint8),
            group // 2,
            table[:, 2].astype(np.bool_),
            np.searchsorted(group, np.arange(2 * len(names) + 1)).astype(np.int32),
            words,
            rows[entries % max(len(rows), 1)].astype(np.int32),
            (entries // max(len(rows), 1)).astype(np.uint8),
            seeds,
            rows[seed_rows].astype(np.int32),
            distinct,
            np.array([(scattered or {}).get(name, 0.0) for name in names]),
        )


def _runs(arm: Packed, at: int, length: int) -> NDArray[np.int64]:
    """The letters of each arm from one place on, as a number."""
    runs: NDArray[np.int64] = ((arm >> np.uint64(2 * (ARM - at - length))) & np.uint64(4**length - 1)).astype(
        np.int64
    )
    return runs


def _sorted(values: NDArray[np.int64], length: int) -> tuple[Rows, NDArray[np.int64]]:
    """Where the entries of each word begin, and the entries, by a sort that keeps ties in order."""
    order = np.argsort(values, kind="stable")
    return np.searchsorted(values[order], np.arange(4**length + 1)).astype(np.int32), order


def distinct_words(arm: Packed) -> NDArray[np.int64]:
    """How many different words of three letters each packed arm holds, 1..20: few in simple sequence."""
    words = np.stack([(arm >> np.uint64(2 * at)) & np.uint64(63) for at in range(ARM - 2)], axis=1)
    words.sort(axis=1)
    count: NDArray[np.int64] = 1 + (np.diff(words.astype(np.int64), axis=1) != 0).sum(axis=1)
    return count
