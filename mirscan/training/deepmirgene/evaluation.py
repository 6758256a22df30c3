"""What is known of a network on a benchmark: its test set, cross-validation, and the spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mirscan.models.ensemble import Ensemble
from mirscan.models.lstm import LstmNetwork
from mirscan.training.deepmirgene.epochs import SCORE_BATCH, LabelledHairpins, LstmSettings, score
from mirscan.training.deepmirgene.lstm import Watch, choose_epochs, cross_validate, train_run
from mirscan.training.deepmirgene.metrics import NAMES
from mirscan.training.deepmirgene.task import Task, fold_measures, summary, test_report

BINS = 100  # of a normalised position, 0–100 %
VIEWS = ("published", "cleaned")


def evaluate_network(task: Task, network: nn.Module) -> dict[str, Any]:
    """The test set of a task, scored by a network: as published and cleaned, with intervals."""
    return test_report(task, score(network, task.test))


def evaluate_folds(task: Task, settings: LstmSettings, folder: Path | None, watch: Watch) -> dict[str, Any]:
    """Five-fold cross-validation, read after the last epoch (as the paper) and after the best one.

    Returns:
        `last` and `best`, each with the number of `epochs`, the measures of each fold and their summary.
    """
    scores = cross_validate(task, settings, folder, watch).scores
    found = {}
    for name, epochs in (("last", settings.epochs), ("best", choose_epochs(task, scores))):
        measured = fold_measures(task, scores[epochs - 1])
        found[name] = {"epochs": epochs, "folds": [asdict(fold) for fold in measured], **summary(measured)}
    return found


def evaluate_seed(task: Task, settings: LstmSettings, folder: Path | None, watch: Watch) -> dict[str, Any]:
    """Train on the whole training set from one seed and measure on the test set."""
    run = train_run(f"seed{settings.seed}", task.train, settings, None, folder, watch)
    return {"seed": settings.seed, "epochs": settings.epochs, **evaluate_network(task, run.network)}


def evaluate_seeds(
    task: Task, settings: LstmSettings, seeds: Sequence[int], folder: Path | None, watch: Watch
) -> dict[str, Any]:
    """The same from several seeds, and what they have in common."""
    runs = [evaluate_seed(task, replace(settings, seed=seed), folder, watch) for seed in seeds]
    return {"runs": runs, **{view: spread([run[view] for run in runs]) for view in VIEWS}}


def spread(reports: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Mean, standard deviation and 95 % interval of the mean (Student's t) of each measure over runs."""
    from scipy.stats import t

    n = len(reports)
    found = {}
    for name in NAMES:
        values = np.array([report[name] for report in reports])
        deviation = float(values.std(ddof=1)) if n > 1 else 0.0
        half = float(t.ppf(0.975, n - 1)) * deviation / math.sqrt(n) if n > 1 else 0.0
        mean = float(values.mean())
        found[name] = {"mean": mean, "sd": deviation, "interval_95": [mean - half, mean + half]}
    return found


def activation_maps(network: LstmNetwork | Ensemble, examples: LabelledHairpins) -> NDArray[np.float64]:
    """Class activation maps with lengths normalised (deepMiRGene, Figure 4).

    Returns:
        float64 (n, 100): column k is the map from k % to k + 1 % of the way from the 5′ to the 3′ end, by
        linear interpolation between the positions.
    """
    maps = np.zeros((len(examples), BINS))
    where = (np.arange(BINS) + 0.5) / BINS
    network.eval()
    with torch.inference_mode():
        for rows in torch.split(torch.arange(len(examples)), SCORE_BATCH):
            symbols, lengths = examples.batch(rows.to(examples.labels.device))
            found = network.class_activation(symbols, lengths).cpu().numpy()
            for row, values, length in zip(rows.tolist(), found, lengths.tolist(), strict=True):
                centres = (np.arange(length) + 0.5) / length
                maps[row] = np.interp(where, centres, values[len(values) - length :])
    return maps


def draw_maps(path: Path, maps: NDArray[np.float64], scores: NDArray[np.float64], title: str) -> None:
    """Draw the heat maps of Figure 4: sequences called negative above, called precursors below.

    Args:
        path: A picture file; its suffix names the format.
        maps: (n, 100) from `activation_maps`.
        scores: (n,), which say what a sequence is called (0.5) and order the rows.
        title: Above the picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 8), layout="constrained")
    top = float(np.quantile(np.abs(maps), 0.99)) or 1.0
    for index, (name, rows) in enumerate(
        (("called non-pre-miRNA", scores < 0.5), ("called pre-miRNA", scores >= 0.5)), start=1
    ):
        axes = figure.add_subplot(2, 1, index)
        order = np.argsort(scores[rows], kind="stable")
        picture = axes.imshow(
            maps[rows][order], aspect="auto", cmap="viridis", vmin=0, vmax=top, interpolation="nearest",
            extent=(0, 100, 0, max(int(rows.sum()), 1)),
        )  # fmt: skip
        axes.set(title=f"{name} (n = {int(rows.sum()):,})", ylabel="sequences, by score")
    axes.set_xlabel("position in the sequence (%), 5′ to 3′")
    figure.colorbar(picture, ax=figure.axes, label="class activation")
    figure.suptitle(title)
    figure.savefig(path, dpi=150)
