"""How `kin-columns` is made: kin trees (`trees.py`) and networks over the columns (`column_fit.py`).

The protocol is that of the trees. Cross-validation scores every training hairpin by trees and by networks
that have not seen it; the networks get the weight with the highest mean average precision over the folds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit

from mirscan.encoding.columns import Columns
from mirscan.encoding.symbol_columns import columns_of
from mirscan.models import KIN_COLUMNS, KIN_TREES
from mirscan.models.columns import ColumnNetwork
from mirscan.models.kin_columns import KinColumns
from mirscan.models.trees import KinTrees
from mirscan.scoring import checkpoint
from mirscan.training.common.one_cycle import Watch
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.deepmirgene.benchmarks import FOLDS
from mirscan.training.deepmirgene.column_fit import ColumnSettings, fit_network
from mirscan.training.deepmirgene.epochs import LabelledHairpins
from mirscan.training.deepmirgene.task import Task, fold_measures, summary
from mirscan.training.deepmirgene.trees import TreeSettings, chosen_threshold, fit, save
from mirscan.training.scan.logits import raw_logits

Floats = NDArray[np.float64]

SHARES = np.linspace(0, 1, 21)  # tried weights of the networks


@dataclass(frozen=True, slots=True)
class KinColumnSettings:
    """What determines a fit, beside its data.

    Attributes:
        trees: Of the trees.
        columns: Of the networks.
        seed: Of the first network of the first fold.
    """

    trees: TreeSettings = field(default_factory=lambda: TreeSettings(KIN_TREES))
    columns: ColumnSettings = field(default_factory=ColumnSettings)
    seed: int = 0


def steps(settings: KinColumnSettings) -> int:
    """Batches of a whole training, cross-validation included."""
    return (FOLDS + 1) * settings.columns.networks * settings.columns.steps


@dataclass(frozen=True, slots=True)
class Chosen:
    """What cross-validation chooses.

    Attributes:
        share: Weight of the networks, 0..1.
        threshold: Lowest score at which a hairpin is called.
        measured: The measures of the folds with both.
    """

    share: float
    threshold: float
    measured: dict[str, dict[str, float]]

    def values(self) -> dict[str, Any]:
        """As plain values for a card."""
        return {"share": self.share, "threshold": self.threshold, **self.measured}


def choose(task: Task, settings: KinColumnSettings, runs: Path | None, watch: Watch) -> Chosen:
    """Choose the share of the networks and the threshold by cross-validation.

    Args:
        task: The benchmark.
        settings: How to fit.
        runs: The folder of the networks' states, from which a training goes on; None keeps none.
        watch: Called with the number of batches done.
    """
    trees, networks = cross_validate(task, settings, runs, watch)
    share = choose_share(task, trees, networks)
    scores = expit((1 - share) * trees + share * networks)
    threshold = chosen_threshold(task, scores)
    return Chosen(share, threshold, summary(fold_measures(task, scores, threshold)))


def fit_all(
    task: Task, settings: KinColumnSettings, share: float, threshold: float, runs: Path | None, watch: Watch
) -> KinColumns:
    """Fit to the whole training set; a score of 0.5 of what comes back is the threshold."""
    trees = fit(task.train, settings.trees)
    assert isinstance(trees, KinTrees)
    networks = list(_networks("final", task.train, settings, runs, watch))
    both = KinColumns(*_size(trees), [settings.columns.config()] * len(networks), share)
    both.trees = trees
    both.networks = torch.nn.ModuleList(networks)
    both.offset += float(logit(threshold))
    return both


def cross_validate(
    task: Task, settings: KinColumnSettings, runs: Path | None, watch: Watch
) -> tuple[Floats, Floats]:
    """Logits (n,) of the training rows by trees, and by networks, that have not seen them; NaN in no fold."""
    trees, networks = np.full((2, len(task.train)), np.nan)
    for fold in range(FOLDS):
        held_out = task.fold_of == fold
        seen, unseen = task.train.where(~held_out & (task.fold_of >= 0)), task.train.where(held_out)
        with torch.inference_mode():
            trees[held_out] = fit(seen, settings.trees)(unseen.symbols, unseen.lengths)[:, 1].cpu().numpy()
        columns = _columns(unseen)
        found = [
            raw_logits(network, columns)
            for network in _networks(f"fold{fold + 1}", seen, settings, runs, watch)
        ]
        networks[held_out] = np.mean(found, 0)
    return trees, networks


def choose_share(task: Task, trees: Floats, networks: Floats) -> float:
    """The weight of the networks with the highest mean average precision over the folds."""

    def precision(share: float) -> float:
        scores = expit((1 - share) * trees + share * networks)
        return float(np.mean([fold.aupr for fold in fold_measures(task, scores)]))

    return float(max(SHARES, key=precision))


def _networks(
    name: str, examples: LabelledHairpins, settings: KinColumnSettings, runs: Path | None, watch: Watch
) -> Iterator[ColumnNetwork]:
    """The networks that are trained on some examples, each made now or kept from before."""
    columns, labels = _columns(examples), examples.labels.cpu().numpy()
    identity = {**asdict(settings.columns), "data_sha256": examples.sha256()}
    for index in range(settings.columns.networks):
        seed = settings.seed + index
        path = runs / f"{name}-network{index + 1}.safetensors" if runs else None
        kept = StateFile(path, {**identity, "seed": seed}) if path else None
        yield fit_network(columns, labels, settings.columns, seed, kept, watch)


def _size(trees: KinTrees) -> tuple[int, int]:
    """Number of trees, most nodes of one."""
    return len(trees.feature), trees.feature.shape[1]


def _columns(examples: LabelledHairpins) -> Columns:
    return columns_of(examples.symbols.cpu().numpy(), examples.lengths.cpu().numpy())


def train(task: Task, settings: KinColumnSettings, out: Path, command: str, watch: Watch) -> checkpoint.Card:
    """Cross-validate, fit on the whole training set, and write the checkpoint into `out`."""
    runs = out / RUNS
    chosen = choose(task, settings, runs, watch)
    both = fit_all(task, settings, chosen.share, chosen.threshold, runs, watch)
    trees, nodes = _size(both.trees)
    config = {
        "trees": trees,
        "nodes": nodes,
        "networks": [settings.columns.config()] * settings.columns.networks,
        "share": both.share,
    }
    return save(task, KIN_COLUMNS, both, config, chosen.values(), asdict(settings), out, command)
