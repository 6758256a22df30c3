"""Arms compared position by position, by what letters the genes of other clades have there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, encode
from mirscan.families.index import SIMPLE, FamilyIndex, Precursors
from mirscan.families.packing import ARM, NOTHING, unpack
from mirscan.records import Hairpin
from mirscan.training.families.train import CLADES

UNLIKE = 11  # with so many mismatches the nearest arm teaches nothing
SEEN = 0.5  # of each letter at each place, before any is counted

Floats = NDArray[np.float64]


def exchanges(precursors: Precursors, clade: str) -> Floats:
    """Bits of each letter (last) where the nearest arm of another clade has another (second): (22, 4, 4)."""
    counts = np.full((ARM, 4, 4), SEEN)
    for other, (species, _) in CLADES.items():
        if other == clade:
            continue
        index = FamilyIndex.of_precursors(precursors.without([other]))
        arms = _letters(index)
        group = {name: 2 * row for row, name in enumerate(index.names)}
        for row, code in enumerate(precursors.species):
            family = group.get(precursors.families[row])
            for side, column in enumerate(precursors.arms):
                if code != species or family is None or column[row] == NOTHING:
                    continue
                near = arms[index.of[family + side] : index.of[family + side + 1]]
                here = encode(unpack(int(column[row])))
                apart = (near != here).sum(1)
                if len(near) and apart.min() < UNLIKE:
                    counts[np.arange(ARM), near[apart.argmin()], here] += 1
    share: Floats = counts / counts.sum(2, keepdims=True)
    return np.log2(share / 0.25)


def weighted(hairpins: Sequence[Hairpin], index: FamilyIndex, bits: Floats) -> Floats:
    """Bits of the best arm of each hairpin, weighed place by place, (n,)."""
    arms = _letters(index)[index.distinct > SIMPLE]
    table = bits[np.arange(ARM), arms].reshape(len(arms), -1).T.astype(np.float32)
    best = np.zeros(len(hairpins))
    for row, hairpin in enumerate(hairpins):
        codes = encode(hairpin.sequence)
        windows = np.lib.stride_tricks.sliding_window_view(codes, ARM)
        windows = windows[(windows < UNKNOWN).all(1)]
        if len(windows):
            best[row] = (np.eye(4, dtype=np.float32)[windows].reshape(len(windows), -1) @ table).max()
    return best


def _letters(index: FamilyIndex) -> NDArray[np.uint8]:
    return np.stack([encode(unpack(int(arm))) for arm in index.arm])
