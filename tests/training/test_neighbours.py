"""The table of named precursors: who stands in it, who is near, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

from mirscan.cli import main
from mirscan.errors import ModelError
from mirscan.explanation.neighbours import Neighbours, distances, load_neighbours, save_neighbours
from mirscan.models.diva import DIVA
from mirscan.scoring.diva_checkpoint import save_network
from mirscan.training.diva import modmirbase
from mirscan.training.diva.modmirbase import OpenSplit, family
from mirscan.training.diva.neighbours import MOST, chosen
from mirscan.training.tree.run import Encoder

POINTS = np.array([[0, 0], [3, 4], [0, 1], [6, 8]], np.float32)
TABLE = Neighbours(["a", "b", "c", "d′"], POINTS, "f" * 64, {5: 1.0, 50: 2.5})


def test_distances_are_euclidean():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(5, 8)), rng.normal(size=(7, 8))
    expected = np.linalg.norm(one[:, None] - other, axis=2)
    np.testing.assert_allclose(distances(one, other), expected, atol=1e-9)


def test_the_nearest_come_first_and_ties_in_the_order_of_the_table():
    found = TABLE.nearest(np.array([[0.0, 0.0], [0.0, 0.5]]), 3)
    assert [(near.name, near.distance) for near in found[0]] == [("a", 0), ("c", 1), ("b", 5)]
    assert [near.name for near in found[1]] == ["a", "c", "b"]
    many = np.tile([[0.0, 0.4]], (200, 1))
    assert all(near == TABLE.nearest(many[:1], 2)[0] for near in TABLE.nearest(many, 2))


def test_a_table_is_read_as_it_was_written(tmp_path):
    save_neighbours(tmp_path, TABLE, {"command": "a test"})
    again = load_neighbours(str(tmp_path))
    assert again.names == TABLE.names
    assert (again.latent, again.usual) == (TABLE.latent, TABLE.usual)
    np.testing.assert_array_equal(again.z, POINTS)


def test_a_table_that_lacks_something_is_refused(tmp_path):
    save_neighbours(tmp_path, Neighbours(["a", "b"], POINTS, "f" * 64, {}), {})
    with pytest.raises(ModelError, match="2 names for 4 points"):
        load_neighbours(str(tmp_path))
    card = json.loads((tmp_path / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps({**card, "config": {}}))
    with pytest.raises(ModelError, match="no table of neighbours"):
        load_neighbours(str(tmp_path))
    with pytest.raises(ModelError, match="kind"):
        load_neighbours("diva")


def test_few_of_each_family_and_those_that_people_know():
    names = [f"zma-MIR{166 + at // 20}{'abcdefghijklmnopqrst'[at % 20]}" for at in range(40)]
    names += ["ath-MIR166a", "hsa-mir-21", "hsa-mir-21", "odd name"]
    kept = [names[row] for row in chosen(names)]
    assert len(kept) == len(set(kept)) == 2 * MOST + 2
    assert "ath-MIR166a" in kept
    assert sum(family(name) == "mir166" for name in kept) == MOST
    assert {"hsa-mir-21", "odd name"} <= set(kept)
    assert set(kept) == {names[::-1][row] for row in chosen(names[::-1])}


def test_the_shipped_table_belongs_to_the_shipped_diva(explainer):
    assert explainer.table is not None
    table = load_neighbours("diva-neighbours")
    assert len(table.names) == len(set(table.names)) > 5000
    assert sorted(table.usual.values()) == list(table.usual.values())


def test_the_command_makes_a_table(tmp_path, monkeypatch, capsys):
    split = OpenSplit(hairpins(30), hairpins(4, 1), hairpins(4, 2), cut=0, branched=0, sha256="0" * 64)
    monkeypatch.setattr(modmirbase, "load_open_split", lambda folder, threads: split)
    save_network(tmp_path / "diva", DIVA("diva", hidden=1080), "diva", {}, {})
    command = ["train", "neighbours", "--data", str(tmp_path), "--diva", str(tmp_path / "diva")]
    command += ["--out", str(tmp_path / "table"), "--threads", "1"]
    assert main(command) == 0
    table = load_neighbours(str(tmp_path / "table"))
    precursors = split.train.names[split.train.labels == 1].tolist()
    assert table.names == precursors
    assert table.latent == Encoder.load(str(tmp_path / "diva"), torch.device("cpu")).sha256
    assert f"{len(precursors)} precursors" in capsys.readouterr().err
    assert main(command) == 1
    assert "--force" in capsys.readouterr().err
