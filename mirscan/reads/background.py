"""Reads that stand out of what lies all over a place: a decaying transcript must not hide the microRNA in it.

What decays leaves reads that begin anywhere; what Dicer cuts begins at a base or two. The level of the former
is the mean number of reads that begin at a base, the highest bases left out, and is taken off every base.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.places import Pile
from mirscan.records import Hairpin

HIGHEST = 0.2  # of the bases, which may be stacks and do not count for the level
DEVIATIONS = 3.0  # of the level's Poisson noise that are taken off with it


def standing_out(hairpin: Hairpin, pile: Pile) -> Pile:
    """The reads without those to expect from the level on the hairpin; the same pile where there is none.

    Args:
        hairpin: Where.
        pile: The reads within `NEAR` of it, both strands.
    """
    kept = np.ones(len(pile))
    place = pile.five_prime.astype(np.int64) - hairpin.start
    inside = (place >= 0) & (place < len(hairpin))
    for minus in (False, True):
        mine = pile.minus == minus
        row, of = np.unique(place[mine], return_inverse=True)
        begins = np.bincount(of, pile.weight[mine], len(row)).astype(np.float64)
        here = mine & inside
        level = level_of(np.bincount(place[here], pile.weight[here], len(hairpin)).astype(np.float64))
        kept[mine] = share_above(begins, level)[of]
    if (kept == 1).all():
        return pile
    some = kept > 0
    return replace(pile.take(some), weight=(pile.weight * kept)[some].astype(np.float32))


def level_of(begins: NDArray[np.float64]) -> NDArray[np.float64]:
    """The level of some stretches: the mean of all but the highest bases.

    Args:
        begins: float64 (…, bases), reads that begin at each base.

    Returns:
        float64 (…, 1), reads.
    """
    low = np.sort(begins, axis=-1)[..., : int(begins.shape[-1] * (1 - HIGHEST))]
    level: NDArray[np.float64] = low.mean(axis=-1, keepdims=True)
    return level


def share_above(begins: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the reads that begin at each base, the share that stands out of a level, 0..1."""
    off = level + DEVIATIONS * np.sqrt(level)
    share: NDArray[np.float64] = np.clip(1 - off / np.maximum(begins, 1e-9), 0, 1)
    return share
