"""Simulated small RNA reads, seeded: microRNAs with isomiRs, and what else a library holds.

MicroRNAs: reads begin at the arm's first base, one in ten a base or two away, and end more loosely, as
isomiRs do (Morin et al. 2008); the star has from none to all of the reads; a little lies on the loop and
elsewhere. Noise: pieces of decaying transcripts, which begin anywhere and are of all lengths; fragments of
tRNAs, snoRNAs and rRNAs, which begin at a base as sharply as microRNAs do but anywhere and in any length;
short interfering RNAs, which lie on both strands. Depths are drawn from wide ranges, so that no library is
taken for the rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mirscan.reads.places import LONGEST, SHORTEST, Pile
from mirscan.reads.signature import NEAR
from mirscan.records import Hairpin

FIVE_SHIFT = {0: 0.90, -1: 0.04, 1: 0.04, -2: 0.01, 2: 0.01}  # of an isomiR's first base, nt
THREE_SHIFT = {0: 0.50, 1: 0.17, -1: 0.17, 2: 0.06, -2: 0.06, -3: 0.02, 3: 0.02}  # of its end
NOISE_KINDS = {"decay": 0.45, "fragment": 0.35, "interfering": 0.20}
NO_STAR = 0.08  # of the genes, no read of the star is seen

Arm = tuple[int, int]


@dataclass(slots=True)
class Library:
    """Reads in the making.

    Attributes:
        counts: (first base on the plus strand, length, minus strand) → reads.
    """

    counts: Counter[tuple[int, int, bool]] = field(default_factory=Counter)

    def add(
        self, start: NDArray[np.int64], length: NDArray[np.int64], minus: NDArray[np.bool_] | bool
    ) -> None:
        """Add reads of a length that is looked at, each by its first base on the plus strand."""
        fits = (length >= SHORTEST) & (length <= LONGEST) & (start >= 0)
        strands = np.broadcast_to(minus, start.shape)[fits]
        self.counts.update(zip(start[fits].tolist(), length[fits].tolist(), strands.tolist(), strict=True))

    def pile(self) -> Pile:
        """The reads as places."""
        if not self.counts:
            return Pile.empty()
        start, length, minus = zip(*sorted(self.counts), strict=True)
        weight = np.array([self.counts[key] for key in sorted(self.counts)], np.float32)
        return Pile(np.array(start, np.int32), np.array(length, np.uint8), np.array(minus, np.bool_), weight)


def gene(
    library: Library, hairpin: Hairpin, arms: tuple[Arm, Arm], depth: float, rng: np.random.Generator
) -> None:
    """The reads of a microRNA.

    Args:
        library: Where they go.
        hairpin: The precursor; its strand and place.
        arms: Of the 5′ and the 3′ strand, 0-based and half-open in the hairpin, 5′ to 3′.
        depth: Reads to expect.
        rng: Of the draw.
    """
    mature = int(rng.integers(2))
    star = 0.0 if rng.random() < NO_STAR else 10 ** rng.uniform(-3, 0)
    for arm, share in ((arms[mature], 1.0), (arms[1 - mature], star)):
        number = rng.poisson(depth * share / (1 + star))
        first = arm[0] + _shifts(FIVE_SHIFT, number, rng)
        last = arm[1] + _shifts(THREE_SHIFT, number, rng)
        _place(library, hairpin, first, last)
    elsewhere = rng.poisson(depth * 10 ** rng.uniform(-4, -1.3))
    first = rng.integers(-5, max(len(hairpin) - SHORTEST, 1), elsewhere)
    _place(library, hairpin, first, first + _lengths(elsewhere, rng))


def noise(library: Library, hairpin: Hairpin, depth: float, rng: np.random.Generator) -> None:
    """Reads of one or two of `NOISE_KINDS` on a stretch around a hairpin, `depth` of them to expect."""
    for share in (1.0,) if rng.random() < 0.6 else (0.7, 0.3):
        kind = rng.choice(list(NOISE_KINDS), p=list(NOISE_KINDS.values()))
        {"decay": _decay, "fragment": _fragment, "interfering": _interfering}[kind](
            library, hairpin, depth * share, rng
        )


def _decay(library: Library, hairpin: Hairpin, depth: float, rng: np.random.Generator) -> None:
    number = rng.poisson(depth)
    start = rng.integers(hairpin.start - NEAR, hairpin.end + NEAR, number)
    library.add(start, _lengths(number, rng), bool(rng.random() < 0.5))


def _fragment(library: Library, hairpin: Hairpin, depth: float, rng: np.random.Generator) -> None:
    number = rng.poisson(depth)
    sharp = rng.random(number) < rng.uniform(0.4, 0.98)
    at = int(rng.integers(hairpin.start - SHORTEST, hairpin.end))
    start = at + np.where(sharp, 0, np.rint(rng.normal(0, rng.uniform(1, 15), number)).astype(np.int64))
    length = np.rint(rng.normal(rng.uniform(17, 31), rng.uniform(0.5, 4), number)).astype(np.int64)
    minus = bool(rng.random() < 0.5)
    library.add(start if not minus else start - length, length, minus)


def _interfering(library: Library, hairpin: Hairpin, depth: float, rng: np.random.Generator) -> None:
    number = rng.poisson(depth)
    start = rng.integers(hairpin.start - NEAR, hairpin.end + NEAR, number)
    length = np.rint(rng.normal(rng.choice([21.0, 22.0, 24.0, 28.0]), 0.7, number)).astype(np.int64)
    library.add(start, length, rng.random(number) < rng.uniform(0.2, 0.8))


def _shifts(table: dict[int, float], number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(np.array(list(table)), number, p=np.array(list(table.values())) / sum(table.values()))


def _lengths(number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Lengths of pieces of longer RNAs: the shorter the more frequent."""
    lengths: NDArray[np.int64] = SHORTEST - 2 + rng.geometric(0.12, number)
    return lengths


def _place(library: Library, hairpin: Hairpin, first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
    """Add reads given in the hairpin, 5′ to 3′."""
    if hairpin.strand == "-":
        library.add(hairpin.end - last, last - first, True)
    else:
        library.add(hairpin.start + first, last - first, False)
