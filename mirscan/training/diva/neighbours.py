"""The table of named precursors that `explain` looks for neighbours in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.explanation.neighbours import Neighbours, distances
from mirscan.models.diva import encode_zm
from mirscan.training.diva.modmirbase import Examples, family
from mirscan.training.tree.run import Encoder

MOST = 5  # members of a family in the table: let-7 alone has hundreds
FIRST = ("hsa", "mmu", "dre", "dme", "cel", "ath", "osa")  # species whose names people know
SHARES = (5, 25, 50, 75, 95)
BLOCK = 256


def table_of(examples: Examples, encoder: Encoder) -> Neighbours:
    """The named points of the precursors among some examples, at most five a family."""
    precursors = examples.take(examples.labels == 1)
    precursors = precursors.take(chosen(precursors.names.tolist()))
    names = precursors.names.tolist()
    # as they are stored, so that the distances in the card are those of the table
    z = encode_zm(encoder.network, precursors.images).astype(np.float16).astype(np.float32)
    return Neighbours(names, z, encoder.sha256, _usual(z, [family(name) for name in names]))


def chosen(names: Sequence[str]) -> NDArray[np.int64]:
    """Rows of at most five names a family, each name once: well-known species first, then by hash; sorted."""
    members: dict[str, list[int]] = defaultdict(list)
    for row in {name: row for row, name in reversed(list(enumerate(names)))}.values():
        members[family(names[row])].append(row)
    kept = [
        row for rows in members.values() for row in sorted(rows, key=lambda row: _rank(names[row]))[:MOST]
    ]
    return np.sort(np.array(kept, dtype=np.int64))


def _rank(name: str) -> tuple[int, str]:
    species = name.split("-")[0]
    return FIRST.index(species) if species in FIRST else len(FIRST), hashlib.sha256(name.encode()).hexdigest()


def _usual(z: NDArray[np.float32], families: Sequence[str]) -> dict[int, float]:
    """Quantiles of each point's distance to the nearest point of another family."""
    groups, nearest = np.array(families), np.empty(len(z))
    for at in range(0, len(z), BLOCK):
        apart = distances(z[at : at + BLOCK], z)
        apart[groups[at : at + BLOCK, None] == groups] = np.inf
        nearest[at : at + BLOCK] = apart.min(1)
    return {share: float(np.percentile(nearest, share)) for share in SHARES}
