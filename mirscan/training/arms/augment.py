"""Changes that leave the arms of a hairpin where they are: what pairs still pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN
from mirscan.encoding.positions import Positions

BASES = UNKNOWN + 1
PAIRS = np.array([(0, 3), (3, 0), (1, 2), (2, 1), (2, 3), (3, 2)])  # A C G U = 0..3
OFTEN = (0.2, 0.2, 0.25, 0.25, 0.05, 0.05)  # about as in stems of precursors


def mutated(view: Positions, random: np.random.Generator, share: float) -> NDArray[np.uint8]:
    """The symbols of a hairpin with some bases changed, uint8 (n,); its fold is taken to stay.

    Args:
        view: The hairpin.
        random: The source of chance.
        share: Mean share of the bases; that of each hairpin is drawn between 0 and twice as much.
    """
    letters, rest = np.divmod(view.symbols.astype(np.int64) - 1, 3 * BASES)
    state, partner = np.divmod(rest, BASES)
    hit = random.random(len(view)) < 2 * share * random.random()
    single, first = np.flatnonzero(hit & (state == 0)), np.flatnonzero(hit & (state == 1))
    letters[single] = random.integers(UNKNOWN, size=len(single))
    here, there = PAIRS[random.choice(len(PAIRS), size=len(first), p=OFTEN)].T
    second = view.facing[first]
    letters[first], partner[first] = here, there
    letters[second], partner[second] = there, here
    return (1 + (letters * 3 + state) * BASES + partner).astype(np.uint8)
