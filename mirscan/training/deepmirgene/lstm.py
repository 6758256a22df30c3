"""How the networks of deepMiRGene are trained here, top to bottom.

1. Fold every sequence once (`folds.py`, cached) and encode it.
2. Five-fold cross-validation on the training set: each validation fold is scored, after every epoch, by a
   network trained on the other four.
3. Choose the number of epochs whose mean average precision over the five folds, smoothed over a few epochs,
   is highest. The test set has no part in this.
4. Train on the whole training set for that many epochs. Measure on the test set once.

A run that was interrupted goes on from `OUT/runs` to the same weights, bit for bit on one device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mirscan.encoding.sequence import DESCRIPTION
from mirscan.errors import UsageError
from mirscan.models import ENSEMBLE
from mirscan.models.ensemble import Ensemble
from mirscan.scoring import checkpoint
from mirscan.training.common.log import Log
from mirscan.training.common.resume import RUNS
from mirscan.training.deepmirgene.benchmarks import FOLDS
from mirscan.training.deepmirgene.epochs import LabelledHairpins, LstmSettings, LstmTraining
from mirscan.training.deepmirgene.task import Task, fold_measures, made_of, save_scorer, summary

SMOOTHING = 5  # epochs averaged before the best one is chosen: single epochs jump by more than they differ
LOG = "log.csv"

Watch = Callable[[str, LstmTraining], None]


@dataclass(frozen=True, slots=True)
class Folded:
    """What cross-validation leaves.

    Attributes:
        scores: float32 (epochs, n), the training rows after each epoch, by networks that have not seen them;
            NaN for rows that are in no fold.
        networks: The five networks after the last epoch.
    """

    scores: NDArray[np.float32]
    networks: list[nn.Module]


def cross_validate(task: Task, settings: LstmSettings, folder: Path | None, watch: Watch) -> Folded:
    """Train on four folds and score the fifth, five times.

    Args:
        task: The benchmark.
        settings: How to train; five networks from the same seed.
        folder: Where the states of the five runs are kept.
        watch: Called after every epoch with the run's name.
    """
    scores = np.full((settings.epochs, len(task.train)), np.nan, np.float32)
    networks = []
    for fold in range(FOLDS):
        name = f"fold{fold + 1}"
        held_out = task.fold_of == fold
        examples, watched = task.train.where(~held_out & (task.fold_of >= 0)), task.train.where(held_out)
        run = train_run(name, examples, settings, watched, folder, watch)
        scores[:, held_out] = run.watched_scores
        networks.append(run.network)
    return Folded(scores, networks)


def train_run(
    name: str,
    examples: LabelledHairpins,
    settings: LstmSettings,
    watched: LabelledHairpins | None,
    folder: Path | None,
    watch: Watch,
) -> LstmTraining:
    """Start a run, or take it up where it stopped, and train it to its last epoch."""
    run = LstmTraining(examples, settings, watched, folder / f"{name}.safetensors" if folder else None)
    if run.done:
        watch(name, run)
    run.go_on(lambda state: watch(name, state))
    return run


def choose_epochs(task: Task, scores: NDArray[np.float32]) -> int:
    """The number of epochs with the highest smoothed mean average precision over the folds.

    Args:
        task: The benchmark.
        scores: (epochs, n) as `cross_validate` gives them.
    """
    curve = np.array([np.mean([fold.aupr for fold in fold_measures(task, row)]) for row in scores])
    width = min(SMOOTHING, len(curve))
    smooth = np.convolve(curve, np.full(width, 1 / width), "valid")
    return int(smooth.argmax()) + width // 2 + 1


def train(
    task: Task,
    settings: LstmSettings,
    out: Path,
    command: str,
    watch: Watch,
    folds: bool = True,
    ensemble: bool = False,
) -> checkpoint.Card:
    """The whole protocol; the checkpoint is written into `out`.

    Args:
        task: The benchmark.
        settings: How to train; with `folds`, `settings.epochs` is the longest the folds are followed.
        out: The checkpoint's folder; states and the log stand in it too.
        command: The command line, for the card.
        watch: Called after every epoch with the run's name.
        folds: Whether to choose the number of epochs by cross-validation; else it is `settings.epochs`.
        ensemble: Whether the five networks of the folds, as they are after the last epoch, score together
            with the one that was trained on everything.
    """
    if ensemble and not folds:
        raise UsageError("ensemble", "without folds", "the networks of the folds as its members")
    metrics: dict[str, Any] = {}
    chosen, members = settings, []
    with Log(out / LOG) as log:

        def both(name: str, run: LstmTraining) -> None:
            log(name, run)
            watch(name, run)

        if folds:
            folded = cross_validate(task, settings, out / RUNS, both)
            members = folded.networks
            chosen = replace(settings, epochs=choose_epochs(task, folded.scores))
            measured = fold_measures(task, folded.scores[chosen.epochs - 1])
            metrics["cross_validation"] = {"epochs": chosen.epochs, **summary(measured)}
        network = train_run("final", task.train, chosen, None, out / RUNS, both).network
    if ensemble:
        network = Ensemble([*members, network])
    built = settings.architecture, settings.config
    if isinstance(network, Ensemble):
        built = ENSEMBLE, {"members": [list(built)] * len(network.members)}
    how = "by the five validation folds" if folds else "given"
    made = made_of(task, {**asdict(chosen), "epochs_chosen": how}, command)
    return save_scorer(out, task, network, built, DESCRIPTION, metrics, made)
