"""The mature arms that reads show: where most of each arm's reads begin and end."""

from __future__ import annotations

import numpy as np

from mirscan.encoding.positions import opposite
from mirscan.folding.dot_bracket import pair_table
from mirscan.reads.signature import OVERHANG, Signature
from mirscan.records import Arms, Hairpin, on_genome

ENOUGH = 10.0  # least reads of the mature arm that place it
SURE = 0.5  # share of these that begin at the same base
ENOUGH_STAR = 3.0  # reads of the other arm


def arms_of_reads(hairpin: Hairpin, found: Signature) -> Arms | None:
    """Both arms, on the plus strand of the contig; None where the reads are too few or too ragged.

    An arm with too few reads of its own is what pairs with the mature arm, with 3′ overhangs of 2 nt.
    """
    mature, star = found.mature, found.star
    if mature is None or mature.reads < ENOUGH or mature.exact < SURE:
        return None
    here = mature.start, mature.end
    other = (star.start, star.end) if star and star.reads >= ENOUGH_STAR and star.exact >= SURE else None
    other = other or _facing(hairpin, here)
    arms = [_inside(hairpin, arm) for arm in ((here, other) if mature is found.five_prime else (other, here))]
    if arms[0][1] > arms[1][0] or any(start >= end for start, end in arms):
        return None
    return Arms(*(on_genome(hairpin, arm) for arm in arms))


def _facing(hairpin: Hairpin, arm: tuple[int, int]) -> tuple[int, int]:
    """What faces an arm, with 3′ overhangs of `OVERHANG` nt at both ends."""
    facing = opposite(pair_table(hairpin.structure))
    first, last = np.clip((arm[0], arm[1] - 1 - OVERHANG), 0, len(hairpin) - 1).tolist()
    return int(facing[last]), int(facing[first]) + 1 + OVERHANG


def _inside(hairpin: Hairpin, arm: tuple[int, int]) -> tuple[int, int]:
    start, end = np.clip(arm, 0, len(hairpin)).tolist()
    return start, end
