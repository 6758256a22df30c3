"""Where a sequence matches an arm of a known family, letter by letter and without gaps.

A match shares a word of nine nucleotides with the arm, anywhere in it, or its seed; it is then compared as a
whole. For each match the best place for the other arm of the same family is looked for, downstream of a 5′
arm and upstream of a 3′ arm, as far as the loop allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes
from mirscan.families.index import FIVE, WORD, FamilyIndex, Rows
from mirscan.families.packing import ARM, SEED, Packed, mismatches, windows
from mirscan.runtime.compiled import compiled
from mirscan.runtime.rowwise import Rowwise

ANYWHERE, WITH_SEED = 3, 6  # mismatches of a match; more are allowed where its seed is whole
NEAR, FAR, FAR_IN_PLANTS = 28, 100, 220  # nt between the first bases of both arms
NO_OTHER = 9  # with so many mismatches the other arm is no better than none

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matches(Rowwise):
    """n matches of arms, by position and arm.

    Attributes:
        at: int64 (n,), first base in the sequence.
        arm: int64 (n,), row of the index.
        mismatches: int64 (n,).
        seed: bool (n,), nucleotides 2 to 8 are the arm's.
        other_at: int64 (n,), first base of the best place for the other arm; -1 for none.
        other: int64 (n,), its mismatches, `NO_OTHER` at most.
    """

    at: Places
    arm: Places
    mismatches: Places
    seed: NDArray[np.bool_]
    other_at: Places
    other: Places


def matches(codes: Codes, index: FamilyIndex, most: int = WITH_SEED) -> Matches:
    """All matches in a sequence of one strand, of arms that are no simple sequence (`index.SIMPLE`).

    Args:
        codes: uint8 (n,), from `encode`.
        index: The families.
        most: Mismatches of a match at most; the other arm is not looked for where there are more.
    """
    packed, known = windows(codes)
    found = _found(
        packed,
        known,
        index.arm,
        (index.words, index.word_arm, index.word_at),
        (index.seeds, index.seed_arm),
    )
    at, arm, differ = (np.array(column, dtype=np.int64) for column in found)
    at, arm, differ = at[differ <= most], arm[differ <= most], differ[differ <= most]
    if not len(at):
        return _NONE
    group = 2 * index.family[arm].astype(np.int64) + index.side[arm]
    number = 2 * (group * len(codes) + at) + index.plant[arm]  # many arms of a family match the same place
    _, first_row, row = np.unique(number, return_index=True, return_inverse=True)
    of_each = group[first_row], at[first_row], index.plant[arm[first_row]]
    where, fewest = _others(packed, known, *of_each, index.arm, index.of)
    other_at, other = where[row], fewest[row]
    first, last = SEED
    apart = (packed[at] ^ index.arm[arm]) >> np.uint64(2 * (ARM - last))
    seed = (apart & np.uint64(4 ** (last - first) - 1)) == 0
    return Matches(at, arm, differ, seed, other_at, other)


_NO_PLACES = np.zeros(0, np.int64)
_NONE = Matches(_NO_PLACES, _NO_PLACES, _NO_PLACES, np.zeros(0, np.bool_), _NO_PLACES, _NO_PLACES)


@compiled()
def _found(
    packed: Packed,
    known: Codes,
    arms: Packed,
    words: tuple[Rows, Rows, Codes],
    seeds: tuple[Rows, Rows],
) -> tuple[list[Any], list[Any], list[Any]]:
    """Position, arm and mismatches of every match."""
    place: list[Any] = [np.int64(0)][:0]
    which: list[Any] = [np.int64(0)][:0]
    differ: list[Any] = [np.int64(0)][:0]
    first, arm_of, at_of = words
    seed_first, seed_arm = seeds
    for at in range(len(packed)):
        if known[at] >= WORD:
            word = np.int64(packed[at] >> np.uint64(2 * (ARM - WORD)))
            for entry in range(first[word], first[word + 1]):
                start = at - np.int64(at_of[entry])
                if start < 0 or known[start] < ARM:
                    continue
                arm = np.int64(arm_of[entry])
                apart = mismatches(packed[start], arms[arm])
                if apart <= ANYWHERE and _is_first(packed[start] ^ arms[arm], at - start):
                    place.append(start)
                    which.append(arm)
                    differ.append(apart)
        if known[at] == ARM:
            seed = np.int64((packed[at] >> np.uint64(2 * (ARM - SEED[1]))) & np.uint64(4**7 - 1))
            for entry in range(seed_first[seed], seed_first[seed + 1]):
                arm = np.int64(seed_arm[entry])
                apart = mismatches(packed[at], arms[arm])
                if apart <= WITH_SEED and (apart > ANYWHERE or not _has_word(packed[at] ^ arms[arm])):
                    place.append(at)
                    which.append(arm)
                    differ.append(apart)
    return place, which, differ


@compiled(inline="always")
def _is_first(apart: np.uint64, place: int) -> bool:
    """Whether no word before a place is whole, so that a match is noted once."""
    for before in range(place):
        if (apart >> np.uint64(2 * (ARM - WORD - before))) & np.uint64(4**WORD - 1) == 0:
            return False
    return True


@compiled(inline="always")
def _has_word(apart: np.uint64) -> bool:
    for place in range(ARM - WORD + 1):
        if (apart >> np.uint64(2 * (ARM - WORD - place))) & np.uint64(4**WORD - 1) == 0:
            return True
    return False


@compiled()
def _others(
    packed: Packed,
    known: Codes,
    group: Places,
    at: Places,
    plant: NDArray[np.bool_],
    arms: Packed,
    of: Rows,
) -> tuple[Places, Places]:
    """The best place for the other arm of a family, the nearest of equally good ones, and its mismatches.

    Args:
        packed: From `windows`.
        known: From `windows`.
        group: Family and side of the arm that matched, as `FamilyIndex.of` counts them.
        at: Where it matched.
        plant: Whether it is a plant's.
        arms: Those of the index.
        of: Where the arms of each group begin.
    """
    where, fewest = np.full(len(at), -1, dtype=np.int64), np.full(len(at), NO_OTHER, dtype=np.int64)
    least = np.empty(FAR_IN_PLANTS - NEAR + 1, dtype=np.int64)
    for row in range(len(at)):
        opposite, far = group[row] ^ 1, FAR_IN_PLANTS if plant[row] else FAR
        downstream = group[row] & 1 == FIVE
        first = max(at[row] + (NEAR if downstream else -far), 0)
        end = min(at[row] + (far if downstream else -NEAR) + 1, len(packed))
        here = packed[first : max(first, end)]
        least[:] = NO_OTHER
        for other in arms[of[opposite] : of[opposite + 1]]:
            for k in range(len(here)):  # without a branch, so that the compiler makes vectors of it
                least[k] = min(least[k], mismatches(here[k], other))
        for step in range(len(here)):  # from the nearest on
            k = step if downstream else len(here) - 1 - step
            if least[k] < fewest[row] and known[first + k] == ARM:
                fewest[row], where[row] = least[k], first + k
    return where, fewest
