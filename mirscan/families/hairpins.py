"""The hairpin around a match: in which the arm lies on the stem where an arm lies.

A match says where one arm is, and perhaps the other. What lies around is folded, in windows that let the
match be the arm that it looks like; the window in which most of the arm pairs with the other side is trimmed
to the stem. So a place is looked at whether the sieve and the prefilter thought of it or not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes
from mirscan.families.index import FIVE, FamilyIndex
from mirscan.families.packing import ARM
from mirscan.families.search import Matches
from mirscan.folding.quickfold import folds
from mirscan.runtime.compiled import compiled

FLANK = 14  # nt folded beyond the arms: the lower stem of a primary transcript
LENGTHS = (
    56,
    66,
    80,
)  # nt from the first base of the 5′ arm to the last of the 3′ arm, where only one is known
PLANT_LENGTHS = (80, 120, 180)
OTHER_IN_PLACE = 7  # mismatches of the other arm up to which its place is trusted
PAIRED = 10  # nucleotides of an arm that pair with the other side, at least
ASTRAY = 3  # that pair with its own side, at most

Places = NDArray[np.int64]


def around(codes: Codes, found: Matches, index: FamilyIndex) -> tuple[Places, Places]:
    """The hairpins around some matches, each once, by their starts.

    Args:
        codes: uint8 (n,), the strand in which they were found.
        found: The matches.
        index: Of their arms.

    Returns:
        First base and end of each hairpin, int64; a match around which there is none gives none.
    """
    if not len(found):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    row, start, end = _windows(found, index)
    return stems(codes, found.at[row], index.side[found.arm[row]] == FIVE, start, end)


def stems(
    codes: Codes, at: Places, five: NDArray[np.bool_], start: Places, end: Places
) -> tuple[Places, Places]:
    """The stems that hold some arms, each once, by their starts: of the windows of an arm the best.

    Args:
        codes: uint8 (n,), the sequence.
        at: int64 (m,), first base of the arm that each window is folded for.
        five: bool (m,), whether it is taken for a 5′ arm.
        start: int64 (m,), first base of each window.
        end: int64 (m,), one past its last.

    Returns:
        First base and end of each stem, int64; an arm that pairs with nothing gives none.
    """
    start, end = _within_known(codes, at, start, end)
    table = np.stack([at, five, start, end])[:, end - start >= 2 * ARM]
    at, number, start, end = np.unique(table, axis=1)  # many arms of a family match the same place
    five = number.astype(np.bool_)
    folded = folds(codes, start, end)
    first, last, paired = _trim(folded.text, folded.offsets, start, at, five)
    best: dict[tuple[int, int], int] = {}
    for window in np.flatnonzero(paired >= PAIRED).tolist():
        match = int(at[window]), int(five[window])
        if match not in best or paired[window] > paired[best[match]]:
            best[match] = window
    spans = sorted({(int(first[window]), int(last[window])) for window in best.values()})
    both = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _windows(found: Matches, index: FamilyIndex) -> tuple[Places, Places, Places]:
    """Row, first base and end of each window worth a fold."""
    five = index.side[found.arm] == FIVE
    plant = index.plant[found.arm]
    parts = []
    known = (found.other_at >= 0) & (found.other <= OTHER_IN_PLACE)
    rows = np.flatnonzero(known)
    first = np.minimum(found.at, found.other_at)[rows]
    last = np.maximum(found.at, found.other_at)[rows] + ARM
    parts.append((rows, first - FLANK, last + FLANK))
    for plants, lengths in ((False, LENGTHS), (True, PLANT_LENGTHS)):
        rows = np.flatnonzero(~known & (plant == plants))
        for length in lengths:
            start = np.where(five[rows], found.at[rows], found.at[rows] + ARM - length)
            parts.append((rows, start - FLANK, start + length + FLANK))
    row, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, start, end


def _within_known(codes: Codes, at: Places, start: Places, end: Places) -> tuple[Places, Places]:
    """Windows cut where the known bases around their matches end."""
    unknown = np.flatnonzero(codes >= UNKNOWN)
    borders = np.concatenate([[-1], unknown, [len(codes)]])
    first = borders[np.searchsorted(unknown, at, side="right")] + 1
    last = borders[np.searchsorted(unknown, at) + 1]
    return np.maximum(start, first), np.minimum(end, last)


def placed(structure: str, at: int, five: bool) -> int:
    """Nucleotides of an arm that pair with the other side of the hairpin; 0 where it lies astray.

    Args:
        structure: Dot-bracket.
        at: First base of the arm.
        five: Whether it is a 5′ arm.
    """
    text = np.frombuffer(structure.encode(), dtype=np.uint8)
    return int(_across(_partners(text), at, five))


@compiled()
def _partners(text: Codes) -> Places:
    """The partner of each base of a dot-bracket; -1 for none."""
    partner = np.full(len(text), -1, dtype=np.int64)
    stack = np.empty(len(text), dtype=np.int64)
    depth = 0
    for at in range(len(text)):
        if text[at] == ord("("):
            stack[depth] = at
            depth += 1
        elif text[at] == ord(")") and depth:
            depth -= 1
            partner[at], partner[stack[depth]] = stack[depth], at
    return partner


@compiled()
def _across(partner: Places, at: int, five: bool) -> int:
    """Bases of an arm that pair with the other side; 0 where too many pair elsewhere."""
    across, astray = 0, 0
    for base in range(max(at, 0), min(at + 22, len(partner))):
        other = partner[base]
        if other >= 0:
            right = other >= at + 22 if five else other < at
            across += right
            astray += not right
    return across if astray <= ASTRAY else 0


@compiled()
def _trim(
    text: Codes, offsets: Places, start: Places, at: Places, five: NDArray[np.bool_]
) -> tuple[Places, Places, Places]:
    """The stem of each fold that holds its arm: first base, end, and how many of the arm's bases pair so."""
    n = len(start)
    first, last, paired = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for row in range(n):
        partner = _partners(text[offsets[row] : offsets[row + 1]])
        arm = at[row] - start[row]
        paired[row] = _across(partner, arm, five[row])
        if paired[row] == 0:
            continue
        left, right = arm, arm + 22
        for base in range(max(arm, 0), min(arm + 22, len(partner))):
            other = partner[base]
            if other >= 0 and (other >= arm + 22 if five[row] else other < arm):
                left, right = min(left, other), max(right, other + 1)
        for base in range(left):
            if partner[base] >= right:
                left, right = base, partner[base] + 1
                break
        first[row], last[row] = start[row] + left, start[row] + right
    return first, last, paired
