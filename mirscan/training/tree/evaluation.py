"""How good the tree is, how true its questions are to the concepts, and what simpler classifiers reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mirscan.encoding.concepts import CONCEPTS
from mirscan.runtime.rowwise import Rowwise
from mirscan.tree.question import UPPER
from mirscan.tree.rules import Tree

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
CART_DEPTH = 5  # as deep as the tree itself


@dataclass(frozen=True, slots=True)
class Points(Rowwise):
    """Labelled hairpins in both of their descriptions.

    Attributes:
        z: float (n, d), latent points.
        y: bool (n,), precursor.
        concepts: Concept name → values (n,).
        weights: float64 (n,), how many hairpins each stands for.
    """

    z: NDArray[Any]
    y: Bools
    concepts: Mapping[str, NDArray[Any]]
    weights: Floats

    def joined(self, other: Points) -> Points:
        """These hairpins, then others."""
        concepts = {
            name: np.concatenate([self.concepts[name], other.concepts[name]]) for name in self.concepts
        }
        z, y = np.concatenate([self.z, other.z]), np.concatenate([self.y, other.y])
        return Points(z, y, concepts, np.concatenate([self.weights, other.weights]))


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares of right answers, 0..1: of all, of the precursors, of the others; NaN of none."""

    accuracy: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How often the hyperplane of one node gives the measured answer.

    Attributes:
        node: Index in the tree.
        question: The question in words.
        share: Share of the points that reach the node on which both answers agree; NaN where none does.
        points: Points that reach the node.
        everywhere: The same share over all points.
    """

    node: int
    question: str
    share: float
    points: int
    everywhere: float


def scores(called: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> Scores:
    """Accuracy, sensitivity and specificity of calls (n,) against labels (n,), with weights (n,)."""
    truth = np.asarray(y).astype(np.bool_)
    right = np.asarray(called).astype(np.bool_) == truth
    share = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    every = np.ones_like(truth)
    return Scores(*(_share(right, share * among) for among in (every, truth, ~truth)))


def _share(right: Bools, weights: Floats) -> float:
    total = float(weights.sum())
    return float(weights[right].sum()) / total if total else float("nan")


def fidelity(tree: Tree, points: Points) -> list[Fidelity]:
    """How often each hyperplane of the tree gives the measured answer, unweighted, on `points`."""
    z = np.asarray(points.z, dtype=np.float64)
    at, found = np.zeros(len(z), dtype=np.int64), []
    for index, node in enumerate(tree.nodes):
        if node.split is None:
            continue
        question, sides = node.split.question, node.split.margins(z) > 0
        agree, here = sides == question.answers(points.concepts[question.concept]), at == index
        share = _share(agree, here.astype(np.float64))
        found.append(Fidelity(index, question.text, share, int(here.sum()), float(agree.mean())))
        at = np.where(here, np.where(sides, node.yes, node.no), at)
    return found


def concept_matrix(concepts: Mapping[str, NDArray[Any]]) -> Floats:
    """The concepts as numbers (n, c) for other classifiers: answers and strands 0 or 1, NaN where empty."""
    columns = []
    for concept in CONCEPTS:
        values = concepts[concept.name]
        if concept.kind == "strand":
            values = np.where(values == "", np.nan, values == UPPER)
        columns.append(np.asarray(values, dtype=np.float64))
    return np.stack(columns, axis=1)


def on_concepts(train: Points, test: Points, seed: int = 0) -> dict[str, Bools]:
    """The calls (n,) on `test` of classifiers trained on the measured concepts of `train`, by name.

    A decision tree (CART) as deep as ours, and gradient boosting, which shows what they hold altogether.
    """
    learners = {
        "cart_on_concepts": DecisionTreeClassifier(
            max_depth=CART_DEPTH, min_samples_split=10, random_state=seed
        ),
        "gradient_boosting_on_concepts": HistGradientBoostingClassifier(random_state=seed),
    }
    known, asked = concept_matrix(train.concepts), concept_matrix(test.concepts)
    for learner in learners.values():
        learner.fit(known, train.y, sample_weight=train.weights)
    return {name: learner.predict(asked) for name, learner in learners.items()}


def on_latent(train: Points, test: Points) -> dict[str, Bools]:
    """The calls (n,) on `test` of one plane through the latent, fitted on `train`, by name."""
    plane = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    plane.fit(train.z, train.y, logisticregression__sample_weight=train.weights)
    return {"logistic_regression_on_z_m": plane.predict(test.z)}


def report(tree: Tree, train: Points, test: Points, new: Bools, seed: int = 0) -> dict[str, Any]:
    """Everything that `mirscan evaluate tree` says, as JSON holds it.

    Args:
        tree: The tree.
        train: What it was trained on; the baselines train on it too.
        test: What it is judged on; `weights` restore the proportions of the published test set.
        new: bool (n,), test hairpins whose sequence is not in the training set.
        seed: Of the gradient boosting.
    """
    calls = {
        "tree_on_z_m": tree.predict(test.z),
        **on_concepts(train, test, seed),
        **on_latent(train, test),
    }
    return {
        "test_hairpins": len(test.y),
        "scores": {name: views(called, test, new) for name, called in calls.items()},
        "fidelity": [asdict(split) for split in fidelity(tree, test)],
        "leaves": sum(node.split is None for node in tree.nodes),
    }


def views(called: Bools, test: Points, new: Bools) -> dict[str, dict[str, float]]:
    """The scores of calls (n,) on `test`: weighted, plain, and weighted over the `new` sequences alone."""
    return {
        "weighted": asdict(scores(called, test.y, test.weights)),
        "plain": asdict(scores(called, test.y)),
        "weighted_new_sequences": asdict(scores(called[new], test.y[new], test.weights[new])),
    }
