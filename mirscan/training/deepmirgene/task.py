"""A benchmark of deepMiRGene made ready, and what is reported of a scorer on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mirscan.errors import InputError
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.training.common.provenance import provenance, sha256
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
from mirscan.training.deepmirgene.epochs import LabelledHairpins, encode, score
from mirscan.training.deepmirgene.folds import Progress, fold_all
from mirscan.training.deepmirgene.metrics import NAMES, THRESHOLD, Measures, measure, report

KIND = "lstm"  # of the checkpoints, whatever their architecture


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
        trained_on: The name of the training set, as cards have it.
        tested_on: That of the test set.
        cleaned: bool (m,), the test rows that stay when the test set is cleaned; None where it never is.
        dropped: How many were dropped, by reason.
    """

    benchmark: str
    training: Records
    train: LabelledHairpins
    fold_of: NDArray[np.int64]
    testing: Records
    test: LabelledHairpins
    trained_on: str
    tested_on: str
    cleaned: NDArray[np.bool_] | None = None
    dropped: dict[str, int] = field(default_factory=dict)


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
        f"{source}/{part}",
        f"{benchmark}/{TESTED_ON[benchmark]}",
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


def fold_measures(
    task: Task, scores: NDArray[np.floating[Any]], threshold: float = THRESHOLD
) -> list[Measures]:
    """The measures of each validation fold by the scores (n,) of networks that have not seen it."""
    rows = [task.fold_of == fold for fold in range(FOLDS)]
    return [measure(task.training.labels[fold], scores[fold].astype(np.float64), threshold) for fold in rows]


def summary(measured: list[Measures]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each measure over folds or seeds."""
    table = np.array([list(asdict(row).values()) for row in measured])
    spread = table.std(0, ddof=1) if len(table) > 1 else np.zeros(len(NAMES))
    return {
        name: {"mean": float(mean), "sd": float(deviation)}
        for name, mean, deviation in zip(NAMES, table.mean(0), spread, strict=True)
    }


def test_report(task: Task, scores: NDArray[np.float64]) -> dict[str, Any]:
    """The test set as published and cleaned, what was dropped, and how many are longer than is seen.

    A test set that is never cleaned has its measures alone.
    """
    labels = task.testing.labels
    if task.cleaned is None:
        return {**report(labels, scores), "longer_than_seen": task.testing.longer_than_seen()}
    return {
        "published": report(labels, scores),
        "cleaned": report(labels[task.cleaned], scores[task.cleaned]),
        "dropped": task.dropped,
        "longer_than_seen": task.testing.longer_than_seen(),
    }


def made_of(task: Task, settings: dict[str, Any], command: str) -> dict[str, Any]:
    """Where the weights that were fitted to a task come from, for their card."""
    device = task.train.labels.device.type
    checksum = data_sha256(task.training)
    return provenance(command, task.trained_on, checksum, settings=settings, device=device)


def data_sha256(records: Records) -> str:
    """SHA-256 of the labels and sequences of a set, a line each."""
    return sha256(f"{y}\t{s}\n".encode() for s, y in zip(records.sequences, records.labels, strict=True))


def save_scorer(
    out: Path,
    task: Task,
    scorer: nn.Module,
    built: tuple[str, dict[str, Any]],
    encoding: dict[str, Any],
    metrics: dict[str, Any],
    made: dict[str, Any],
) -> Card:
    """Measure a scorer on the test set and write its checkpoint.

    Args:
        out: The checkpoint's folder.
        task: What it was fitted to, and is measured on.
        scorer: A network, or trees.
        built: Architecture and configuration.
        encoding: How a hairpin becomes its input.
        metrics: What is known of it beside the test set.
        made: From `made_of`.
    """
    measured = {**metrics, task.tested_on: test_report(task, score(scorer, task.test))}
    return checkpoint.save(out, Card(KIND, *built, encoding, measured, made), scorer.state_dict())
