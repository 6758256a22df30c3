"""Fitting the tree of the genome: what is walked is what scikit-learn grew; sisters of like worth join."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from mirscan.records import Hairpin
from mirscan.training.tree.candidates import Candidates
from mirscan.training.tree.genome import EVEN, NAMES, joined, nodes_of, reaching, recounted, shrunk
from mirscan.training.tree.genome_evaluation import mutual_information
from mirscan.training.tree.genome_material import TEST_FOLD, Material, Part
from mirscan.training.tree.teacher import Classes, out_of_group
from mirscan.tree.rules import Tree


@pytest.fixture(scope="module")
def classes() -> Classes:
    rng = np.random.default_rng(4)
    points = np.round(rng.normal(size=(600, len(NAMES))), 1)
    y = points[:, 0] + points[:, 1] * (points[:, 2] > 0) + rng.normal(size=600) > 0.5
    return Classes(points, y, np.where(y, 2.0, 1.0), np.arange(600) % 3)


def test_the_tree_walked_is_the_one_that_was_grown(classes):
    grown = DecisionTreeRegressor(max_depth=5, min_samples_leaf=20, random_state=0)
    grown.fit(classes.points, classes.y, sample_weight=classes.weights)
    tree = Tree(nodes_of(grown.tree_, classes, classes.points.std(axis=0)), len(NAMES))
    assert tree.walk(classes.points).tolist() == grown.apply(classes.points).tolist()
    np.testing.assert_allclose(tree.shares(classes.points), grown.predict(classes.points), atol=1e-12)
    counts = reaching(tree, classes.points)
    assert [sum(node.counts) for node in tree.nodes] == counts.tolist()


def test_sister_leaves_of_like_worth_are_joined(classes):
    grown = DecisionTreeRegressor(max_depth=6, min_samples_leaf=10, random_state=0)
    grown.fit(classes.points, classes.y, sample_weight=classes.weights)
    tree = Tree(nodes_of(grown.tree_, classes, np.ones(len(NAMES))), len(NAMES))
    assert joined(tree, 0.0).nodes == tree.nodes
    fewer = joined(tree, 3.0)
    assert 1 < len(fewer.nodes) < len(tree.nodes)
    leaf = fewer.walk(classes.points)
    for index in np.unique(leaf).tolist():
        assert sum(fewer.nodes[index].counts) == (leaf == index).sum()
    assert len(joined(tree, 100.0).nodes) == 1


def test_background_is_drawn_to_even_sides_and_adds_up(classes):
    grown = DecisionTreeRegressor(max_depth=5, min_samples_leaf=20, random_state=0)
    grown.fit(classes.points, classes.y, sample_weight=classes.weights)
    tree = Tree(nodes_of(grown.tree_, classes, np.ones(len(NAMES))), len(NAMES))
    came = reaching(tree, classes.points[~classes.y])
    shares = shrunk(tree, came)
    root = tree.nodes[0]
    for side, other in ((root.no, root.yes), (root.yes, root.no)):
        counted = came[side] / came[0]
        assert abs(shares[side] - 0.5) < abs(counted - 0.5)
        assert shares[side] == pytest.approx((came[side] + EVEN) / (came[side] + came[other] + 2 * EVEN))
    leaves = [at for at, node in enumerate(tree.nodes) if node.split is None]
    assert shares[leaves].sum() == pytest.approx(1)
    assert (shares > 0).all()
    np.testing.assert_allclose(shrunk(tree, came * 10**6), came / came[0], atol=1e-5)


def part_of(name: str, points: np.ndarray, megabases: float = 0.0) -> Part:
    hairpin = Hairpin("c", 0, 60, "+", "A" * 60, "." * 60, 0.0)
    found = Candidates([hairpin] * len(points), np.zeros(len(points)), np.zeros(len(points), np.int64))
    values = dict(zip(NAMES, points.T, strict=True))
    return Part(name, found, np.zeros((len(points), 25, 100), np.uint8), values, megabases)


def test_a_recount_keeps_the_questions_and_says_where_they_come_from(classes):
    grown = DecisionTreeRegressor(max_depth=3, min_samples_leaf=20, random_state=0)
    grown.fit(classes.points, classes.y, sample_weight=classes.weights)
    tree = Tree(nodes_of(grown.tree_, classes, np.ones(len(NAMES))), len(NAMES), provenance={"command": "a"})
    genes, others = classes.points[classes.y], classes.points[~classes.y]
    fold = np.full(len(genes), TEST_FOLD)
    material = Material(
        part_of("precursors", genes), np.full(len(genes), "let-7"), fold, fold == TEST_FOLD,
        [part_of("hsa_some", others, 2.0), part_of("cel_other", genes, 9.0)], [], len(genes),
    )  # fmt: skip
    again = recounted(tree, material, {"command": "b"})
    assert [node.split for node in again.nodes] == [node.split for node in tree.nodes]
    root = again.nodes[0].rates
    assert root is not None
    assert (root.precursors, root.background, root.bits) == (100, round(len(others) / 2, 2), 0)
    assert again.provenance["command"] == "b"
    assert again.provenance["questions"] == {"command": "a"}
    twice = recounted(again, material, {"command": "c"})
    assert twice.provenance["questions"] == {"command": "a"}
    assert twice.nodes == again.nodes


def test_no_teacher_speaks_of_what_it_has_learnt(classes):
    """With labels that say nothing, teachers know nothing of those whose labels they have not seen."""
    rng = np.random.default_rng(0)
    noise = Classes(classes.points, rng.random(600) < 0.5, np.ones(600), classes.group)
    said, more = out_of_group(noise, classes.points[:7])
    assert abs(np.corrcoef(said, noise.y)[0, 1]) < 0.15
    assert more.shape == (7,)
    known, _ = out_of_group(classes, classes.points[:0])
    assert np.corrcoef(known, classes.y)[0, 1] > 0.5


def test_mutual_information():
    y = np.array([True, True, False, False])
    weights = np.full(4, 0.25)
    assert mutual_information(np.array([0, 0, 1, 1]), y, weights) == pytest.approx(1.0)
    assert mutual_information(np.array([0, 1, 0, 1]), y, weights) == pytest.approx(0.0)
    assert mutual_information(np.zeros(4, dtype=int), y, weights) == pytest.approx(0.0)
