"""The verdict of the tree on hairpins, through an untrained DIVA."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mirscan.encoding.concepts import compute
from mirscan.encoding.image import images
from mirscan.errors import DeviceError, ModelError, UsageError
from mirscan.folding.viennarna import fold
from mirscan.models.diva import DIVA, encode_zm
from mirscan.records import Hairpin
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network, save_network
from mirscan.tree.file import locate_tree, save_tree
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Node, Question, Split, Tree

LENGTH = Question("stem_length", "stem length", "columns", "count", 30.0)


def hairpins(count):
    rng = np.random.default_rng(4)
    sequences = ["".join(rng.choice(list("ACGU"), size)) for size in rng.integers(50, 110, count)]
    return [Hairpin("c", 0, len(sequence), "+", sequence, *fold(sequence)) for sequence in sequences]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A tree over an untrained DIVA that parts the hairpins about evenly along the first axis of z_m."""
    root = tmp_path_factory.mktemp("judge")
    torch.manual_seed(3)
    save_network(root / "diva", DIVA("diva"), "diva", {}, {})
    _, network = load_network(str(root / "diva"), torch.device("cpu"))
    some = hairpins(40)
    z = encode_zm(network, images([h.sequence for h in some], [h.structure for h in some]))
    weights = (1.0, *[0.0] * 63)
    split = Split(LENGTH, weights, -float(np.median(z[:, 0])), 0.9)
    nodes = (Node((3, 3), 0.5, split, 1, 2), Node((3, 1), 0.25), Node((0, 2), 1.0))
    latent = {"name": "z_m", "model": str(root / "diva"), "sha256": latent_checksum(network, "m")}
    save_tree(Tree(nodes, 64, latent), root / "tree")
    return root


def test_each_hairpin_gets_the_rule_of_its_own_point(folders):
    judge, some = Judge(str(folders / "tree"), "cpu"), hairpins(20)
    rules = judge.rules(some)
    pixels = images([h.sequence for h in some], [h.structure for h in some])
    lengths = compute(pixels)["stem_length"]
    assert {rule.precursor for rule in rules} == {True, False}
    for rule, z, length in zip(rules, judge.points(some), lengths, strict=True):
        step = rule.steps[0]
        assert (step.value, step.measured) == (length, length > 30)
        assert step.yes == (judge.tree.nodes[0].split.margins(z[None])[0] > 0)
    _, network = load_network(str(folders / "diva"), torch.device("cpu"))
    np.testing.assert_allclose(judge.points(some), encode_zm(network, pixels), atol=1e-3)


def test_a_rule_does_not_depend_on_the_company(folders):
    judge, some = Judge(str(folders / "tree"), "cpu"), hairpins(18)
    together = judge.rules(some)
    assert judge.rules(some[:1]) + judge.rules(some[1:16]) + judge.rules(some[16:]) == together
    assert judge.rules([]) == []


def test_memory_that_runs_out_halves_the_batch(folders, monkeypatch):
    judge, some = Judge(str(folders / "tree"), "cpu"), hairpins(9)
    expected, encode, sizes = judge.rules(some), judge.space._path.encode, []

    def small(images, size):
        sizes.append(len(images))
        if len(images) > fits:
            raise torch.OutOfMemoryError("no memory")
        return encode(images, size)

    monkeypatch.setattr(judge.space._path, "encode", small)
    monkeypatch.setattr(judge.space._batches, "size", 8)  # as if on a device
    fits = 3
    assert judge.rules(some) == expected
    assert sizes == [8, 4, 2, 2, 2, 2, 1]
    fits = 0
    with pytest.raises(DeviceError, match="device cpu: no memory"):
        judge.rules(some)


def test_a_network_that_is_not_the_trees_is_refused(folders, tmp_path):
    torch.manual_seed(5)
    save_network(tmp_path / "other", DIVA("diva"), "diva", {}, {})
    with pytest.raises(ModelError, match="another latent"):
        Judge(str(folders / "tree"), "cpu", str(tmp_path / "other"))


def test_a_tree_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no tree of this name"):
        locate_tree("nowhere")
    save_tree(Tree((Node((1, 1), 0.5),), 64), tmp_path)
    with pytest.raises(ModelError, match="names no model"):
        Judge(str(tmp_path), "cpu")
