"""The tree that comes with scans: its answers are what is measured, and it stands on its own."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mirscan.errors import ModelError
from mirscan.folding.viennarna import fold
from mirscan.records import Hairpin
from mirscan.tree.file import load_tree, locate_tree, save_tree
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Node, Tree


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge("genome-tree", "cpu")


@pytest.fixture(scope="module")
def hairpins() -> list[Hairpin]:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(60):
        arm = "".join(rng.choice(list("ACGU"), rng.integers(15, 45)))
        other = arm[::-1].translate(str.maketrans("ACGU", "UGCA"))
        sequence = f"{arm}{''.join(rng.choice(list('ACGU'), 12))}{other}"
        found.append(Hairpin("c", 0, len(sequence), "+", sequence, *fold(sequence)))
    return found


def test_its_answers_are_what_is_measured(judge, hairpins):
    rules = judge.rules(hairpins)
    assert all(rule.disagreements == 0 for rule in rules)
    assert all(step.measured is not None for rule in rules for step in rule.steps)
    assert len({rule.leaf for rule in rules}) > 1
    assert [rule.leaf for rule in rules] == judge.tree.walk(judge.points(hairpins)).tolist()
    assert judge.rules(hairpins[:1]) + judge.rules(hairpins[1:]) == rules
    assert judge.rules([]) == []


def test_the_shipped_rates_add_up(judge):
    """What comes to a node comes to its children; each leaf's sentence is short and has nothing to escape."""
    nodes = judge.tree.nodes
    for node in nodes:
        assert node.rates is not None
        if node.split is None:
            continue
        for name in ("precursors", "background"):
            parts = getattr(nodes[node.no].rates, name) + getattr(nodes[node.yes].rates, name)
            assert getattr(node.rates, name) == pytest.approx(parts, abs=0.03)
    assert nodes[0].rates.precursors == 100
    assert nodes[0].rates.bits == 0


def test_each_rule_fits_a_browser(judge, hairpins):
    for rule in judge.rules(hairpins):
        in_gff3 = rule.text.replace("→", "->")
        assert len(in_gff3) <= 200
        assert in_gff3.isascii()
        assert not set(in_gff3) & set(";=&,%\t")


def test_a_tree_that_asks_about_unknown_concepts_is_refused(tmp_path):
    tree = load_tree(locate_tree("genome-tree"))
    assert load_tree(locate_tree("genome-tree")) == tree
    unknown = {"name": "concepts", "concepts": ["no_such_concept"]}
    save_tree(Tree((Node((1, 1), 0.5),), 1, unknown), tmp_path / "unknown")
    with pytest.raises(ModelError, match="no_such_concept"):
        Judge(str(tmp_path / "unknown"), "cpu")
    save_tree(dataclasses.replace(tree, size=tree.size, latent={"name": "concepts"}), tmp_path / "unnamed")
    with pytest.raises(ModelError, match="without the names"):
        Judge(str(tmp_path / "unnamed"), "cpu")
