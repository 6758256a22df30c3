from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.small_benchmark import CPU, examples, train_command

from mirscan.cli import main
from mirscan.errors import TrainingError
from mirscan.models import build
from mirscan.scoring import checkpoint
from mirscan.training.deepmirgene.epochs import (
    LabelledHairpins,
    LstmSettings,
    LstmTraining,
    batches,
    class_weights,
    score,
)
from mirscan.training.deepmirgene.lstm import choose_epochs
from mirscan.training.deepmirgene.metrics import measure
from mirscan.training.deepmirgene.task import prepare


def quiet(run: LstmTraining) -> None:
    """Report nothing."""


def test_a_run_learns() -> None:
    train, watched = examples(200), examples(60, seed=1)
    run = LstmTraining(train, LstmSettings(epochs=40, batch=128, rate=0.02), watched, None)
    run.go_on(quiet)
    assert run.losses[-1] < 0.5 * run.losses[0]
    assert measure(watched.labels.numpy(), score(run.network, watched)).auroc > 0.95
    assert run.watched_scores.shape == (40, 60)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_run_trains_where_its_examples_are() -> None:
    train, watched = examples(100), examples(20, seed=1)
    on_gpu = [
        LabelledHairpins(*(t.cuda() for t in (e.symbols, e.lengths, e.labels))) for e in (train, watched)
    ]
    run = LstmTraining(on_gpu[0], LstmSettings(epochs=2, batch=32), on_gpu[1], None)
    run.go_on(quiet)
    assert next(run.network.parameters()).is_cuda
    assert run.losses[0] == pytest.approx(np.log(2), abs=0.1)


def test_a_resumed_run_ends_as_one_that_was_never_stopped(tmp_path: Path) -> None:
    train, watched, settings = examples(), examples(20, seed=1), LstmSettings(epochs=14, batch=16, seed=3)
    whole = LstmTraining(train, settings, watched, None)
    whole.go_on(quiet)
    state = tmp_path / "state.safetensors"
    stopped = LstmTraining(train, settings, watched, state)

    def stop(run: LstmTraining) -> None:
        if run.done == 12:  # the last saving was after ten
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.go_on(stop)
    resumed = LstmTraining(train, settings, watched, state)
    assert resumed.done == 10
    resumed.go_on(quiet)
    assert resumed.losses == whole.losses
    assert np.array_equal(resumed.watched_scores, whole.watched_scores)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_seeds_differ_and_repeat() -> None:
    losses = []
    for seed in (0, 0, 1):
        run = LstmTraining(examples(), LstmSettings(epochs=2, batch=16, seed=seed), None, None)
        run.go_on(quiet)
        losses.append(run.losses)
    assert losses[0] == losses[1] != losses[2]


def test_a_state_of_other_settings_or_data_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    LstmTraining(examples(), LstmSettings(epochs=1, batch=16), None, state).go_on(quiet)
    for train, settings in ((examples(), LstmSettings(batch=8)), (examples(seed=9), LstmSettings(batch=16))):
        with pytest.raises(TrainingError, match="was .* and is"):
            LstmTraining(train, settings, None, state)
    state.write_bytes(b"no")
    with pytest.raises(TrainingError, match="unreadable"):
        LstmTraining(examples(), LstmSettings(batch=16), None, state)


def test_batches_hold_every_row_once_and_are_of_similar_lengths() -> None:
    torch.manual_seed(0)
    lengths = torch.randint(40, 400, (1000,))
    found = list(batches(lengths, 32))
    assert torch.cat(found).sort().values.tolist() == list(range(1000))
    spread = np.mean([float(lengths[rows].float().std()) for rows in found])
    assert spread < 0.3 * float(lengths.float().std())


def test_class_weights_balance_the_classes() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    assert class_weights(labels).tolist() == pytest.approx([4 / 6, 2.0])
    with pytest.raises(TrainingError, match="only one class"):
        class_weights(torch.zeros(4, dtype=torch.int64))


def test_scores_do_not_depend_on_the_batch_they_were_in() -> None:
    network, many = build("lstm2-attention"), examples(40)
    together = score(network, many)
    alone = np.concatenate([score(network, many.where(np.arange(40) == i)) for i in range(40)])
    assert np.abs(together - alone).max() < 1e-12


def test_the_best_epoch_is_that_of_the_validation_folds(data: Path) -> None:
    task = prepare(data, "human", CPU)
    random = np.random.default_rng(0)
    noise = random.random((20, len(task.train))).astype(np.float32)
    quality = np.exp(-((np.arange(20) - 12) ** 2) / 20)[:, None]
    scores = (quality * task.training.labels + (1 - quality) * noise).astype(np.float32)
    scores[:, task.fold_of < 0] = np.nan
    assert abs(choose_epochs(task, scores) - 13) <= 2


def test_command_trains_logs_and_writes_a_checkpoint(data: Path, tmp_path: Path) -> None:
    assert main(train_command(data, tmp_path / "out", "--rate", "0.01")) == 0
    card, state = checkpoint.load(tmp_path / "out", "lstm")
    network = build(card.architecture, card.config)
    network.load_state_dict(state)
    task = prepare(data, "human", CPU)
    found = measure(task.testing.labels, score(network, task.test))
    assert card.metrics["human/test"]["published"]["auroc"] == pytest.approx(found.auroc)
    assert 1 <= card.metrics["cross_validation"]["epochs"] <= 6
    with (tmp_path / "out" / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["run"] for row in rows].count("fold5") == 6
    assert float(rows[0]["loss"]) > 0
    assert 0 <= float(rows[0]["aupr"]) <= 1


def test_command_goes_on_after_an_interruption(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(train_command(data, tmp_path / "whole")) == 0
    train_epoch = LstmTraining.epoch
    calls = []

    def interrupted(run: LstmTraining) -> float:
        calls.append(1)
        if len(calls) == 15:
            raise KeyboardInterrupt
        return train_epoch(run)

    monkeypatch.setattr(LstmTraining, "epoch", interrupted)
    assert main(train_command(data, tmp_path / "cut")) == 130
    assert not (tmp_path / "cut" / "card.json").exists()
    monkeypatch.setattr(LstmTraining, "epoch", train_epoch)
    assert main(train_command(data, tmp_path / "cut")) == 0
    for name in ("model.safetensors", "log.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_command_says_how_many_are_longer_than_it_sees(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("train", "all", "val_fold1"):
        with (data / "human" / f"{part}_neg.fa").open("a") as stream:
            stream.write(">long\n" + "ACGU" * 120 + "\n")
    assert main(train_command(data, tmp_path / "out", "--no-folds")) == 0
    assert "sequences longer than 400: 1;" in capsys.readouterr().err


def test_command_refuses_to_overwrite_and_names_missing_files(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "card.json").write_text("{}")
    assert main(train_command(data, tmp_path / "out")) == 1
    assert "--force" in capsys.readouterr().err
    (data / "human" / "val_fold2_neg.fa").unlink()
    assert main(train_command(data, tmp_path / "new")) == 1
    assert "val_fold2_neg" in capsys.readouterr().err
    assert main(train_command(data, tmp_path / "new", "--architecture", "gru")) == 2
    assert "lstm2-attention" in capsys.readouterr().err


def test_command_ships_the_folds_as_an_ensemble(data: Path, tmp_path: Path) -> None:
    assert main(train_command(data, tmp_path / "out", "--ensemble")) == 0
    card, state = checkpoint.load(tmp_path / "out", "lstm")
    network = build(card.architecture, card.config)
    network.load_state_dict(state)
    assert len(card.config["members"]) == 6
    task = prepare(data, "human", CPU)
    found = measure(task.testing.labels, score(network, task.test))
    assert card.metrics["human/test"]["published"]["aupr"] == pytest.approx(found.aupr)
    assert main(train_command(data, tmp_path / "new", "--ensemble", "--no-folds")) == 2
