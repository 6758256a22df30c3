"""The tree as data: walking, words, saving and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mirscan.errors import InputError, ModelError
from mirscan.tree.file import FILE, load_tree, save_tree
from mirscan.tree.rules import Node, Question, Split, Tree

PAIRS = Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5)
LENGTH = Question("stem_length", "stem length", "columns", "count", 70.0)
ASYMMETRIC = Question("asymmetric", "asymmetric", "", "boolean")
STRAND = Question("largest_asym_bulge_strand_location", "largest asymmetric bulge", "", "strand")


def published():
    """The shape of the published tree over two dimensions: z0 the pairs, z1 the length, both the symmetry."""
    return Tree(
        nodes=(
            Node((500, 500), 0.5, Split(PAIRS, (1.0, 0.0), 0.0, 0.97), 1, 4),
            Node((450, 100), 0.2, Split(LENGTH, (0.0, 1.0), -1.0, 0.99), 2, 3),
            Node((440, 40), 0.1),
            Node((10, 60), 0.86, Split(ASYMMETRIC, (-1.0, -1.0), 0.5, 0.9), 6, 5),
            Node((50, 400), 0.9),
            Node((8, 5), 0.4),
            Node((2, 55), 0.96),
        ),
        size=2,
        latent={"name": "z_m", "sha256": "0" * 64},
    )


POINTS = np.array([[2.0, 0.0], [-1.0, 0.0], [-1.0, 2.0], [-3.0, 1.5], [0.0, 0.0]])
LEAVES = [4, 2, 6, 5, 2]


def test_walking():
    np.testing.assert_array_equal(published().walk(POINTS), LEAVES)
    assert published().predict(POINTS).tolist() == [True, False, True, False, False]
    np.testing.assert_array_equal(published().shares(POINTS), [0.9, 0.1, 0.96, 0.4, 0.1])


def test_one_point_goes_where_it_goes_among_many():
    rng = np.random.default_rng(0)
    nodes = tuple(
        Node((1, 1), 0.5, Split(PAIRS, tuple(rng.normal(size=64)), 0.0, 1.0), 2 * i + 1, 2 * i + 2)
        if i < 15
        else Node((1, 1), 0.5)
        for i in range(31)
    )
    tree, points = Tree(nodes, 64), rng.normal(size=(200, 64)).astype(np.float32)
    together = tree.walk(points)
    assert len(set(together.tolist())) > 8
    assert [tree.explain(point).leaf for point in points] == together.tolist()
    assert [int(tree.walk(point[None])[0]) for point in points] == together.tolist()


def test_the_path_in_words():
    measured = {"base_pairs_in_stem": np.float64(0.63)}
    assert published().explain(POINTS[0], measured).text == (
        "base pairs in stem > 0.5: yes (0.63) → precursor (400 of 450 training hairpins)"
    )


def test_disagreement_is_marked():
    measured = {"base_pairs_in_stem": 0.4375, "stem_length": np.int64(70), "asymmetric": np.bool_(False)}
    rule = published().explain(POINTS[2], measured)
    assert rule.text == (
        "base pairs in stem > 0.5: no (0.438) → stem length > 70: yes (70, measured: no) → asymmetric: no → "
        "precursor (55 of 57 training hairpins)"
    )
    assert [step.disagrees for step in rule.steps] == [False, True, False]
    assert rule.disagreements == 1
    uneven = published().explain(POINTS[2], {**measured, "asymmetric": True})
    assert "asymmetric: no (measured: yes)" in uneven.text


def test_without_measurements_there_is_no_remark():
    rule = published().explain(POINTS[1])
    assert rule.text == (
        "base pairs in stem > 0.5: no → stem length > 70: no → not a precursor (440 of 480 training hairpins)"
    )
    assert rule.disagreements == 0
    assert [step.measured for step in rule.steps] == [None, None]


def test_an_empty_value_is_a_no():
    gaps = Question("gap_start", "gaps at the start", "columns", "count", 2.0)
    assert gaps.answers([np.nan, 2, 3]).tolist() == [False, False, True]
    assert STRAND.answers(["upper", "lower", ""]).tolist() == [True, False, False]
    assert ASYMMETRIC.answers(np.array([True, False])).tolist() == [True, False]
    tree = Tree(
        (Node((1, 1), 0.5, Split(gaps, (1.0,), 0.0, 1.0), 1, 2), Node((1, 0), 0.0), Node((0, 1), 1.0)), 1
    )
    step = tree.explain([-1.0], {"gap_start": np.float64("nan")}).steps[0]
    assert step.text == "gaps at the start > 2: no (none)"
    assert not step.disagrees
    assert tree.explain([1.0], {"gap_start": np.nan}).steps[0].disagrees


def test_the_strand_in_words():
    tree = Tree(
        (Node((1, 1), 0.5, Split(STRAND, (1.0,), 0.0, 1.0), 1, 2), Node((1, 0), 0.0), Node((0, 1), 1.0)), 1
    )
    step = tree.explain([1.0], {STRAND.concept: np.str_("lower")}).steps[0]
    assert step.text == "largest asymmetric bulge on the upper strand: yes (lower, measured: no)"


def test_a_rule_as_json():
    measured = {
        "base_pairs_in_stem": np.float64(0.4),
        "stem_length": np.int64(71),
        "asymmetric": np.bool_(True),
    }
    content = json.loads(json.dumps(published().explain(POINTS[3], measured).as_dict()))
    assert content["steps"][1]["value"] == 71
    assert content["steps"][1]["question"]["threshold"] == 70
    assert content["precursor"] is False
    assert content["text"].endswith("not a precursor (8 of 13 training hairpins)")


def test_saved_and_loaded_is_the_same(tmp_path):
    rng = np.random.default_rng(1)
    tree = published()
    root = tree.nodes[0]
    odd = Split(PAIRS, tuple((rng.normal(size=2) / 3).tolist()), 1 / 7, 0.9)
    tree = Tree((Node(root.counts, 1 / 3, odd, 1, 4), *tree.nodes[1:]), 2, tree.latent, {"max_depth": 5})
    save_tree(tree, tmp_path / "tree")
    assert load_tree(tmp_path / "tree") == tree
    assert [path.name for path in (tmp_path / "tree").iterdir()] == [FILE]


def test_points_of_another_latent_are_refused():
    with pytest.raises(InputError, match=r"\(n, 2\)"):
        published().walk(np.zeros((3, 64)))
    with pytest.raises(InputError, match="finite"):
        published().explain([np.nan, 0.0])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.update(format=2),
        lambda content: content["nodes"][0].update(no=0),
        lambda content: content["nodes"][0].update(yes=99),
        lambda content: content["nodes"][0]["split"].update(weights=[1.0]),
        lambda content: content["nodes"][0]["split"].update(bias=float("nan")),
        lambda content: content["nodes"][0].pop("counts"),
        lambda content: content.update(nodes=[]),
        lambda content: content.update(surprise=1),
    ],
    ids=["format", "loop", "no such child", "short", "nan", "counts", "no node", "surprise"],
)
def test_a_damaged_tree_is_refused(tmp_path, damage):
    path = save_tree(published(), tmp_path)
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ModelError, match=r"tree\.json"):
        load_tree(tmp_path)


def test_a_missing_or_unreadable_tree_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no tree\.json"):
        load_tree(tmp_path)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(ModelError, match="unreadable"):
        load_tree(tmp_path)
