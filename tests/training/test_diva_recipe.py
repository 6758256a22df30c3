"""The recipe of `diva-wide`: stages that follow each other, wherever they are interrupted."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch
from helpers.diva_examples import hairpins

import mirscan.training.diva.modmirbase as data
import mirscan.training.diva.train as training
from mirscan.cli import main
from mirscan.errors import TrainingError
from mirscan.models.diva import DIVA
from mirscan.scoring.checkpoint import read_card
from mirscan.training.diva.modmirbase import OpenSplit
from mirscan.training.diva.recipe import EPOCHS, RECIPE, recipe, train_in_stages

CPU = torch.device("cpu")
BATCH, STAGES = 35, ("plain", "frozen", "wide", "longer")
STEPS = dict(zip(STAGES, (2, 1, 1, 2), strict=True))


def small(model="diva"):
    return DIVA(model, hidden=40, steps=1)


@pytest.fixture(scope="module", autouse=True)
def _small_networks_on_one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("training.diva.train", "training.diva.widening", "scoring.diva_checkpoint"):
            patch.setattr(f"mirscan.{module}.DIVA", small)
        patch.setattr(training, "AVERAGE_EVERY", 1)  # else so few steps keep the weights they began with
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def split():
    """70 images to learn from, as a network is widened by 64 directions: two steps an epoch."""
    return OpenSplit(hairpins(70), hairpins(4, 1), hairpins(4, 2), cut=0, branched=0, sha256="0" * 64)


def few_steps():
    stages = recipe(batch=BATCH, save_every=1, check_every=2)
    return {name: replace(each, epochs=STEPS[name] / 2, rise=1) for name, each in stages.items()}


def in_stages(split, out, stages):
    done = []
    train_in_stages(split, stages, out, CPU, {"command": "a"}, lambda name, figures: done.append(name))
    return done


@pytest.fixture(scope="module")
def whole(split, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert in_stages(split, out, few_steps()) == [*STAGES]
    return out


class StopError(Exception):
    """An interruption."""


@pytest.mark.slow
def test_a_recipe_interrupted_in_each_stage_ends_with_the_same_bytes(split, whole, tmp_path, monkeypatch):
    step, left = training._step, []

    def counted(*arguments):
        if not left:
            raise StopError
        left.pop()
        return step(*arguments)

    monkeypatch.setattr(training, "_step", counted)
    for steps in (3, 2):  # before the first step of a stage, within the last
        left.extend([None] * steps)
        with pytest.raises(StopError):
            in_stages(split, tmp_path, few_steps())
        assert not (tmp_path / "card.json").exists()
    left.extend([None] * 8)
    assert in_stages(split, tmp_path, few_steps()) == [*STAGES]
    assert len(left) == 7
    for name in ("model.safetensors", "card.json", *(f"{stage}/model.safetensors" for stage in STAGES)):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.slow
def test_each_stage_begins_with_the_weights_of_the_last(whole):
    cards = [read_card(whole / name) for name in STAGES]
    assert [card.architecture for card in cards] == ["diva", "diva", "diva-wide", "diva-wide"]
    for before, card in pairwise(cards):
        origin = card.provenance["started_from"]
        assert (origin["sha256"], origin["stage"]) == (before.sha256, before.provenance["stage"])
        assert card.sha256 != before.sha256
    assert read_card(whole) == cards[-1]
    for name in STAGES:
        with (whole / name / "log.csv").open() as stream:
            assert [row["step"] for row in csv.DictReader(stream)] == [str(STEPS[name])]


def test_a_folder_is_for_one_recipe(split, tmp_path):
    others = {name: asdict(options) for name, options in few_steps().items()}
    (tmp_path / "stages.json").write_text(json.dumps(others))
    with pytest.raises(TrainingError, match="a run of other stages"):
        in_stages(split, tmp_path, recipe(batch=BATCH))
    (tmp_path / "stages.json").unlink()
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(TrainingError, match="another training"):
        in_stages(split, tmp_path, recipe(batch=BATCH))


def test_a_shorter_recipe_takes_the_same_course():
    assert recipe() == RECIPE
    for name, options in recipe(EPOCHS / 10, seed=7).items():
        before = RECIPE[name]
        steps = round(before.epochs * 758)
        assert options.epochs == pytest.approx(before.epochs / 10)
        assert options.seed == 7
        for share in (0.0, 0.3, 0.9, 1.0):
            one = training.schedule(round(share * steps), steps, before)
            other = training.schedule(round(share * steps / 10), steps // 10, options)
            assert one == pytest.approx(other, abs=0.01)


def test_the_command_trains_in_stages_and_refuses_what_these_settle(split, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(data, "load_open_split", lambda folder, threads: split)
    common = ["train", "diva", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--recipe"]
    short = ["--epochs", "0.5", "--batch", str(BATCH), "--threads", "1"]
    assert main([*common, *short, "--model", "vae", "--freeze"]) == 2
    assert "--model, --freeze: given beside --recipe" in capsys.readouterr().err
    assert main([*common, *short]) == 0
    said = capsys.readouterr().err
    assert all(f"{tmp_path / 'run' / stage}: image error" in said for stage in STAGES)
    card = read_card(tmp_path / "run")
    assert card.provenance["command"] == f"mirscan train diva --recipe --epochs 0.5 --batch {BATCH} --seed 1"
    asked = json.loads((tmp_path / "run" / "stages.json").read_text())
    assert sum(options["epochs"] for options in asked.values()) == pytest.approx(0.5)
