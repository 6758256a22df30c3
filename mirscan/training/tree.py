"""Fitting the decision tree over a latent space: Algorithm 1 (MakeSplit) of the DIVA paper, section 2.3.

A split is not a threshold on one coordinate but a linear SVM that answers a question on a named concept from
the whole latent vector. Of the questions that an SVM can answer, the one whose two sides differ most in class
(Gini gain) is taken. Sister leaves of one class are joined again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from mirscan.encoding.concepts import CONCEPTS, Concept
from mirscan.errors import TrainingError
from mirscan.rules import Node, Question, Split

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the tree grows. The first three stand in the paper, section 2.3; the gain in the authors' code.

    Attributes:
        max_depth: Questions on the longest path.
        min_samples: A node of fewer training points is a leaf.
        min_accuracy: An SVM must answer its question right on more than this share of the node's points.
        folds: With 2 or more, it must do so too on points held out, on the mean of so many folds: in 64
            dimensions few points always part, and such a hyperplane answers nothing. 1 is the paper.
        min_gain: A split must lower the Gini impurity by at least this much.
        c: Inverse regularisation of the SVM; the validation part chose it among 0.01 and 1.
        tolerance: Stopping tolerance of the SVM's solver.
        max_iterations: Newton steps of the SVM's solver.
    """

    max_depth: int = 5
    min_samples: int = 10
    min_accuracy: float = 0.8
    min_gain: float = 0.001
    folds: int = 5
    c: float = 0.01
    tolerance: float = 1e-4
    max_iterations: int = 500


@dataclass(frozen=True, slots=True)
class Points:
    """The training points of a node.

    Attributes:
        z: float64 (n, d), standardised.
        y: bool (n,), precursor.
        answers: bool (q, n), measured answer to each question.
        weights: float64 (n,), how many points each stands for.
    """

    z: Floats
    y: Bools
    answers: Bools
    weights: Floats

    def __len__(self) -> int:
        return len(self.y)

    def at(self, chosen: Bools) -> Points:
        """The chosen points."""
        return Points(self.z[chosen], self.y[chosen], self.answers[:, chosen], self.weights[chosen])


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
    best = _best_split(points, asked, settings)
    if best is None:
        return branch
    split, sides = best
    branch.node = replace(branch.node, split=split)
    branch.no = _make_split(points.at(~sides), asked, settings, depth + 1, on_node)
    branch.yes = _make_split(points.at(sides), asked, settings, depth + 1, on_node)
    return branch


def _leaf(points: Points) -> Node:
    precursors = int(points.y.sum())
    share = float(points.weights[points.y].sum() / points.weights.sum())
    return Node((len(points) - precursors, precursors), share)


def _best_split(
    points: Points, asked: tuple[Question, ...], settings: Settings
) -> tuple[Split, Bools] | None:
    """The split of highest gain among those accurate enough (lines 5 to 14), and the side of each point."""
    best, best_gain = None, settings.min_gain
    for question, answers in zip(asked, points.answers, strict=True):
        if answers.all() or not answers.any():
            continue
        weights, bias = _hyperplane(points, answers, settings)
        sides = points.z @ weights + bias > 0
        gain = gini_gain(points.y, sides, points.weights)
        accuracy = float(np.average(sides == answers, weights=points.weights))
        # the first split may sit on the least gain, a later one must be better than the best so far
        better = gain > best_gain or (best is None and gain == best_gain)
        if better and accuracy > settings.min_accuracy and _holds(points, answers, settings):
            best, best_gain = (Split(question, tuple(weights.tolist()), bias, accuracy), sides), gain
    return best


def _holds(points: Points, answers: Bools, settings: Settings) -> bool:
    """Whether hyperplanes fitted without a fold of the points answer it right above `min_accuracy`."""
    if settings.folds < 2:
        return True
    fold_of = _folds(answers, settings.folds)
    right = np.zeros(len(answers), dtype=np.bool_)
    for fold in range(settings.folds):
        aside = fold_of == fold
        if not answers[~aside].any() or answers[~aside].all():
            return False
        weights, bias = _hyperplane(points.at(~aside), answers[~aside], settings)
        right[aside] = (points.z[aside] @ weights + bias > 0) == answers[aside]
    return float(np.average(right, weights=points.weights)) > settings.min_accuracy


def _folds(answers: Bools, folds: int) -> NDArray[np.int64]:
    """A fold for each point, (n,): both answers dealt round in an order drawn once from a fixed seed."""
    shuffled = np.random.default_rng(0).permutation(len(answers))
    dealt = shuffled[np.argsort(answers[shuffled], kind="stable")]
    fold_of = np.empty(len(answers), dtype=np.int64)
    fold_of[dealt] = np.arange(len(answers)) % folds
    return fold_of


def _hyperplane(points: Points, answers: Bools, settings: Settings) -> tuple[Floats, float]:
    """A linear SVM with squared hinge loss, solved in the primal."""
    svm = LinearSVC(
        loss="squared_hinge",
        dual=False,
        C=settings.c,
        tol=settings.tolerance,
        max_iter=settings.max_iterations,
    )
    with warnings.catch_warnings():
        # few points in many dimensions part at once, then the margin creeps on; `min_accuracy` judges it
        warnings.simplefilter("ignore", ConvergenceWarning)
        svm.fit(points.z, answers, sample_weight=points.weights)
    return svm.coef_[0], float(svm.intercept_[0])


def gini(y: Bools, weights: Floats) -> float:
    """Gini impurity 2 p (1 − p) of labels (n,) with weights (n,): 0 pure, 0.5 even, 0 of nothing."""
    total = weights.sum()
    share = float(weights[y].sum() / total) if total > 0 else 0.0
    return 2 * share * (1 - share)


def gini_gain(y: Bools, sides: Bools, weights: Floats) -> float:
    """How much the Gini impurity of y (n,) falls when the points part by `sides` (n,)."""
    share = float(weights[sides].sum() / weights.sum())
    parted = share * gini(y[sides], weights[sides]) + (1 - share) * gini(y[~sides], weights[~sides])
    return gini(y, weights) - parted


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
