"""Known families: a hairpin that bears the arm of one is rather a member of it than a chance fold.

The arms are looked for in the sequence itself, so that a member is folded and scored though the sieve or the
prefilters would drop it; what it weighs is measured on the folded hairpin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes
from mirscan.evidence.kind import Detector, MeasuredKind, Measurement, Rescued, Setup
from mirscan.families.bits import inputs, worth
from mirscan.families.hairpins import around
from mirscan.families.naming import Kinship, kinship
from mirscan.families.search import matches
from mirscan.families.store import SHIPPED, laid_out, load
from mirscan.records import Flanks, Hairpin
from mirscan.sieve.candidates import Candidates

LEAST = 2.0  # bits of a match whose surroundings are folded whatever sieve and prefilters say
ALIKE = 0.8  # of the longer that a candidate of the sieve shares with such a place, to be looked at as well

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FamilyDetector:
    """Looks for arms of known families in a worker.

    Attributes:
        folder: Name or folder of the index.
    """

    folder: str = SHIPPED

    def rescue(self, codes: Codes, found: Candidates) -> Rescued:
        """The hairpins around matches that weigh enough; see `kind.Detector`."""
        half = len(codes) // 2
        parts = [self._around(codes[first : first + half], first) for first in (0, half)]
        start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
        kept = _alike(found, start, end)
        offered = set(zip(found.start[kept].tolist(), found.end[kept].tolist(), strict=True))
        new = np.array(
            [place not in offered for place in zip(start.tolist(), end.tolist(), strict=True)], np.bool_
        )
        return Rescued(kept, Candidates(start[new], end[new], np.zeros(int(new.sum()), np.int32)))

    def measure(self, hairpins: Sequence[Hairpin], flanks: Sequence[Flanks | None]) -> Sequence[Measurement]:
        """The family of each folded hairpin; None for none."""
        families, index = laid_out(self.folder)
        found = [kinship(each.sequence, each.structure, index, families.weights) for each in hairpins]
        return [each.as_json() if each else None for each in found]

    def _around(self, codes: Codes, first: int) -> tuple[Places, Places]:
        """The hairpins of one strand, in coordinates of both."""
        families, index = laid_out(self.folder)
        found = matches(codes, index)
        found = found.take(worth(found))
        found = found.take(families.weights.bits(inputs(found, index)) >= LEAST)
        start, end = around(codes, found, index)
        return start + first, end + first


def _alike(found: Candidates, start: Places, end: Places) -> NDArray[np.bool_]:
    """Which candidates of the sieve are nearly the same stretch as one of some others."""
    kept = np.zeros(len(found), dtype=np.bool_)
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        shared = np.minimum(found.end, last) - np.maximum(found.start, first)
        kept |= shared >= ALIKE * np.maximum(found.end - found.start, last - first)
    return kept


class FamilyEvidence(MeasuredKind):
    """Bits for the arms of a known family; none against, since new genes belong to no known family."""

    name = "families"
    description = "arms of known families of microRNAs, letter by letter"

    def __init__(self, setup: Setup) -> None:
        """Read the index.

        Raises:
            ModelError: It is missing, damaged, or of another version.
            UsageError: No such name or folder.
        """
        self._folder = str(setup.choice or SHIPPED)
        self._families = load(self._folder)

    def facts(self) -> Mapping[str, str | float | int]:
        """The index that decides the bits, and what they weigh."""
        return {"sha256": self._families.sha256}

    def detector(self) -> Detector:
        """The search of a worker."""
        return FamilyDetector(self._folder)

    def sentence(self, measured: Mapping[str, Any]) -> str:
        """The sentence of its family."""
        return Kinship(**measured).sentence
