"""The learned description as a picture: Figure 8 of the DIVA paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mirscan.errors import UsageError
from mirscan.explanation.svg.tree_layout import Place, layout
from mirscan.tree.rules import CLASSES, Node, Tree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMN, ROW = 3.1, 0.62  # inches a depth and a leaf
LEAF_COLOURS = ("#f3d9b1", "#bfe3cf")  # not a precursor, precursor
QUESTION_COLOUR = "#eef1f6"
EDGE = "#6b7280"


def draw_tree(tree: Tree, path: Path) -> None:
    """Write the picture of a tree; the suffix of `path` names the format (.svg, .png, .pdf).

    Questions stand left of their answers, yes above no. A question shows the share of its training points
    on which its hyperplane gives the measured answer, a leaf its share of precursors and its support.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "picture", "matplotlib is not installed", hint="pip install 'mirscan[plots]'"
        ) from None
    places = layout(tree)
    columns = max(place.depth for place in places.values()) + 1
    rows = max(place.row for place in places.values()) + 1
    figure = Figure(figsize=(COLUMN * columns, ROW * rows + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.axis("off")
    for index, place in places.items():
        node = tree.nodes[index]
        if node.split is not None:
            _edge(axes, place, places[node.yes], "yes")
            _edge(axes, place, places[node.no], "no")
        _box(axes, node, place)
    with rc_context({"svg.hashsalt": "mirscan"}):  # the same tree, the same bytes
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def _edge(axes: Axes, start: Place, end: Place, answer: str) -> None:
    middle = start.depth + 0.5
    axes.plot(
        [start.depth, middle, middle, end.depth],
        [start.row, start.row, end.row, end.row],
        color=EDGE,
        linewidth=1.2,
        zorder=1,
    )
    axes.text(middle + 0.02, end.row - 0.08, answer, color=EDGE, fontsize=8, va="bottom")


def _box(axes: Axes, node: Node, place: Place) -> None:
    colour = QUESTION_COLOUR if node.split else LEAF_COLOURS[node.precursor]
    axes.text(
        place.depth,
        place.row,
        _text(node),
        ha="center",
        va="center",
        fontsize=8.5,
        zorder=2,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": EDGE, "linewidth": 0.8},
    )


def _text(node: Node) -> str:
    total = sum(node.counts)
    if node.split is None:
        return f"{CLASSES[node.precursor]}\n{node.share:.0%} precursors, n = {total:,}"
    return f"{node.split.question.text}\nSVM right on {node.split.accuracy:.0%}, n = {total:,}"
