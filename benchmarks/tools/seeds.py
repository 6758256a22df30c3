"""Seeds of known families at the starts of the arms that a network predicts in a hairpin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.families.index import Precursors
from mirscan.families.packing import NOTHING, SEED, unpack
from mirscan.records import Hairpin
from mirscan.scoring.arms import ArmFinder

Counts = Mapping[str, int]  # seed: species that have it
Numbers = NDArray[np.int64]


def known_seeds(precursors: Precursors) -> tuple[Counts, Counts]:
    """In how many species of animals each seed begins a 5′ arm, and a 3′ arm."""
    found = []
    for column in precursors.arms:
        species: dict[str, set[str]] = defaultdict(set)
        for arm, code, plant in zip(column.tolist(), precursors.species, precursors.plant, strict=True):
            if arm != NOTHING and not plant:
                species[unpack(arm)[slice(*SEED)]].add(code)
        found.append({seed: len(codes) for seed, codes in species.items()})
    return found[0], found[1]


def arm_starts(hairpins: Sequence[Hairpin], finder: ArmFinder) -> list[tuple[int, int] | None]:
    """Where the predicted 5′ and 3′ arm of each hairpin begin in its sequence; None without."""
    starts: list[tuple[int, int] | None] = []
    for hairpin, arms in zip(hairpins, finder.all_arms(hairpins), strict=True):
        if arms is None:
            starts.append(None)
            continue
        sides = (arms.five_prime, arms.three_prime)
        plus = hairpin.strand == "+"
        five, three = (first - hairpin.start if plus else hairpin.end - last for first, last in sides)
        starts.append((five, three))
    return starts


def species_of(
    hairpins: Sequence[Hairpin], starts: Sequence[tuple[int, int] | None], seeds: tuple[Counts, Counts]
) -> Numbers:
    """In how many species the seed of an arm is known, of the two arms the more, (n,)."""
    found = np.zeros(len(hairpins), np.int64)
    for row, (hairpin, places) in enumerate(zip(hairpins, starts, strict=True)):
        for at, known in zip(places or (), seeds, strict=False):
            seed = hairpin.sequence[max(at, 0) :][slice(*SEED)]
            found[row] = max(found[row], known.get(seed, 0))
    return found


def surprise(found: Numbers, background: Numbers) -> NDArray[np.float64]:
    """Bits of surprise that a hairpin of background has a seed that as many species know, (n,)."""
    ordered = np.sort(background)
    as_many = len(ordered) - np.searchsorted(ordered, found, side="left")
    bits: NDArray[np.float64] = -np.log2(np.maximum(as_many, 1) / len(ordered))
    return bits
