"""Training DIVA: the schedule, exact resume, other weights to begin with, and a loss that is no number."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

import mirscan.models.diva as parts
import mirscan.training.diva.train as training
from mirscan.errors import ModelError, TrainingError
from mirscan.models import decoder, resnet
from mirscan.models.diva import DIVA, encode_zm
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import read_card
from mirscan.scoring.diva_checkpoint import load_network, save_network
from mirscan.training.diva.modmirbase import OpenSplit
from mirscan.training.diva.start import fresh, start_of
from mirscan.training.diva.state import STATE
from mirscan.training.diva.train import Options, begin, schedule, train

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def small_networks(monkeypatch):
    monkeypatch.setattr(training, "DIVA", small)
    monkeypatch.setattr(
        training, "AVERAGE_EVERY", 1
    )  # else a run of few steps keeps the weights it began with


def small(model="diva"):
    """The same network with few filters and flows of two small steps: a training step takes milliseconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet, "STEM_FILTERS", (8, 8))
        patch.setattr(parts, "ResNetEncoder", partial(resnet.ResNetEncoder, filters=(8, 8, 16)))
        patch.setattr(decoder, "LAYERS", [(i // 4, o // 4, stride) for i, o, stride in decoder.LAYERS])
        return DIVA(model, hidden=40, steps=2)


@pytest.fixture(scope="module")
def split():
    return OpenSplit(hairpins(20), hairpins(6, 1), hairpins(6, 2), cut=0, branched=0, sha256="0" * 64)


OPTIONS = Options(epochs=2, batch=8, save_every=2, check_every=3, rise=2, warmup=4, average=0.5)


class StopError(Exception):
    """An interruption."""


def interrupt_after(monkeypatch, steps):
    """Let that many steps pass, then raise."""
    step = training.batch_loss
    done = iter(range(steps))

    def counted(*arguments):
        if next(done, None) is None:
            raise StopError
        return step(*arguments)

    monkeypatch.setattr(training, "batch_loss", counted)


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(split, tmp_path, monkeypatch):
    train(split, OPTIONS, tmp_path / "whole", CPU, {})
    with monkeypatch.context() as patch:
        interrupt_after(patch, 5)
        with pytest.raises(StopError):
            train(split, OPTIONS, tmp_path / "parts", CPU, {})
    train(split, OPTIONS, tmp_path / "parts", CPU, {})
    one, other = (tmp_path / name / "model.safetensors" for name in ("whole", "parts"))
    assert one.read_bytes() == other.read_bytes()


def test_a_run_learns(split, tmp_path):
    options = replace(OPTIONS, epochs=5, batch=4, check_every=5, rate=3e-3)
    train(split, options, tmp_path, CPU, {})
    with (tmp_path / "log.csv").open() as stream:
        objectives = [float(row["objective"]) for row in csv.DictReader(stream)]
    assert len(objectives) == 5
    assert objectives[-1] < 0.9 * objectives[0]


def test_a_run_may_end_within_an_epoch_and_go_on_from_there(split, tmp_path):
    train(split, replace(OPTIONS, epochs=1.34, check_every=1), tmp_path, CPU, {})
    with (tmp_path / "log.csv").open() as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["1", "2", "3", "4"]
    train(split, replace(OPTIONS, epochs=2, check_every=1), tmp_path, CPU, {})
    with (tmp_path / "log.csv").open() as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["1", "2", "3", "4", "5", "6"]


def test_other_options_do_not_resume(split, tmp_path):
    train(split, replace(OPTIONS, epochs=1), tmp_path, CPU, {})
    with pytest.raises(TrainingError, match=r"batch was 8 and is 4"):
        train(split, replace(OPTIONS, batch=4), tmp_path, CPU, {})


def test_a_changed_schedule_is_told_in_the_card(split, tmp_path):
    train(split, replace(OPTIONS, epochs=1), tmp_path, CPU, {})
    train(split, replace(OPTIONS, epochs=1), tmp_path, CPU, {})
    before = begin(replace(OPTIONS, epochs=1), CPU, None)
    before.restore(tmp_path)
    before.progress.best = 1e9  # so that a card is written whatever is learnt
    before.save(tmp_path)
    train(split, replace(OPTIONS, epochs=2, rate=2e-3), tmp_path, CPU, {"trained_on": "hairpins"})
    provenance = read_card(tmp_path).provenance
    assert provenance["changes"] == [{"from": 3, "epochs": 2, "rate": 2e-3}]
    assert provenance["trained_on"] == "hairpins"


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_state(split, tmp_path, monkeypatch):
    train(split, replace(OPTIONS, epochs=1), tmp_path, CPU, {})
    before = (tmp_path / "model.safetensors").read_bytes()
    step = training.batch_loss

    def broken(*arguments):
        loss = step(*arguments)
        return replace(loss, reconstruction=loss.reconstruction * float("nan"))

    with monkeypatch.context() as patch:
        patch.setattr(training, "batch_loss", broken)
        with pytest.raises(TrainingError, match="step 4 is nan"):
            train(split, OPTIONS, tmp_path, CPU, {})
    assert (tmp_path / "model.safetensors").read_bytes() == before
    train(split, OPTIONS, tmp_path, CPU, {})


def test_a_damaged_state_is_named(split, tmp_path):
    train(split, replace(OPTIONS, epochs=1), tmp_path, CPU, {})
    (tmp_path / STATE).write_text("{")
    with pytest.raises(TrainingError, match=r"state\.safetensors: unreadable"):
        train(split, OPTIONS, tmp_path, CPU, {})


def test_rate_rises_stays_and_falls_and_beta_warms_up():
    options = Options(rate=1.0, rise=10, fall=0.2, warmup=50)
    rates, betas = zip(*(schedule(step, 100, options) for step in range(100)), strict=True)
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:81] == (1.0,) * 72
    assert rates[-1] == pytest.approx(0.05)
    assert betas[0] == 0
    assert betas[25] == pytest.approx(0.5)
    assert betas[50:] == (1.0,) * 50


def test_a_checkpoint_comes_back_and_half_precision_hardly_shows(tmp_path):
    torch.manual_seed(2)
    network = DIVA().eval()
    save_network(tmp_path, network, "diva", {}, {"seed": 2})
    card, back = load_network(str(tmp_path), CPU)
    assert (card.kind, card.architecture) == ("diva", "diva")
    assert (tmp_path / "model.safetensors").stat().st_size < 60e6
    pictures = hairpins(8).images
    before, after = encode_zm(network, pictures), encode_zm(back, pictures)
    assert np.abs(before - after).max() < 0.02 * np.abs(before).max()


def test_a_checkpoint_of_another_kind_is_refused(tmp_path):
    checkpoint.save(tmp_path, checkpoint.Card("lstm", "lstm2-attention"), {"w": torch.zeros(2)})
    with pytest.raises(ModelError, match="kind 'lstm'"):
        load_network(str(tmp_path), CPU)


def test_weights_that_do_not_fit_the_card_are_refused(tmp_path):
    save_network(tmp_path, DIVA("vae"), "diva", {}, {})
    with pytest.raises(ModelError, match="do not fit"):
        load_network(str(tmp_path), CPU)


def test_the_commands_name_what_is_missing(tmp_path, capsys):
    from mirscan.cli import main

    assert main(["train", "diva", "--data", str(tmp_path), "--out", str(tmp_path / "run")]) == 1
    assert "official_train.tsv.gz" in capsys.readouterr().err
    assert main(["evaluate", "diva", "--data", str(tmp_path), "--model", str(tmp_path)]) == 1
    assert "card.json" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_run_begins_with_the_weights_of_another(split, tmp_path):
    train(split, replace(OPTIONS, epochs=1), tmp_path / "first", CPU, {})
    network = small()
    network.load_state_dict(checkpoint.load(tmp_path / "first", "diva")[1])
    still = replace(OPTIONS, epochs=1, rate=1e-12, check_every=1, seed=9)
    train(split, still, tmp_path / "second", CPU, {}, weights=network.state_dict())
    with (tmp_path / "second" / "log.csv").open() as stream:
        begun = float(next(csv.DictReader(stream))["objective"])
    assert begun == pytest.approx(read_card(tmp_path / "first").metrics["validation"]["objective"], rel=0.02)


def test_beta_goes_on_from_where_the_warm_up_was():
    options = Options(warmup=100, warmed=0.5)
    assert [schedule(step, 200, options)[1] for step in (0, 10, 50, 199)] == [0.5, 0.6, 1.0, 1.0]


def test_a_start_says_where_it_comes_from(tmp_path):
    network = DIVA()
    made = {"steps": 30, "settings": {"warmup": 100, "warmed": 0.2}, "trained_on": "hairpins"}
    card = save_network(tmp_path / "before", network, "diva", {}, made)
    start = start_of(str(tmp_path / "before"), "diva", hairpins(4))
    assert start.warmed == pytest.approx(0.5)
    assert start.provenance["started_from"] == {
        "sha256": card.sha256,
        "settings": made["settings"],
        "steps": 30,
    }
    name = "decoder.dense.weight"
    assert torch.equal(start.weights[name], network.state_dict()[name].half().float())
    with pytest.raises(ModelError, match="a checkpoint of diva"):
        start_of(str(tmp_path / "before"), "beta-vae", hairpins(4))
    assert fresh().weights is None


def test_options_of_a_frozen_z_m_need_one(tmp_path, capsys):
    from mirscan.cli import main

    common = ["train", "diva", "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    assert main([*common, "--freeze"]) == 2
    assert "--start-from" in capsys.readouterr().err
    assert main([*common, "--longer", "0.5"]) == 2
    assert "--cross" in capsys.readouterr().err


def test_images_may_be_crossed_while_all_of_a_network_learns(split, tmp_path):
    options = replace(OPTIONS, epochs=1)
    for name, cross in (("plain", 0.0), ("crossed", 1.0), ("again", 1.0)):
        train(split, replace(options, cross=cross), tmp_path / name, CPU, {})
    plain, crossed, again = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("plain", "crossed", "again")
    )
    assert crossed == again
    assert crossed != plain


def test_while_beta_is_low_the_image_error_says_what_is_kept(split, tmp_path):
    low = replace(OPTIONS, epochs=1, check_every=1, warmup=1000)
    kept = train(split, low, tmp_path, CPU, {})
    with (tmp_path / "log.csv").open() as stream:
        errors = [float(row["image"]) for row in csv.DictReader(stream)]
    assert kept["image"] == min(errors)
    high = train(split, replace(low, epochs=2, warmup=4), tmp_path, CPU, {})
    with (tmp_path / "log.csv").open() as stream:
        rows = [*csv.DictReader(stream)][3:]
    assert high["objective"] == min(float(row["objective"]) for row in rows)
