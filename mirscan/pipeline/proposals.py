"""Arms that evidence from outside the sequence proposes: a hairpin that holds one is always looked at.

Reads lie on the genome before anything is folded. A stack of them that begins at one base may be an arm:
every candidate of the sieve that holds it is folded and scored, whatever the prefilters say. Where the sieve
offers none that fits, the surroundings are folded as if the stack were a 5′ arm, and as if it were a 3′ arm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes
from mirscan.families.hairpins import FLANK, LENGTHS, stems
from mirscan.sieve.candidates import Candidates

ALIKE = 0.8  # of the longer that a candidate of the sieve shares with a stem, which then needs no other
SLACK = 5  # nt by which an arm may reach beyond a candidate's outer pair


def holding(found: Candidates, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which candidates hold an arm, give or take `SLACK` bases at an end.

    Args:
        found: n candidates, sorted by start within each strand or not.
        start: int64 (m,), first bases of arms, in the same coordinates.
        end: int64 (m,), one past their last bases.

    Returns:
        bool (n,).
    """
    order = np.argsort(start, kind="stable")
    starts, ends = start[order], end[order]
    first = np.searchsorted(starts, found.start - SLACK)
    last = np.searchsorted(starts, found.end)
    held = np.zeros(len(found), np.bool_)
    for row in np.flatnonzero(first < last).tolist():
        held[row] = bool((ends[first[row] : last[row]] <= found.end[row] + SLACK).any())
    return held


def around(codes: Codes, start: NDArray[np.int64], end: NDArray[np.int64], held: Candidates) -> Candidates:
    """The stems around arms, where nothing that holds an arm is much the same.

    Args:
        codes: uint8 (n,), both strands.
        start: int64 (m,), first bases of arms, 5′ to 3′ in these codes.
        end: int64 (m,), one past their last bases.
        held: What holds an arm already.
    """
    at = np.tile(start, 2 * len(LENGTHS))
    five = np.repeat([True, False], len(LENGTHS) * len(start))
    length = np.tile(np.repeat(LENGTHS, len(start)), 2)
    first = np.where(five, at, np.tile(end, 2 * len(LENGTHS)) - length)
    first, last = stems(codes, at, five, first - FLANK, first + length + FLANK)
    new = np.array([not _is_alike(held, *span) for span in zip(first.tolist(), last.tolist(), strict=True)])
    new = new.astype(np.bool_)
    return Candidates(first[new], last[new], np.zeros(int(new.sum()), np.int32))


def _is_alike(held: Candidates, first: int, last: int) -> bool:
    shared = np.minimum(held.end, last) - np.maximum(held.start, first)
    return bool((shared >= ALIKE * np.maximum(held.end - held.start, last - first)).any())
