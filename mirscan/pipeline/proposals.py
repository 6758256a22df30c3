"""Arms that evidence from outside the sequence proposes: a hairpin that holds one is always looked at.

Reads lie on the genome before anything is folded. A stack of them that begins at one base may be an arm:
every candidate of the sieve that holds it is folded and scored, whatever the prefilters say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.sieve.candidates import Candidates

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
