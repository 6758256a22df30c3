"""What arms look like, counted in the training; and how far predicted arms are off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding.positions import Positions, encode, opposite
from mirscan.folding.dot_bracket import pair_table
from mirscan.models.arms import ArmNetworks
from mirscan.scoring.arm_decoding import LONGEST, SHORTEST, WIDEST, Geometry, decode, overhangs
from mirscan.scoring.arms import log_probabilities
from mirscan.training.arms.data import Example

CLOSE = 2  # nt; a start that is off by no more counts as found

Floats = NDArray[np.float64]


def encoded(examples: Sequence[Example]) -> list[Positions]:
    """The network's view of the hairpins."""
    return [encode(example.hairpin.sequence, example.hairpin.structure) for example in examples]


def count_geometry(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Log-probabilities of lengths (2, 9) and overhangs (2, 21), each count one higher than found."""
    lengths = np.ones((2, LONGEST - SHORTEST + 1))
    ends = np.ones((2, 2 * WIDEST + 1))
    for example in examples:
        five, three = (np.array([example.bounds[i], example.bounds[i + 1] + 1]) for i in (0, 2))
        size = len(example.hairpin)
        inside = [arm[0] >= 0 and arm[1] <= size for arm in (five, three)]
        for arm, (there, (start, end)) in enumerate(zip(inside, (five, three), strict=True)):
            if there and SHORTEST <= end - start <= LONGEST:
                lengths[arm, end - start - SHORTEST] += 1
        if all(inside):
            found = overhangs(five, three, opposite(pair_table(example.hairpin.structure)))
            for side, overhang in enumerate(found):
                ends[side, int(overhang) + WIDEST] += 1
    return np.log(lengths / lengths.sum(1, keepdims=True)), np.log(ends / ends.sum(1, keepdims=True))


def start_errors(
    examples: Sequence[Example], boundaries: Sequence[Floats], geometry: Geometry
) -> NDArray[np.float64]:
    """Predicted minus true first base of the 5′ and the 3′ arm, nt, (n, 2); NaN where the truth is unknown.

    A hairpin too short for two arms is infinitely far off.
    """
    errors = np.full((len(examples), 2), np.nan)
    for row, (example, values) in enumerate(zip(examples, boundaries, strict=True)):
        arms = decode(values, opposite(pair_table(example.hairpin.structure)), geometry)
        for arm, boundary in enumerate((0, 2)):
            if example.bounds[boundary] >= -len(example.hairpin):
                errors[row, arm] = arms[arm][0] - example.bounds[boundary] if arms else np.inf
    return errors


def share_close(errors: NDArray[np.float64]) -> float:
    """Share of the known starts that are off by no more than `CLOSE`."""
    there = errors[~np.isnan(errors)]
    return float((np.abs(there) <= CLOSE).mean())


def predicted(network: ArmNetworks, examples: Sequence[Example], batch: int = 64) -> list[Floats]:
    """The log-probabilities of the boundaries of each hairpin, in order."""
    views = encoded(examples)
    order = sorted(range(len(views)), key=lambda row: len(views[row]))
    found: dict[int, Floats] = {}
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        values = log_probabilities(network, [views[row] for row in rows], torch.device("cpu"))
        found.update(zip(rows, values, strict=True))
    return [found[row] for row in range(len(views))]
