"""What is said of a tree: scores, fidelity, baselines, its picture, and the commands for it."""

from __future__ import annotations

import gzip
import json
import sys

import numpy as np
import pytest
import torch

from mirscan.cli import main
from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.encoding.image import draw
from mirscan.errors import ModelError, UsageError
from mirscan.explanation.svg.tree_layout import layout
from mirscan.folding.viennarna import fold
from mirscan.models.diva import DIVA
from mirscan.scoring.diva_checkpoint import save_network
from mirscan.training.diva.modmirbase import Examples
from mirscan.training.tree.choice import HALVINGS, LEANS, SLIDES
from mirscan.training.tree.evaluation import Points, concept_matrix, fidelity, report, scores
from mirscan.training.tree.figure import draw_tree
from mirscan.training.tree.run import Encoder, training_weights
from mirscan.tree.file import load_tree
from mirscan.tree.rules import Node, Question, Split, Tree

PAIRS = Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5)
LENGTH = Question("stem_length", "stem length", "columns", "count", 70.0)


def two_questions():
    return Tree(
        (
            Node((5, 5), 0.5, Split(PAIRS, (1.0, 0.0), 0.0, 1.0), 1, 2),
            Node((4, 2), 0.4, Split(LENGTH, (0.0, 1.0), 0.0, 1.0), 3, 4),
            Node((1, 3), 0.75),
            Node((4, 0), 0.0),
            Node((0, 2), 1.0),
        ),
        2,
    )


def test_scores_weigh_every_hairpin():
    called, y = [True, True, False, False, False], [True, False, False, False, True]
    plain = scores(called, y)
    assert (plain.accuracy, plain.sensitivity, plain.specificity) == pytest.approx((3 / 5, 1 / 2, 2 / 3))
    heavy = scores(called, y, [1, 2, 2, 1, 1])
    assert (heavy.accuracy, heavy.sensitivity, heavy.specificity) == pytest.approx((4 / 7, 1 / 2, 3 / 5))
    assert np.isnan(scores([True], [True]).specificity)


def test_fidelity_counts_the_points_that_reach_a_split():
    z = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0], [-1.0, 1.0]])
    concepts = {
        "base_pairs_in_stem": np.array([0.6, 0.4, 0.3, 0.2, 0.7]),
        "stem_length": np.array([80, 80, 75, 75, 90]),
    }
    root, second = fidelity(two_questions(), Points(z, np.ones(5, bool), concepts, np.ones(5)))
    assert (root.points, root.share) == (5, pytest.approx(3 / 5))
    assert (second.points, second.share) == (3, pytest.approx(2 / 3))
    assert second.everywhere == pytest.approx(3 / 5)
    assert second.question == "stem length > 70"


def test_concepts_as_numbers_keep_what_is_empty():
    gap = np.zeros((1, 25, 100), np.uint8)
    gap[0, 11:15, :9] = 1
    matrix = concept_matrix(compute(gap))
    names = [concept.name for concept in CONCEPTS]
    assert np.isnan(matrix[0, names.index("largest_asym_bulge_strand_location")])
    assert np.isnan(matrix[0, names.index("loop_width")])
    assert matrix[0, names.index("gap_start")] == 9
    assert matrix[0, names.index("presence_terminal_loop")] == 0


def test_baselines_learn_what_can_be_learnt():
    rng = np.random.default_rng(0)
    images = rng.integers(1, 6, (400, 25, 100)).astype(np.uint8)
    images[:, :, 50:] = 0
    y = rng.random(400) < 0.5
    images[y, :, 40:] = 0
    images[::2, :11, 10] = 0  # bulges, so that none of their columns is empty everywhere
    images[1::3, 15:, 20] = 0
    concepts = compute(images)
    z = np.stack([y - 0.5, rng.normal(size=400)], axis=1)
    points = Points(z, y, concepts, np.ones(400))
    tree = Tree(
        (Node((1, 1), 0.5, Split(LENGTH, (1.0, 0.0), 0.0, 1.0), 1, 2), Node((1, 0), 0.0), Node((0, 1), 1.0)),
        2,
    )
    found = report(tree, points, points, np.arange(400) < 100)
    accuracies = {name: views["weighted"]["accuracy"] for name, views in found["scores"].items()}
    assert set(accuracies) == {
        "tree_on_z_m",
        "cart_on_concepts",
        "gradient_boosting_on_concepts",
        "logistic_regression_on_z_m",
    }
    assert set(accuracies.values()) == {1.0}
    assert found["leaves"] == 2
    assert found["scores"]["tree_on_z_m"]["weighted_new_sequences"]["accuracy"] == 1


def labelled(*sources):
    names, empty = np.array(sources), np.zeros((len(sources), 25, 100), np.uint8)
    labels = (names == "mirbase").astype(np.int64)
    return Examples(empty, empty[:, 0], labels, names, names, names)


def test_missing_negatives_are_made_up_for():
    few = labelled(*["mirbase"] * 9, "neghsa", "pseudo", "shuffled", "neghsa")
    assert training_weights(few).tolist() == [1] * 9 + [3.5, 1, 1, 3.5]
    enough = labelled("mirbase", "neghsa", "neghsa", "pseudo")
    assert training_weights(enough).tolist() == [1] * 4


def test_a_tree_is_laid_out_leaf_by_leaf():
    places = layout(two_questions())
    assert {index: (place.depth, place.row) for index, place in places.items()} == {
        0: (0, 0.75),
        1: (1, 1.5),
        2: (1, 0.0),
        3: (2, 2.0),
        4: (2, 1.0),
    }


def test_the_picture_says_what_the_tree_says(tmp_path, monkeypatch):
    monkeypatch.setitem(pytest.importorskip("matplotlib").rcParams, "svg.fonttype", "none")
    draw_tree(two_questions(), tmp_path / "tree.svg")
    drawn = (tmp_path / "tree.svg").read_text()
    for words in (
        "base pairs in stem &gt; 0.5",
        "stem length &gt; 70",
        "75% precursors, n = 4",
        "not a precursor",
    ):
        assert words in drawn
    draw_tree(two_questions(), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text() == drawn
    draw_tree(Tree((Node((3, 1), 0.25),), 2), tmp_path / "leaf.png")
    assert (tmp_path / "leaf.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def small_world(tmp_path_factory):
    """A folder like modmiRBase, of perfect hairpins and random sequences, and an untrained DIVA."""
    folder, rng = tmp_path_factory.mktemp("modmirbase"), np.random.default_rng(1)
    train = [("mirbase", hairpin(rng)) for _ in range(40)] + [("pseudo", random_rna(rng)) for _ in range(30)]
    test = [("mirbase", hairpin(rng)) for _ in range(15)] + [("neghsa", random_rna(rng)) for _ in range(20)]
    write_table(folder / "official_train.tsv.gz", train)
    write_table(folder / "official_test.tsv.gz", test, train_rows=range(30, 35))
    sequences = [sequence for _, sequence in test]
    images = draw(sequences, [fold(sequence)[0] for sequence in sequences]).images
    np.savez(folder / "official_test_images.npz", images=images)
    torch.manual_seed(0)
    network = DIVA("diva")
    save_network(folder / "diva", network, "diva", {}, {})
    return folder


def hairpin(rng):
    arm = "".join(rng.choice(list("ACGU"), 30))
    return arm + "GAAA" + arm[::-1].translate(str.maketrans("ACGU", "UGCA"))


def random_rna(rng):
    return "".join(rng.choice(list("ACGU"), 60))


def write_table(path, rows, train_rows=()):
    with gzip.open(path, "wt") as stream:
        stream.write("name\tlabel\tsource\tuse\tsequence\n")
        for at, (source, sequence) in enumerate(rows):
            label, use = int(source == "mirbase"), "train" if at in train_rows else "test"
            stream.write(f"{source}-{at}\t{label}\t{source}\t{use}\t{sequence}\n")


def test_a_picture_without_matplotlib_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match="plots"):
        draw_tree(two_questions(), tmp_path / "tree.png")


def test_train_and_evaluate_from_the_command_line(small_world, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    common = [
        "--data",
        str(small_world),
        "--diva",
        str(small_world / "diva"),
        "--threads",
        "1",
        "--device",
        "cpu",
    ]
    out = tmp_path / "tree"
    assert main(["train", "tree", *common, "--out", str(out), "--min-accuracy", "0.6", "--folds", "1"]) == 0
    tree = load_tree(out)
    encoder = Encoder.load(str(small_world / "diva"), torch.device("cpu"))
    assert tree.latent["sha256"] == encoder.sha256
    assert tree.parameters["min_accuracy"] == 0.6
    assert tree.parameters["precursors"] == 1.0
    assert main(["train", "tree", *common, "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    result, figure = tmp_path / "result.json", tmp_path / "tree.png"
    judge = ["evaluate", "tree", *common, "--tree", str(out), "--json", str(result), "--figure", str(figure)]
    assert main(judge) == 0
    content = json.loads(result.read_text())
    assert content["test_hairpins"] == 30
    assert content["scores"]["tree_on_z_m"]["weighted"] == tree.metrics["test_weighted"]
    assert len(content["fidelity"]) == content["leaves"] - 1
    assert figure.stat().st_size > 1000
    assert "tree_on_z_m" in capsys.readouterr().err


def test_settings_are_chosen_from_the_command_line(small_world, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    common = ["--data", str(small_world), "--diva", str(small_world / "diva"), "--threads", "1"]
    given = ["--device", "cpu", "--min-accuracy", "0.6", "--folds", "1", "--choose", "--quiet"]
    assert main(["train", "tree", *common, *given, "--out", str(tmp_path / "tree")]) == 0
    tree = load_tree(tmp_path / "tree")
    tried = tree.provenance["tried_chosen_last"]
    assert len(tried) == len(LEANS) * len(SLIDES) + HALVINGS
    for name in ("lean", "slide", "precursors"):
        assert tree.parameters[name] == tried[-1][name]


def test_a_tree_of_another_latent_is_refused():
    tree = Tree((Node((1, 1), 0.5),), 64, {"model": "diva", "sha256": "a" * 64})
    tree.require_latent("a" * 64)
    with pytest.raises(ModelError, match="another latent"):
        tree.require_latent("b" * 64)
