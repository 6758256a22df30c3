from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.small_benchmark import CPU, examples, train_command

from mirscan.cli import main
from mirscan.models import build
from mirscan.scoring import checkpoint
from mirscan.training.deepmirgene.evaluation import activation_maps, spread
from mirscan.training.deepmirgene.task import prepare


def test_spread_is_mean_and_student_interval() -> None:
    runs = [
        dict.fromkeys(("se", "sp", "ppv", "f", "g_mean", "auroc", "aupr"), value) for value in (0.8, 0.9, 1.0)
    ]
    found = spread(runs)["f"]
    assert (found["mean"], found["sd"]) == pytest.approx((0.9, 0.1))
    assert found["interval_95"] == pytest.approx(
        [0.9 - 4.3027 * 0.1 / 3**0.5, 0.9 + 4.3027 * 0.1 / 3**0.5], abs=1e-4
    )
    assert spread(runs[:1])["f"]["interval_95"] == [0.8, 0.8]


def test_maps_stretch_each_sequence_over_the_same_axis() -> None:
    network, some = build("lstm2-attention").eval(), examples(4)
    maps = activation_maps(network, some)
    for row, (symbols, length) in enumerate(zip(some.symbols, some.lengths.tolist(), strict=True)):
        with torch.no_grad():
            values = network.class_activation(symbols[None, 400 - length :], some.lengths[row : row + 1])[
                0
            ].numpy()
        assert maps[row, 0] == pytest.approx(values[0])
        assert maps[row, -1] == pytest.approx(values[-1])
        assert maps[row].mean() == pytest.approx(values.mean(), rel=0.05)


def test_command_measures_a_model_and_draws_its_maps(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert main(train_command(data, tmp_path / "model", "--no-folds")) == 0
    known = tmp_path / "known.tsv"
    known.write_text("name\tsequence\n" + "x\t" + prepare(data, "human", CPU).testing.sequences[-1] + "\n")
    out, picture = tmp_path / "out.json", tmp_path / "maps.png"
    command = ["evaluate", "lstm", "--benchmark", "human", "--data", str(data), "--threads", "1"]
    assert main([*command, "--model", str(tmp_path / "model"), "--json", str(out), "--maps", str(picture),
                 "--known", str(known)]) == 0  # fmt: skip
    found = json.loads(out.read_text())
    card = checkpoint.read_card(tmp_path / "model")
    assert found["test"]["published"] == card.metrics["human/test"]["published"]
    assert found["test"]["dropped"]["negative_in_known_precursors"] == 1
    assert found["test"]["cleaned"]["negatives"] == found["test"]["published"]["negatives"] - 1
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_command_trains_folds_and_seeds(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "lstm", "--benchmark", "human", "--data", str(data), "--threads", "1"]
    assert main([*command, "--folds", "--seeds", "2", "--epochs", "2", "--architecture", "lstm2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["architecture"] == "lstm2"
    assert len(found["folds"]["last"]["folds"]) == 5
    runs = found["seeds"]["runs"]
    assert [run["seed"] for run in runs] == [0, 1]
    assert runs[0]["epochs"] == found["folds"]["best"]["epochs"]
    expected = np.mean([run["published"]["auroc"] for run in runs])
    assert found["seeds"]["published"]["auroc"]["mean"] == pytest.approx(expected)


def test_command_names_an_unknown_model(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "lstm", "--benchmark", "human", "--data", str(data), "--threads", "1"]
    assert main([*command, "--model", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
