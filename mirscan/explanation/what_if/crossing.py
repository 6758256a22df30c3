"""How far a point of z_m is from the other side of the tree's decision."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.tree.rules import Split, Tree

Conditions = list[tuple[Split, float]]


class Crossing:
    """Distances to the leaves of one verdict.

    Args:
        tree: The tree.
        precursor: The verdict to reach.
    """

    def __init__(self, tree: Tree, precursor: bool) -> None:
        self._tree = tree
        self._precursor = precursor
        self._paths = [conditions for conditions, verdict in _leaves(tree, 0, []) if verdict == precursor]

    @property
    def possible(self) -> bool:
        """Whether any leaf has the verdict."""
        return bool(self._paths)

    def distances(self, z: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The way of points (n, d) to the nearest leaf of the verdict, 0 in one: float64 (n,).

        It is the sum of the distances to those hyperplanes of the leaf's path that have the point on the
        wrong side: a guide, not a metric, since a step across one hyperplane may lead across another.
        """
        points = z.astype(np.float64)
        ways = np.array([self._way(points, conditions) for conditions in self._paths])
        reached = self._tree.predict(points) == self._precursor
        shortest: NDArray[np.float64] = np.where(reached, 0.0, np.maximum(ways.min(0), 1e-9))
        return shortest

    def _way(self, points: NDArray[np.float64], conditions: Conditions) -> NDArray[np.float64]:
        way = np.zeros(len(points))
        for split, side in conditions:
            length = float(np.linalg.norm(split.weights)) or 1.0
            way += np.maximum(0.0, -side * split.margins(points) / length)
        return way


def _leaves(tree: Tree, index: int, path: Conditions) -> list[tuple[Conditions, bool]]:
    """Each leaf below a node as the sides that lead to it (1 yes, -1 no), and its verdict."""
    node = tree.nodes[index]
    if node.split is None:
        return [(path, node.precursor)]
    yes = _leaves(tree, node.yes, [*path, (node.split, 1.0)])
    return yes + _leaves(tree, node.no, [*path, (node.split, -1.0)])
