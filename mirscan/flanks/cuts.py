"""Where Drosha may cut a hairpin, and the motifs that lie around each such cut.

Nobody knows the cut of a candidate, whose ends are those of a stable fold and not of a precursor. So each
place of the stem is a possible cut, the likelier the better it lies between loop and foot of the stem.

Motifs (Auyeung 2013, Fang & Bartel 2015): UG 14 nt before the cut of the 5′ strand, where the stem opens;
CNNC that begins 16 to 18 nt after the cut of the 3′ strand, where SRSF3 binds; a lower stem of 11 pairs.
Those of the loop and of the arms the network sees itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.records import Flanks, Hairpin
from mirscan.runtime.rowwise import Rowwise

FEATURES = ("ug", "cnnc", "lower_stem")
FOOT, FOOT_SPREAD, ANYWHERE = (
    12.5,
    3.0,
    0.2,
)  # nt from the foot of the stem to the cut; where there is no foot
LOOP, LOOP_SPREAD = 25.5, 2.6  # nt from the cut to the terminal loop, on the longer strand
FARTHEST = 3  # spreads from `LOOP` beyond which no cut is looked for
OUTSIDE = 6  # nt outside the outermost pair at which a cut may still lie
OVERHANG = 2  # nt by which the 3′ end of Drosha's product is longer
UG_BEFORE = 14
CNNC_AFTER = (16, 17, 18)
LOWER_STEM = 11
_C, _G, _U = (int(code) for code in encode("CGU"))

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cuts(Rowwise):
    """The n cuts that a hairpin may have.

    Attributes:
        five_prime: int64 (n,), bases of the hairpin before the cut of the 5′ strand; negative in its flank.
        three_prime: int64 (n,), bases of the hairpin before the cut of the 3′ strand.
        log_prior: float64 (n,), natural logarithm of how likely each is by its place; they add up to 1.
        features: float64 (n, 3), 0..1 each, by `FEATURES`.
    """

    five_prime: Ints
    three_prime: Ints
    log_prior: Floats
    features: Floats


def cuts_of(hairpin: Hairpin, flanks: Flanks) -> Cuts | None:
    """The cuts that a hairpin may have; None where its stem leaves room for none."""
    places = _places(hairpin)
    if places is None:
        return None
    five, three, foot, loop = places
    by_foot = np.logaddexp(-((foot - FOOT) ** 2) / (2 * FOOT_SPREAD**2), np.log(ANYWHERE))
    log_prior = by_foot - (loop - LOOP) ** 2 / (2 * LOOP_SPREAD**2)
    features = np.stack(_measured(hairpin, flanks, five, three), axis=1)
    return Cuts(five, three, log_prior - np.logaddexp.reduce(log_prior), features)


def _places(hairpin: Hairpin) -> tuple[Ints, Ints, Ints, Ints] | None:
    """Cuts of both strands, and the nucleotides from each to the foot of the stem and to the loop."""
    table = pair_table(hairpin.structure)
    start, end, _ = central_loop(table)
    outer = np.flatnonzero(table[:start] >= end)
    if not len(outer):
        return None
    five = np.arange(int(outer[0]) - OUTSIDE, start)
    inside = np.minimum(np.searchsorted(outer, five), len(outer) - 1)  # the next pair from the cut inwards
    first = outer[inside]
    partner = table[first].astype(np.int64)
    opposite = partner + np.maximum(first - five, 0)
    before = np.where(inside > 0, table[outer[np.maximum(inside - 1, 0)]], opposite + 1)
    opposite = np.minimum(opposite, before - 1)  # a bulge of the 5′ strand has no base of its own opposite
    foot = np.maximum(five - int(outer[0]), int(table[outer[0]]) - opposite)
    loop = np.maximum(start - five, opposite - end + 1)
    kept = (np.abs(loop - LOOP) <= FARTHEST * LOOP_SPREAD) & (five <= int(outer[-1])) & (foot >= -OUTSIDE)
    if not kept.any():
        return None
    return five[kept], opposite[kept] + 1 + OVERHANG, foot[kept], loop[kept]


def _measured(hairpin: Hairpin, flanks: Flanks, five: Ints, three: Ints) -> list[Floats]:
    """The features of cuts, by `FEATURES`."""
    codes = encode(flanks.five_prime + hairpin.sequence + flanks.three_prime)
    offset = len(flanks.five_prime)
    before, after = five + offset, three + offset
    ug = (_at(codes, before - UG_BEFORE) == _U) & (_at(codes, before - UG_BEFORE + 1) == _G)
    paired = np.concatenate([[0], np.cumsum([letter != "." for letter in hairpin.structure])])
    inside = paired[five.clip(0)] - paired[(five - LOWER_STEM).clip(0)]
    cnnc = cnnc_at(codes, after).any(axis=0)
    return [ug.astype(np.float64), cnnc.astype(np.float64), inside / LOWER_STEM]


def cnnc_at(codes: NDArray[np.uint8], after: Ints) -> NDArray[np.bool_]:
    """Whether CNNC begins at each of `CNNC_AFTER` nt after some cuts, bool (3, n)."""
    first = after + np.array(CNNC_AFTER)[:, None] - 1
    found: NDArray[np.bool_] = (_at(codes, first) == _C) & (_at(codes, first + 3) == _C)
    return found


def _at(codes: NDArray[np.uint8], places: Ints) -> NDArray[np.int64]:
    """The codes at some places, -1 beyond the ends."""
    within = (places >= 0) & (places < len(codes))
    return np.where(within, codes[places.clip(0, len(codes) - 1)].astype(np.int64), -1)
