"""How much a signature weighs: an explicit model of a few numbers, each of which only ever counts one way.

Reads say the more the more there are: bits = d / (d + half) · (offset + Σ weight · feature), d being the
reads. No weight is negative, so that a cleaner signature never counts for less. How much the number of reads
itself says is measured on the library (`rarity.py`). The numbers stand in `weights/reads`, and `mirscan train
reads` makes them (`training/reads`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.signature import OVERHANG, Signature
from mirscan.runtime.weights_card import WeightsFile

FORMAT = 1
FILE = "reads.json"
TOLERANCE = 1  # nt by which an overhang may differ from 2
ASTRAY = 5  # nt off, of both overhangs on average, at which two arms do not belong together
PRIOR_READS = 1.0  # reads by which shares of few are pulled to what noise has
NOISE = {
    "close": 0.2,
    "exact": 0.1,
    "dicer": 0.4,
    "clear_of_loop": 0.7,
    "within": 0.5,
    "sense": 0.5,
    "paired": 0.5,
}
FEATURES = (*NOISE, "star", "star_if_due", "no_wrong_star")
MOST_STAR, SEEN = 64.0, 4.0  # reads of the star: more count no further; as many are no accident
CLOSEST = (
    4.5  # halvings of the share of an arm's reads that begin elsewhere: 1 in 22 or fewer is all the same
)
DUE = 1024.0  # least reads of the mature arm with which a star is to be expected
# Bits against a hairpin that has reads on the opposite strand only, and the reads at which it has half of
# them: the image of a gene on the other strand, which pairs nearly as well, is what it mostly is.
OPPOSITE, OPPOSITE_HALF = 6.0, 10.0


@dataclass(frozen=True, slots=True)
class ReadWeights:
    """The numbers of the model.

    Attributes:
        offset: Bits of a signature whose features are all 0.
        weights: Bits of each feature at 1, by `FEATURES`; none is negative.
        half: Reads at which a signature has half of its weight.
        silent: Bits of a hairpin without a read: a gene may be silent, so they are few.
        most: Bits that no signature goes beyond, for or against: what simulated libraries can vouch for.
    """

    offset: float
    weights: Mapping[str, float]
    half: float
    silent: float
    most: float

    def bits(self, found: Signature, rarity: float) -> float:
        """Bits for (positive) or against a hairpin whose reads have this signature.

        Args:
            found: The signature.
            rarity: Bits that so many reads are worth by their number; see `Rarity.bits`.
        """
        if not found.reads:
            return self.silent - OPPOSITE * found.other / (found.other + OPPOSITE_HALF)
        values = features(found)
        shape = self.offset + sum(self.weights[name] * values[name] for name in FEATURES)
        weighed = found.reads / (found.reads + self.half) * shape + rarity
        return float(min(max(weighed, -self.most), self.most))


def features(found: Signature) -> dict[str, float]:
    """The features of a signature, 0..1, the better the higher; shares of few reads are pulled to noise."""
    mature, star = found.mature, found.star
    shares = {
        "close": mature.close if mature else 0.0,
        "exact": mature.exact if mature else 0.0,
        "dicer": found.dicer,
        "clear_of_loop": 1 - found.loop,
        "within": 1 - found.across,
        "sense": 1 - found.antisense,
        "paired": found.paired,
    }
    values = {name: _pulled(share, found.reads, NOISE[name]) for name, share in shares.items()}
    values["close"] = min(-log2(max(1 - values["close"], 1e-9)), CLOSEST) / CLOSEST
    fit = _fit(found)
    precise = star.reads * star.close if star else 0.0
    part = star.reads / found.reads if star else 0.0
    due = _grown(mature.reads if mature else 0.0, DUE)
    return {
        **values,
        "star": fit * _grown(precise, MOST_STAR),
        "star_if_due": 1.0 - due * (1.0 - fit * _grown(precise, SEEN)),
        "no_wrong_star": 1.0 - (1.0 - fit) * min(2 * part, 1.0),
    }


def _fit(found: Signature) -> float:
    """How well the two arms overhang each other as Dicer and Drosha leave them, 0..1; 0 without both."""
    if found.overhangs is None:
        return 0.0
    off = sum(abs(over - OVERHANG) for over in found.overhangs) / len(found.overhangs)
    return min(max((ASTRAY - off) / (ASTRAY - TOLERANCE), 0.0), 1.0)


def _grown(reads: float, most: float) -> float:
    """Reads by order, 0..1: at `most` and beyond 1."""
    return log2(1 + min(reads, most)) / log2(1 + most)


def _pulled(share: float, reads: float, noise: float) -> float:
    return (share * reads + noise * PRIOR_READS) / (reads + PRIOR_READS)


def matrix(found: list[Signature]) -> NDArray[np.float64]:
    """The features of signatures, float64 (n, features), in the order of `FEATURES`."""
    rows = [features(signature) for signature in found]
    return np.array([[row[name] for name in FEATURES] for row in rows]).reshape(-1, len(FEATURES))


def _of_card(card: Mapping[str, Any], _: str) -> ReadWeights:
    numbers = (float(card[name]) for name in ("half", "silent", "most"))
    return ReadWeights(float(card["offset"]), {k: float(v) for k, v in card["weights"].items()}, *numbers)


CARD = WeightsFile("reads", FILE, FORMAT, FEATURES, _of_card)
read_weights, shipped_weights = CARD.read, CARD.shipped
