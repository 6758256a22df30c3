"""The smallest change of a hairpin's bonds that turns the tree's verdict, through the prior of z_m.

A counterfactual in three steps. What is the hairpin's own: with the prior of its bond vector m,
z_m = μ(m) + σ(m) ε gives ε. What changes: entries of m. What follows: z_m′ = μ(m′) + σ(m′) ε, and the decoder
draws it. At m′ = m that is the hairpin itself.

Changes are tried column by column, by breadth first within a beam: all of one column, then the most promising
with a second, and so on. One column is therefore searched in full; more than one is the fewest that was
found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.explanation.latents import Latents
from mirscan.explanation.what_if.crossing import Crossing

MOST_COLUMNS = 12
BEAM = 12
DECIMALS = 4  # of z_m′: far above the round-off of the prior, in single precision

Bonds = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class BondChange:
    """A bond vector on the other side.

    Attributes:
        opened: Columns whose pair goes, from the loop.
        closed: Columns that become a pair.
        z: z_m′, (d,).
        moved: Euclidean distance from z_m.
    """

    opened: tuple[int, ...]
    closed: tuple[int, ...]
    z: NDArray[np.float64]
    moved: float


def smallest_bond_change(
    latents: Latents, crossing: Crossing, bonds: Bonds, columns: int, z: NDArray[np.floating[Any]]
) -> BondChange | None:
    """The change of fewest columns that was found, at most 12; None where there is none.

    Args:
        latents: The DIVA with the prior.
        crossing: The side to reach.
        bonds: The hairpin's bond vector, (100,).
        columns: Columns that the image shows of it; others do not change.
        z: The hairpin's z_m, (d,).
    """
    mean, std = latents.prior(bonds[None])
    here = (z - mean[0]) / std[0]
    beam = [bonds]
    for _ in range(min(MOST_COLUMNS, columns)):
        tried = _one_more(beam, bonds, columns)
        if not len(tried):
            return None
        mean, std = latents.prior(tried)
        points = (mean + std * here).round(DECIMALS)
        ways = crossing.distances(points)
        order = np.argsort(ways, kind="stable")
        if ways[order[0]] == 0:
            best = _least_moved(points[ways == 0], z)
            return _change(bonds, tried[ways == 0][best], points[ways == 0][best], z)
        beam = list(tried[order[:BEAM]])
    return None


def _one_more(beam: list[Bonds], bonds: Bonds, columns: int) -> Bonds:
    """Each vector of the beam with one more column changed, each once: (n, 100)."""
    tried: dict[bytes, Bonds] = {}
    for start in beam:
        for column in np.flatnonzero(start[:columns] == bonds[:columns]).tolist():
            changed = start.copy()
            changed[column] ^= 1
            tried.setdefault(changed.tobytes(), changed)
    return np.array(list(tried.values()), dtype=np.uint8).reshape(-1, len(bonds))


def _least_moved(points: NDArray[np.float64], z: NDArray[np.floating[Any]]) -> int:
    return int(np.linalg.norm(points - z, axis=1).argmin())


def _change(
    bonds: Bonds, changed: Bonds, point: NDArray[np.float64], z: NDArray[np.floating[Any]]
) -> BondChange:
    opened, closed = np.flatnonzero(bonds > changed), np.flatnonzero(bonds < changed)
    moved = float(np.linalg.norm(point - z))
    return BondChange(tuple(opened.tolist()), tuple(closed.tolist()), point, moved)
