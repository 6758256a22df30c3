"""How much the surroundings of a hairpin weigh: what the genome repeats, and neighbours on its strand.

The numbers stand in `weights/context`, and `mirscan train context` makes them (`training/context`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from math import exp, log2
from typing import Any

from mirscan.runtime.weights_card import WeightsFile

FORMAT = 1
FOLDER, FILE = "context", "context.json"
NUMBERS = (
    *("repeated", "clustered", "close", "apart", "surest_chance", "chance"),
    *("fall", "found", "spread", "evenness", "trust"),
)
FURTHEST = 10_000  # nt between two hairpins of a cluster
MOST = 5.0  # bits of all neighbours


@dataclass(frozen=True, slots=True)
class ContextWeights:
    """The numbers of both kinds.

    Attributes:
        repeated: Bits of a hairpin that the genome repeats; negative.
        clustered: Further genes to expect within `FURTHEST` of a gene, on its strand.
        close: Mean distance of half of them, nt.
        apart: Mean distance of the others, nt.
        surest_chance: Calls a base and strand, however sure, that are no genes.
        chance: The same from even odds up.
        fall: How that falls with the natural log-odds.
        found: Half of all genes have more than this log-odds by all other evidence.
        spread: How steeply that share falls with the log-odds, at its middle.
        evenness: Calls by which the other strand near by is weighed against the rest of genomes.
        trust: Of the bits that count: what lies in one stretch errs together.
        sha256: Checksum of their file.
    """

    repeated: float
    clustered: float
    close: float
    apart: float
    surest_chance: float
    chance: float
    fall: float
    found: float
    spread: float
    evenness: float
    trust: float
    sha256: str = ""

    def density(self, distance: int) -> float:
        """Further genes a base of one side, at so many bases from a gene on its strand."""
        parts = (exp(-distance / mean) / mean for mean in (self.close, self.apart))
        return self.clustered / 4 * sum(parts)

    def ratio(self, distance: int, log_odds: float, rivals: int) -> float:
        """Genes to expect beside a neighbour, against calls as sure that chance puts there.

        Args:
            distance: Bases between both.
            log_odds: Natural log-odds of the neighbour by all evidence of its own.
            rivals: Calls as sure as that within reach on the other strand.
        """
        usual = max(self.surest_chance, self.chance * exp(-self.fall * log_odds))
        chance = (rivals + self.evenness) / (2 * FURTHEST + self.evenness / usual)
        found = 1 / (1 + exp(self.spread * (log_odds - self.found)))
        return found * self.density(distance) / chance

    def bits(self, ratios: Sequence[float]) -> float:
        """What the neighbours of these ratios weigh together, 0..`MOST`."""
        return min(MOST, self.trust * log2(1 + sum(ratios)))

    def named(self) -> dict[str, float]:
        """The numbers by name."""
        return dict(zip(NUMBERS, astuple(self), strict=False))


def _of_card(card: Mapping[str, Any], sha256: str) -> ContextWeights:
    return ContextWeights(**{name: float(card["weights"][name]) for name in NUMBERS}, sha256=sha256)


CARD = WeightsFile(FOLDER, FILE, FORMAT, NUMBERS, _of_card)
read_context, shipped_context = CARD.read, CARD.shipped
