"""Fitting the decision tree over a latent space: Algorithm 1 (MakeSplit) of the DIVA paper, section 2.3.

A split is not a threshold on one coordinate but a linear SVM that answers a question on a named concept from
the whole latent vector. Of the questions that an SVM can answer, the one whose two sides differ most in class
(Gini gain) is taken. Sister leaves of one class are joined again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.encoding.concepts import CONCEPTS, Concept
from mirscan.errors import TrainingError
from mirscan.training.tree.hyperplanes import Bools, Floats, Points, Settings, best_plane
from mirscan.tree.question import Question
from mirscan.tree.rules import Node, Split


@dataclass(slots=True)
class Branch:
    """A node while the tree grows: its node and, unless it is a leaf, its children."""

    node: Node
    no: Branch | None = None
    yes: Branch | None = None


def questions(concepts: tuple[Concept, ...] = CONCEPTS) -> tuple[Question, ...]:
    """Every question on the concepts: booleans and the strand as they are, the others at each threshold.

    Continuous concepts without thresholds (the authors give none) are not asked about.
    """
    return tuple(question for concept in concepts for question in _asked(concept))


def _asked(concept: Concept) -> Iterator[Question]:
    if concept.kind in ("boolean", "strand"):
        yield Question(concept.name, concept.label, concept.unit, concept.kind)
    for threshold in concept.thresholds:
        yield Question(concept.name, concept.label, concept.unit, concept.kind, float(threshold))


def fit(
    z: ArrayLike,
    y: ArrayLike,
    concepts: Mapping[str, NDArray[Any]],
    asked: tuple[Question, ...] | None = None,
    settings: Settings | None = None,
    weights: ArrayLike | None = None,
    on_node: Callable[[], object] | None = None,
) -> tuple[Node, ...]:
    """Grow the tree: `MakeSplit(z, y, f)`, then prune.

    Args:
        z: Latent points (n, d).
        y: Labels (n,), 1 = precursor.
        concepts: Concept name → values (n,), as `encoding.concepts.compute` gives them.
        asked: Questions to choose from; by default all of `questions()`.
        settings: How the tree grows.
        weights: How many points each stands for (n,); by default 1. They count in the SVMs, their accuracy,
            the gain and the leaves' verdicts; `min_samples` counts points.
        on_node: Called before a node is split.

    Returns:
        The nodes of the tree, root first; hyperplanes on the scale of z, deterministic.

    Raises:
        TrainingError: Lengths that differ, no points, or values that are not finite.
    """
    asked = questions() if asked is None else asked
    settings = settings or Settings()
    raw, labels = np.asarray(z, dtype=np.float64), np.asarray(y).astype(np.bool_)
    shares = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    answers = np.array([question.answers(concepts[question.concept]) for question in asked], dtype=np.bool_)
    _check(raw, labels, answers, shares)
    mean = np.average(raw, axis=0, weights=shares)
    scale = np.sqrt(np.average((raw - mean) ** 2, axis=0, weights=shares))
    scale[scale == 0] = 1.0
    root = _make_split(Points((raw - mean) / scale, labels, answers, shares), asked, settings, 0, on_node)
    return tuple(_flatten(_pruned(root), mean, scale))


def _check(z: Floats, y: Bools, answers: Bools, weights: Floats) -> None:
    lengths = {"z": len(z), "y": len(y), "concepts": answers.shape[1], "weights": len(weights)}
    if z.ndim != 2 or not len(z) or len(set(lengths.values())) > 1:
        raise TrainingError("tree", f"z of shape {z.shape}, rows {lengths}", "as many of each, at least one")
    if not np.isfinite(z).all():
        raise TrainingError("tree", "latent points with NaN or infinity", "finite numbers")


def _make_split(
    points: Points,
    asked: tuple[Question, ...],
    settings: Settings,
    depth: int,
    on_node: Callable[[], object] | None,
) -> Branch:
    """Algorithm 1, lines 1 to 18."""
    branch = Branch(_leaf(points))
    if depth >= settings.max_depth or len(points) < settings.min_samples or branch.node.share in (0.0, 1.0):
        return branch
    if on_node:
        on_node()
    found = best_plane(points, settings)
    if found is None:
        return branch
    index, plane = found
    sides = points.z @ plane.weights + plane.bias > 0
    split = Split(asked[index], tuple(plane.weights.tolist()), plane.bias, plane.accuracy)
    branch.node = replace(branch.node, split=split)
    left = points.without(index)  # a path that answers a question twice explains nothing
    branch.no = _make_split(left.take(~sides), asked, settings, depth + 1, on_node)
    branch.yes = _make_split(left.take(sides), asked, settings, depth + 1, on_node)
    return branch


def _leaf(points: Points) -> Node:
    precursors = int(points.y.sum())
    share = float(points.weights[points.y].sum() / points.weights.sum())
    return Node((len(points) - precursors, precursors), share)


def _pruned(branch: Branch) -> Branch:
    """The branch with sister leaves of one class joined, from the leaves up."""
    if branch.no is None or branch.yes is None:
        return branch
    no, yes = _pruned(branch.no), _pruned(branch.yes)
    if no.node.split is None and yes.node.split is None and no.node.precursor == yes.node.precursor:
        return Branch(replace(branch.node, split=None))
    return Branch(branch.node, no, yes)


def _flatten(root: Branch, mean: Floats, scale: Floats) -> list[Node]:
    """The nodes, parents before children, the standardisation folded into the hyperplanes."""
    nodes: list[Node] = []

    def add(branch: Branch) -> int:
        index = len(nodes)
        nodes.append(branch.node)
        if branch.no is not None and branch.yes is not None and branch.node.split is not None:
            split = _unscaled(branch.node.split, mean, scale)
            no, yes = add(branch.no), add(branch.yes)
            nodes[index] = replace(branch.node, split=split, no=no, yes=yes)
        return index

    add(root)
    return nodes


def _unscaled(split: Split, mean: Floats, scale: Floats) -> Split:
    weights = np.asarray(split.weights) / scale
    return replace(split, weights=tuple(weights.tolist()), bias=split.bias - float(weights @ mean))
