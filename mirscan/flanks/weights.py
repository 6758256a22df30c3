"""How much the flanks of a hairpin weigh: an explicit model of four numbers, of which none can be bent.

bits = offset + log2 Σ π · 2^(Σ weight · feature) over all cuts that the hairpin may have, π being how likely
each is by its place. No weight is negative, so that a motif more never counts for less. The numbers stand in
`weights/flanks`, and `mirscan train flanks` makes them (`training/flanks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mirscan.flanks.cuts import FEATURES, Cuts, Floats
from mirscan.runtime.weights_card import WeightsFile

FORMAT = 1
FILE = "flanks.json"


@dataclass(frozen=True, slots=True)
class FlankWeights:
    """The numbers of the model.

    Attributes:
        offset: Bits of a hairpin without any of it.
        weights: Bits of each feature at 1, by `FEATURES`; none is negative.
        sha256: Checksum of their file.
    """

    offset: float
    weights: tuple[float, ...]
    sha256: str = ""

    def each(self, cuts: Cuts) -> Floats:
        """How far each cut speaks for the hairpin with its place and motifs, bits, (n,)."""
        found: Floats = cuts.log_prior / np.log(2) + cuts.features @ np.asarray(self.weights)
        return found

    def bits(self, cuts: Cuts) -> float:
        """Bits for (positive) or against a hairpin."""
        return self.offset + float(np.logaddexp2.reduce(self.each(cuts)))

    def likeliest(self, cuts: Cuts) -> int:
        """Which of the cuts is likeliest by its place and motifs, the first of equals."""
        return int(self.each(cuts).round(9).argmax())


def _of_card(card: Mapping[str, Any], sha256: str) -> FlankWeights:
    weights = tuple(float(card["weights"][name]) for name in FEATURES)
    return FlankWeights(float(card["offset"]), weights, sha256)


CARD = WeightsFile("flanks", FILE, FORMAT, FEATURES, _of_card)
read_weights, shipped_weights = CARD.read, CARD.shipped
