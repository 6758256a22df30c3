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

import hashlib
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mirscan.encoding.sequence import DESCRIPTION
from mirscan.errors import InputError, UsageError
from mirscan.models import ENSEMBLE
from mirscan.models.ensemble import Ensemble
from mirscan.scoring import checkpoint
from mirscan.training.common.log import Log
from mirscan.training.common.resume import RUNS
from mirscan.training.deepmirgene.benchmarks import (
    FOLDS,
    TESTED_ON,
    TRAINED_ON,
    VALIDATION,
    Records,
    check_files,
    clean,
    conflicting,
    load,
)
from mirscan.training.deepmirgene.epochs import LabelledHairpins, LstmSettings, LstmTraining, encode, score
from mirscan.training.deepmirgene.folds import Progress, fold_all
from mirscan.training.deepmirgene.metrics import NAMES, THRESHOLD, Measures, measure, report

KIND = "lstm"
SMOOTHING = 5  # epochs averaged before the best one is chosen: single epochs jump by more than they differ
LOG = "log.csv"

Watch = Callable[[str, LstmTraining], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A benchmark made ready.

    Attributes:
        benchmark: Its name.
        training: Training records.
        train: The same, encoded.
        fold_of: int64 (n,), the validation fold 0..4 of each training row; -1 where it is in none.
        testing: Test records.
        test: The same, encoded.
        cleaned: bool (m,), the test rows that stay when the test set is cleaned.
        dropped: How many were dropped, by reason.
    """

    benchmark: str
    training: Records
    train: LabelledHairpins
    fold_of: NDArray[np.int64]
    testing: Records
    test: LabelledHairpins
    cleaned: NDArray[np.bool_]
    dropped: dict[str, int]


def prepare(
    data: Path,
    benchmark: str,
    device: torch.device,
    workers: int = 1,
    known: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Task:
    """Load, fold and encode a benchmark.

    Args:
        data: The folder that holds the benchmarks' folders.
        benchmark: `human`, `cross_species`, or `new` (trained on all of cross_species).
        device: Where the tensors go.
        workers: Processes that fold.
        known: Sequences of known precursors, for the cleaned test set.
        progress: Shows how far the folding is.

    Raises:
        InputError: Files are missing or hold something else.
    """
    check_files(data, benchmark)
    source, part = TRAINED_ON[benchmark]
    training, testing = load(data, source, part), load(data, benchmark, TESTED_ON[benchmark])
    folds = fold_all(training.sequences + testing.sequences, workers, progress=progress)
    kept, dropped = clean(testing, conflicting(data, benchmark), training, known)
    names = set(kept.names)
    return Task(
        benchmark,
        training,
        encode(training, folds[: len(training)], device),
        _folds_of(data, source, training),
        testing,
        encode(testing, folds[len(training) :], device),
        np.array([name in names for name in testing.names]),
        dropped,
    )


def _folds_of(data: Path, benchmark: str, training: Records) -> NDArray[np.int64]:
    """The validation fold of each training row; test rows, where they are trained on, are in none."""
    found: dict[tuple[str, int], int] = {}
    for index, part in enumerate(VALIDATION):
        records = load(data, benchmark, part)
        rows = zip(records.sequences, records.labels.tolist(), strict=True)
        found.update(dict.fromkeys(rows, index))
    rows = zip(training.sequences, training.labels.tolist(), strict=True)
    fold_of = np.array([found.get(row, -1) for row in rows], np.int64)
    if len(np.unique(fold_of[fold_of >= 0])) < FOLDS:
        raise InputError(str(data / benchmark), "validation folds that are not parts of the training set")
    return fold_of


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


def fold_measures(
    task: Task, scores: NDArray[np.floating[Any]], threshold: float = THRESHOLD
) -> list[Measures]:
    """The measures of each validation fold by the scores (n,) of networks that have not seen it."""
    rows = [task.fold_of == fold for fold in range(FOLDS)]
    return [measure(task.training.labels[own], scores[own].astype(np.float64), threshold) for own in rows]


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


def summary(measured: list[Measures]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each measure over folds or seeds."""
    table = np.array([list(asdict(one).values()) for one in measured])
    spread = table.std(0, ddof=1) if len(table) > 1 else np.zeros(len(NAMES))
    return {
        name: {"mean": float(mean), "sd": float(deviation)}
        for name, mean, deviation in zip(NAMES, table.mean(0), spread, strict=True)
    }


def test_report(task: Task, scores: NDArray[np.float64]) -> dict[str, Any]:
    """The test set as published and cleaned, what was dropped, and how many are longer than is seen."""
    labels = task.testing.labels
    return {
        "published": report(labels, scores),
        "cleaned": report(labels[task.cleaned], scores[task.cleaned]),
        "dropped": task.dropped,
        "longer_than_seen": task.testing.longer_than_seen(),
    }


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
    return _save(task, settings, chosen, network, metrics, out, command, folds)


def _save(
    task: Task,
    settings: LstmSettings,
    chosen: LstmSettings,
    network: nn.Module,
    metrics: dict[str, Any],
    out: Path,
    command: str,
    folds: bool,
) -> checkpoint.Card:
    architecture, config = settings.architecture, settings.config
    how = "by the five validation folds" if folds else "given"
    if isinstance(network, Ensemble):
        members = [[architecture, config]] * len(network.members)
        architecture, config = ENSEMBLE, {"members": members}
    card = checkpoint.Card(
        kind=KIND,
        architecture=architecture,
        config=config,
        encoding=DESCRIPTION,
        metrics={**metrics, tested_on(task): test_report(task, score(network, task.test))},
        provenance=provenance(task, {**asdict(chosen), "epochs_chosen": how}, command),
    )
    return checkpoint.save(out, card, network.state_dict())


def tested_on(task: Task) -> str:
    """The name of a task's test set, as cards have it."""
    return f"{task.benchmark}/{TESTED_ON[task.benchmark]}"


def provenance(task: Task, settings: dict[str, Any], command: str) -> dict[str, Any]:
    """Where weights come from, for their card: command line, data, settings, versions; no clock, no host."""
    source, part = TRAINED_ON[task.benchmark]
    packages = ("mirscan", "torch", "numpy", "numba", "scikit-learn", "viennarna")
    return {
        "command": command,
        "trained_on": f"{source}/{part}",
        "data_sha256": data_sha256(task.training),
        "settings": settings,
        "device": task.train.labels.device.type,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }


def data_sha256(records: Records) -> str:
    """SHA-256 of the labels and sequences of a set, a line each."""
    lines = (f"{y}\t{s}\n" for s, y in zip(records.sequences, records.labels, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
