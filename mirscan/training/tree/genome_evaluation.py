"""The tree of the genome on families and genomes that it has not seen, beside what else could be shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mirscan.encoding.concepts import CONCEPTS
from mirscan.encoding.stem_concepts import STEM_CONCEPTS, matrix
from mirscan.models.diva import DIVA, encode_zm
from mirscan.scoring.scorer import Scorer
from mirscan.training.tree.evaluation import Points, fidelity
from mirscan.training.tree.fit import fit, questions
from mirscan.training.tree.genome import NAMES, classes_of, points_of, reaching
from mirscan.training.tree.genome_material import Material, Part
from mirscan.training.tree.hyperplanes import Settings
from mirscan.training.tree.teacher import Classes, Floats, probabilities
from mirscan.tree.question import Question
from mirscan.tree.rules import Tree

FIRST = 400  # candidates that a scan ranks first
ENOUGH = 30  # candidates that must reach a split for its fidelity to count
FACTOR = 2.0  # between stated and counted background
QUANTILES = (0.15, 0.3, 0.5, 0.7, 0.85)  # of a concept, at which the tree on z_m may ask
ON_ZM = Settings(
    max_depth=5, min_samples=80, folds=2, slide=0.85, lean=3.0, penalties=(0.01, 0.1, 1.0)
)  # lean and slide as the best of those tried
CART_DEPTH = 5
OLD = tuple(concept.name for concept in CONCEPTS if concept.kind != "strand")
NEW = tuple(concept.name for concept in STEM_CONCEPTS)


def evaluate_genome_tree(tree: Tree, material: Material, scorer: Scorer, diva: DIVA | None) -> dict[str, Any]:
    """Everything that `mirscan evaluate tree --genome` says, as JSON holds it.

    Args:
        tree: A tree on the concepts.
        material: Candidates; `unseen[0]` is the genome that is ranked and counted.
        scorer: A network that has seen neither these families nor that genome.
        diva: Whose z_m is divided for comparison; None to leave that out.
    """
    host = material.unseen[0]
    truth = Truth(material, host)
    points = truth.of(lambda part: points_of(part))
    rows: dict[str, dict[str, float]] = {
        "tree_on_concepts_as_shipped": _tree_row(truth, tree.shares(points), tree.walk(points)),
        "networks_of_the_scan": {"auroc": truth.auroc(truth.of(lambda part: scorer.scores(part.hairpins)))},
        **_on_concepts(truth, material),
    }
    on_zm, fidelities = _on_zm(truth, material, diva) if diva else ({}, [])
    stated = leaves(tree, host)
    shares = [leaf["within_factor_2"] for leaf in stated]
    return {
        "precursors": {
            "planted": material.planted,
            "reach_the_scorer": int(material.test.sum()),
            "families": len(np.unique(material.family[material.test])),
        },
        "background": {part.name: len(part) for part in material.unseen},
        "megabases": {part.name: part.megabases for part in material.unseen},
        "rows": {**rows, **on_zm},
        "fidelity_of_tree_on_z_m": fidelities,
        "leaves": stated,
        "leaves_within_factor_2": float(np.mean(shares)),
        "background_in_leaves_within_factor_2": float(
            sum(leaf["counted"] for leaf in stated if leaf["within_factor_2"]) / len(host)
        ),
        "first_of_the_scan": ranked(tree, host),
        "kept_by_require_rule": {
            "precursors": _precursor_share(tree, matrix(material.precursors.values, NAMES)[material.test]),
            **{part.name: _precursor_share(tree, points_of(part)) for part in material.unseen if len(part)},
        },
    }


class Truth:
    """Precursors of unseen families and the background of one unseen genome, classes weighted alike.

    Attributes:
        y: bool (n,), precursors first.
        weights: float64 (n,), sum 1.
    """

    def __init__(self, material: Material, host: Part) -> None:
        rows = np.flatnonzero(material.test)
        self._parts = (taken(material.precursors, rows), host)
        self.y = np.repeat([True, False], [len(part) for part in self._parts])
        self.weights = np.where(self.y, 0.5 / max(len(rows), 1), 0.5 / max(len(host), 1))

    def of(self, measure: Any) -> Any:
        """What is measured of a part, (n, …) for all parts."""
        return np.concatenate([measure(part) for part in self._parts])

    def auroc(self, scores: Floats) -> float:
        """How often a precursor is above a background candidate, 0..1."""
        return float(roc_auc_score(self.y, scores))

    def bits(self, leaf: NDArray[np.int64]) -> float:
        """Mutual information of leaf (n,) and class, 0..1."""
        return mutual_information(leaf, self.y, self.weights)


def taken(part: Part, rows: NDArray[np.int64]) -> Part:
    """Some candidates of a part."""
    values = {name: column[rows] for name, column in part.values.items()}
    return replace(part, candidates=part.candidates.take(rows), images=part.images[rows], values=values)


def mutual_information(leaf: NDArray[np.int64], y: NDArray[np.bool_], weights: Floats) -> float:
    """Bits that a leaf (n,) tells of the class (n,), by weights (n,) that sum to 1."""
    of_class = {True: float(weights[y].sum()), False: float(weights[~y].sum())}
    found = 0.0
    for value in np.unique(leaf).tolist():
        here = leaf == value
        all_here = float(weights[here].sum())
        for label, share in of_class.items():
            both = float(weights[here & (y == label)].sum())
            found += both * float(np.log2(both / (all_here * share))) if both else 0.0
    return found


def _tree_row(truth: Truth, shares: Floats, leaf: NDArray[np.int64]) -> dict[str, float]:
    return {
        "auroc": truth.auroc(shares),
        "mutual_information_bits": truth.bits(leaf),
        "leaves": len(np.unique(leaf)),
    }


def _on_concepts(truth: Truth, material: Material) -> dict[str, dict[str, float]]:
    """A CART and boosting on the old concepts alone and on all of them."""
    found: dict[str, dict[str, float]] = {}
    learnt = classes_of(material)
    for label, names in (("old_concepts", OLD), ("old_and_new_concepts", (*OLD, *NEW))):
        with_points = _with_points(learnt, material, names)
        asked = truth.of(lambda part, names=names: matrix(part.values, names))
        cart = DecisionTreeClassifier(max_depth=CART_DEPTH, min_samples_leaf=30, random_state=0)
        cart.fit(with_points.points, with_points.y, sample_weight=with_points.weights)
        found[f"cart_on_{label}"] = _tree_row(truth, cart.predict_proba(asked)[:, 1], cart.apply(asked))
        found[f"boosting_on_{label}"] = {"auroc": truth.auroc(probabilities(with_points, asked))}
    return found


def _with_points(learnt: Classes, material: Material, names: tuple[str, ...]) -> Classes:
    parts = [matrix(material.precursors.values, names)[material.learnt]]
    parts += [matrix(part.values, names) for part in material.fitted]
    return replace(learnt, points=np.concatenate(parts))


def _on_zm(
    truth: Truth, material: Material, diva: DIVA
) -> tuple[dict[str, dict[str, float]], list[dict[str, Any]]]:
    """A plane, boosting and the tree of Algorithm 1 on z_m, with the fidelity of the tree's splits."""
    own = taken(material.precursors, np.flatnonzero(material.learnt))
    parts = [own, *material.fitted]
    z = np.concatenate([encode_zm(diva, part.images) for part in parts]).astype(np.float64)
    asked = truth.of(lambda part: encode_zm(diva, part.images)).astype(np.float64)
    learnt = replace(classes_of(material), points=z)
    plane = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=3000))
    plane.fit(z, learnt.y, logisticregression__sample_weight=learnt.weights)
    concepts = {name: np.concatenate([part.values[name] for part in parts]) for name in own.values}
    nodes = fit(z, learnt.y, concepts, asked_of(concepts), ON_ZM, learnt.weights)
    tree = Tree(nodes, z.shape[1])
    here = {name: truth.of(lambda part, name=name: part.values[name]) for name in own.values}
    judged = Points(asked, truth.y, here, truth.weights)
    splits = [asdict(split) for split in fidelity(tree, judged)]
    return {
        "tree_on_z_m_by_algorithm_1": {
            **_tree_row(truth, tree.shares(asked), tree.walk(asked)),
            "least_fidelity": min(s["share"] for s in splits if s["points"] >= ENOUGH),
        },
        "plane_on_z_m": {"auroc": truth.auroc(plane.predict_proba(asked)[:, 1])},
        "boosting_on_z_m": {"auroc": truth.auroc(probabilities(learnt, asked))},
    }, splits


def asked_of(concepts: Mapping[str, NDArray[Any]]) -> tuple[Question, ...]:
    """The questions of the paper, and those on the new concepts at quantiles of their values (n,)."""
    found = list(questions())
    for concept in STEM_CONCEPTS:
        words = concept.name, concept.label, concept.unit, concept.kind
        if concept.kind == "boolean":
            found.append(Question(*words))
            continue
        cuts = np.unique(np.quantile(concepts[concept.name], QUANTILES))
        found += [Question(*words, float(cut)) for cut in cuts]
    return tuple(found)


def leaves(tree: Tree, host: Part) -> list[dict[str, Any]]:
    """Each leaf with the background that it states and that is counted in an unseen genome."""
    came = reaching(tree, points_of(host))
    found = []
    for index, node in enumerate(tree.nodes):
        if node.split is None and node.rates:
            counted = int(came[index])
            ratio = (counted + 0.5) / (node.rates.background * host.megabases + 0.5)
            found.append(
                {
                    "leaf": index,
                    **asdict(node.rates),
                    "counted": counted,
                    "counted_a_mb": counted / host.megabases,
                    "within_factor_2": 1 / FACTOR <= ratio <= FACTOR,
                }
            )
    return found


def ranked(tree: Tree, host: Part) -> dict[str, Any]:
    """How the candidates that a scan ranks first spread over the leaves."""
    first = np.argsort(-host.candidates.scores, kind="stable")[:FIRST]
    came = np.bincount(tree.walk(points_of(host)[first]), minlength=len(tree.nodes))
    return {
        "candidates": len(first),
        "leaves": int((came > 0).sum()),
        "largest_share": float(came.max() / max(len(first), 1)),
    }


def _precursor_share(tree: Tree, points: Floats) -> float:
    return float(tree.predict(points).mean())
