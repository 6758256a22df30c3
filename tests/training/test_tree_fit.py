"""Fitting the tree: Algorithm 1 on latents whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from mirscan.encoding.concepts import CONCEPTS
from mirscan.errors import TrainingError
from mirscan.training.tree.fit import fit, questions
from mirscan.training.tree.hyperplanes import Settings, gini_gain
from mirscan.tree.rules import Question, Tree

LENGTH = Question("stem_length", "stem length", "columns", "count", 40.0)
PAIRS = Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5)
NOISE = Question("UGU", "UGU motif at the loop", "", "boolean")
ASKED = (NOISE, LENGTH, PAIRS)


def world(n=600, seed=0):
    """Points in six dimensions; two concepts linear in them, one noise; precursors answer yes to both."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 6)) * [1, 20, 0.1, 1, 5, 1] + [0, 50, 3, 0, 0, 1]
    concepts = {
        "stem_length": np.rint(40 + (z[:, 1] - 50) + 3 * z[:, 0]),
        "base_pairs_in_stem": 0.5 + (z[:, 2] - 3) * 2 - 0.05 * z[:, 3],
        "UGU": rng.random(n) < 0.5,
    }
    y = (concepts["stem_length"] > 40) & (concepts["base_pairs_in_stem"] > 0.5)
    return z, y, concepts


def tree_of(z, y, concepts, **given):
    return Tree(fit(z, y, concepts, ASKED, **given), z.shape[1])


def asked_in(tree):
    return {node.split.question.concept for node in tree.nodes if node.split}


def test_linear_concepts_are_found_and_noise_is_not():
    z, y, concepts = world()
    tree = tree_of(z, y, concepts, settings=Settings(max_depth=2))
    assert asked_in(tree) == {"stem_length", "base_pairs_in_stem"}
    assert (tree.predict(z) == y).mean() > 0.97
    fresh_z, fresh_y, _ = world(seed=1)
    assert (tree.predict(fresh_z) == fresh_y).mean() > 0.95


def test_walking_is_the_composition_of_scikit_learns_svms():
    z, y, concepts = world()
    settings = Settings(max_depth=3, slide=1, penalties=(0.01,))
    tree = tree_of(z, y, concepts, settings=settings)
    scaled = StandardScaler().fit_transform(z)
    expected = np.zeros(len(z), dtype=int)
    for index, node in enumerate(tree.nodes):
        here = np.flatnonzero(expected == index)
        if node.split is None:
            continue
        question = node.split.question
        answers = question.answers(concepts[question.concept])
        svm = LinearSVC(
            dual=False, C=50 / len(here), tol=settings.tolerance, max_iter=settings.max_iterations
        )
        sides = svm.fit(scaled[here], answers[here]).predict(scaled[here])
        expected[here] = np.where(sides, node.yes, node.no)
        assert node.split.accuracy == pytest.approx((sides == answers[here]).mean())
    assert len(tree.nodes) >= 5
    np.testing.assert_array_equal(tree.walk(z), expected)


def test_leaves_count_the_points_that_reach_them():
    z, y, concepts = world()
    tree = tree_of(z, y, concepts)
    leaves = tree.walk(z)
    for index, node in enumerate(tree.nodes):
        if node.split is None:
            reached = y[leaves == index]
            assert node.counts == ((~reached).sum(), reached.sum())
            assert node.share == pytest.approx(reached.mean())


def test_a_concept_that_the_latent_does_not_hold_is_not_asked():
    z, _, concepts = world()
    y = concepts["UGU"]
    free = tree_of(
        z, y, {**concepts, "UGU": y}, settings=Settings(min_accuracy=0.0, min_gain=0.0001, slide=1, folds=1)
    )
    assert "UGU" in asked_in(free)
    assert "UGU" not in asked_in(tree_of(z, y, concepts, settings=Settings(min_gain=0.0001)))


def test_the_accuracy_must_be_above_the_minimum():
    z, _, concepts = world()
    y = concepts["stem_length"] > 40
    root = tree_of(z, y, concepts, settings=Settings(max_depth=1)).nodes[0]
    assert root.split.question == LENGTH
    beyond = Settings(max_depth=1, min_accuracy=root.split.accuracy)
    assert len(tree_of(z, y, concepts, settings=beyond).nodes) == 1


def test_what_few_points_in_many_dimensions_answer_by_chance_must_hold_on_others():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(60, 64)), rng.random(60) < 0.5
    concepts = {"UGU": y ^ (rng.random(60) < 0.1)}
    by_chance = fit(z, y, concepts, (NOISE,), Settings(folds=1, max_depth=1))
    assert by_chance[0].split.accuracy == 1
    assert len(fit(z, y, concepts, (NOISE,), Settings(folds=5, max_depth=1))) == 1


def test_a_true_question_holds_on_others():
    z, y, concepts = world(n=150)
    paper, proven = (fit(z, y, concepts, ASKED, Settings(folds=folds)) for folds in (1, 5))
    assert paper[0].split == proven[0].split
    assert len(proven) >= 5


def test_an_answer_given_once_cannot_be_proven():
    z, _, concepts = world(n=60)
    once = {**concepts, "UGU": np.arange(60) == 7}
    nodes = fit(z, once["UGU"], once, (NOISE,), Settings(folds=5, min_gain=0.0, min_accuracy=0.5))
    assert len(nodes) == 1


def test_no_path_asks_a_question_twice():
    z, y, concepts = world()
    flipped = y ^ (np.random.default_rng(2).random(len(y)) < 0.15)
    nodes = tree_of(z, flipped, concepts, settings=Settings(min_gain=0.0)).nodes

    def longest(index, before):
        split = nodes[index].split
        if split is None:
            return len(before)
        assert split.question not in before
        return max(longest(child, [*before, split.question]) for child in (nodes[index].no, nodes[index].yes))

    assert longest(0, []) >= 2


def test_depth_and_samples_bound_the_tree():
    z, y, concepts = world()
    assert len(tree_of(z, y, concepts, settings=Settings(max_depth=0)).nodes) == 1
    assert len(tree_of(z, y, concepts, settings=Settings(max_depth=2)).nodes) == 5
    assert len(tree_of(z, y, concepts, settings=Settings(min_samples=len(z) + 1)).nodes) == 1
    second = Settings(max_depth=2, min_samples=len(z))
    y_one_question = concepts["stem_length"] > 40
    assert len(tree_of(z, y_one_question, concepts, settings=second).nodes) == 3


def test_a_pure_node_is_a_leaf():
    z, y, concepts = world()
    nodes = tree_of(z, np.ones_like(y), concepts).nodes
    assert len(nodes) == 1
    assert nodes[0].counts == (0, len(z))


def test_a_split_must_gain():
    z, y, concepts = world()
    assert len(tree_of(z, y, concepts, settings=Settings(min_gain=0.5)).nodes) == 1


def test_sister_leaves_of_one_class_are_joined():
    z, _, concepts = world()
    rng = np.random.default_rng(5)
    y = rng.random(len(z)) < np.where(concepts["stem_length"] > 40, 0.95, 0.6)
    nodes = tree_of(z, y, concepts, settings=Settings(max_depth=1, min_gain=0.01)).nodes
    parted = gini_gain(y, concepts["stem_length"] > 40, np.ones(len(y)))
    assert parted > 0.01
    assert len(nodes) == 1


def test_no_pair_of_sister_leaves_agrees():
    z, y, concepts = world()
    flipped = y ^ (np.random.default_rng(2).random(len(y)) < 0.15)
    nodes = tree_of(z, flipped, concepts).nodes
    sisters = [(nodes[node.no], nodes[node.yes]) for node in nodes if node.split]
    assert sisters
    assert all(no.split or yes.split or no.precursor != yes.precursor for no, yes in sisters)


def test_a_weight_is_as_good_as_a_repeated_point():
    z, y, concepts = world(n=200)
    weights = np.where(np.arange(200) % 3 == 0, 3, 1)
    repeated = np.repeat(np.arange(200), weights)
    exact = Settings(max_depth=2, tolerance=1e-8, max_iterations=5000)
    again = {name: values[repeated] for name, values in concepts.items()}
    one = tree_of(z, y, concepts, settings=exact, weights=weights).nodes
    many = tree_of(z[repeated], y[repeated], again, settings=exact).nodes
    assert len(one) == 5
    for weighted, counted in zip(one, many, strict=True):
        assert weighted.share == pytest.approx(counted.share)
        assert (weighted.split is None) == (counted.split is None)
        if weighted.split:
            assert weighted.split.question == counted.split.question
            assert weighted.split.weights == pytest.approx(counted.split.weights, rel=1e-4)


def test_the_same_data_give_the_same_tree():
    z, y, concepts = world()
    assert fit(z, y, concepts, ASKED) == fit(z, y, concepts, ASKED)


def test_the_scale_of_the_latent_does_not_matter():
    z, y, concepts = world()
    stretched = z * [1e3, 1, 1e-3, 7, 1, 1] + [0, 5, 0, -3, 0, 0]
    tree, other = tree_of(z, y, concepts), tree_of(stretched, y, concepts)
    np.testing.assert_array_equal(tree.walk(z), other.walk(stretched))


def test_the_questions_are_the_authors():
    asked = questions()
    assert len({(question.concept, question.threshold) for question in asked}) == len(asked)
    thresholds = [question.threshold for question in asked if question.concept == "stem_length"]
    assert thresholds == [10, 20, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90]
    silent = {concept.name for concept in CONCEPTS} - {question.concept for question in asked}
    assert silent == {"highest_point_loop_upperhalf_row", "loop_length"}


@pytest.mark.parametrize("broken", ["short", "empty", "nan"])
def test_bad_points_are_refused(broken):
    z, y, concepts = world(n=50)
    if broken == "short":
        y = y[:-1]
    if broken == "empty":
        z, y, concepts = z[:0], y[:0], {name: values[:0] for name, values in concepts.items()}
    if broken == "nan":
        z = z.copy()
        z[3, 3] = np.nan
    with pytest.raises(TrainingError):
        tree_of(z, y, concepts)


def test_settings_are_the_papers():
    assert replace(Settings()) == Settings(5, 10, 0.8, 0.001)
