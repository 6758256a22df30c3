"""Named precursors in the latent space of DIVA, and which of them lie next to a hairpin.

The table is a checkpoint of kind `neighbours`: z_m in half precision and the names, tied by checksum to the
DIVA that made them. `mirscan train neighbours` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.errors import ModelError
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card

KIND = "neighbours"
USUAL = "distance_to_nearest_other_family"  # in the card: quantiles by their per cent
DECIMALS = 4  # of a distance: far above the round-off between batches
BLOCK = 64  # points compared with the table at once


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A named precursor near a point.

    Attributes:
        name: As its source names it.
        distance: Euclidean distance in z_m.
    """

    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A table of named points.

    Attributes:
        names: n names.
        z: float32 (n, d).
        latent: Checksum of the latent that the points lie in.
        usual: Per cent of the table's points → the distance within which so many find their nearest neighbour
            of another family.
    """

    names: Sequence[str]
    z: NDArray[np.float32]
    latent: str
    usual: Mapping[int, float]

    def nearest(self, points: NDArray[np.floating[Any]], count: int) -> list[list[Neighbour]]:
        """The `count` nearest to each point (m, d), nearest first; ties go to the earlier in the table."""
        found: list[list[Neighbour]] = []
        for at in range(0, len(points), BLOCK):
            apart = distances(points[at : at + BLOCK], self.z).round(DECIMALS)
            order = np.argsort(apart, axis=1, kind="stable")[:, :count]
            found += [
                [Neighbour(self.names[row], float(values[row])) for row in rows]
                for rows, values in zip(order, apart, strict=True)
            ]
        return found


def distances(points: NDArray[np.floating[Any]], table: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Euclidean distances of points (m, d) and (n, d): float64 (m, n)."""
    one, other = points.astype(np.float64), table.astype(np.float64)
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    apart: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0))
    return apart


def save_neighbours(folder: Path, table: Neighbours, provenance: Mapping[str, Any]) -> Card:
    """Write a table as a checkpoint."""
    text = "\n".join(table.names).encode()
    state = {
        "z": torch.from_numpy(table.z).half(),
        "names": torch.frombuffer(bytearray(text), dtype=torch.uint8),
    }
    metrics = {USUAL: {str(share): round(distance, 3) for share, distance in table.usual.items()}}
    card = Card(KIND, "z_m", {"latent_sha256": table.latent}, {}, metrics, dict(provenance))
    return checkpoint.save(folder, card, state)


def load_neighbours(name_or_folder: str) -> Neighbours:
    """Read a table by shipped name or folder.

    Raises:
        UsageError: No such table.
        ModelError: Damaged, or of another kind.
    """
    folder = checkpoint.locate(name_or_folder)
    card, state = checkpoint.load(folder, KIND)
    try:
        names = bytes(state["names"].numpy()).decode().split("\n")
        usual = {int(share): float(distance) for share, distance in card.metrics[USUAL].items()}
        table = Neighbours(names, state["z"].float().numpy(), card.config["latent_sha256"], usual)
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(
            str(folder), f"no table of neighbours ({error!r})", "what `mirscan train neighbours` writes"
        ) from error
    if len(table.names) != len(table.z):
        found = f"{len(table.names)} names for {len(table.z)} points"
        raise ModelError(str(folder), found, "a name for each point")
    return table
