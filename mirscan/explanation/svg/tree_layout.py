"""Where the nodes of a tree stand when it is drawn from left to right, one leaf a row."""

from __future__ import annotations

from dataclasses import dataclass

from mirscan.tree.rules import Tree


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands.

    Attributes:
        depth: Questions before it: its column.
        row: Its row: whole for a leaf, counted from the top; the middle of its children for a question.
    """

    depth: int
    row: float


def layout(tree: Tree) -> dict[int, Place]:
    """The place of each node that can be reached, by its index; yes stands above no."""
    places: dict[int, Place] = {}
    leaves = 0

    def put(index: int, depth: int) -> float:
        nonlocal leaves
        node = tree.nodes[index]
        if node.split is None:
            row, leaves = float(leaves), leaves + 1
        else:
            row = (put(node.yes, depth + 1) + put(node.no, depth + 1)) / 2
        places[index] = Place(depth, row)
        return row

    put(0, 0)
    return places
