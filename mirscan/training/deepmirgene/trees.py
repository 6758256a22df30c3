"""How the boosted trees are fitted: scikit-learn's histogram gradient boosting on `encoding/descriptors.py`
and, for `kin-trees`, on what a hairpin has in common with the others it is fitted to (`encoding/kinship.py`).

Several fits from different seeds, each looking at a random part of the descriptors at every split, add up to
one set of trees. The protocol is that of `lstm.py` with the choice of the epochs left out: five-fold
cross-validation, a last fit on the whole training set, the test set once. The logits are shifted so that 0.5
is the threshold at which the scores of cross-validation have their highest F, were there as many negatives to
a precursor as the test set is published with (Table 1).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier
from torch import nn

from mirscan.encoding import columns, kinship
from mirscan.encoding.descriptors import NAMES, describe
from mirscan.encoding.kinship import Library
from mirscan.encoding.sequence import DESCRIPTION
from mirscan.models import KIN_COLUMNS, KIN_TREES, TREES
from mirscan.models.trees import LEAF, BoostedTrees, KinTrees
from mirscan.scoring import checkpoint
from mirscan.training.deepmirgene.benchmarks import FOLDS
from mirscan.training.deepmirgene.epochs import LabelledHairpins, score
from mirscan.training.deepmirgene.metrics import best_threshold
from mirscan.training.deepmirgene.task import Task, fold_measures, made_of, save_scorer, summary


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """What determines a fit, beside its data. The values are usual ones and hardly tuned.

    Attributes:
        architecture: `boosted-trees` or `kin-trees`.
        rounds: Trees of one fit.
        rate: Share of each tree's step that is taken.
        leaves: Most leaves of a tree.
        least: Fewest training hairpins in a leaf.
        shrinkage: L2 penalty on the values of the leaves.
        looked_at: Share of the descriptors that a split may use.
        fits: Fits from different seeds that are averaged.
        seed: Of the first fit.
    """

    architecture: str = TREES
    rounds: int = 400
    rate: float = 0.05
    leaves: int = 15
    least: int = 10
    shrinkage: float = 1.0
    looked_at: float = 0.2
    fits: int = 3
    seed: int = 0


def fit(examples: LabelledHairpins, settings: TreeSettings) -> BoostedTrees:
    """Fit trees to labelled hairpins."""
    symbols, lengths = examples.symbols.cpu().numpy(), examples.lengths.cpu().numpy()
    y = examples.labels.cpu().numpy()
    library = Library.of(symbols, lengths, y) if settings.architecture == KIN_TREES else None
    x = describe(symbols, lengths)
    if library is not None:
        x = np.hstack((x, library.kinship(symbols, lengths)))
    return gather([_fit_once(x, y, settings, settings.seed + i) for i in range(settings.fits)], library)


def _fit_once(
    x: NDArray[np.float32], y: NDArray[np.int64], settings: TreeSettings, seed: int
) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(
        max_iter=settings.rounds,
        learning_rate=settings.rate,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.least,
        l2_regularization=settings.shrinkage,
        max_features=settings.looked_at,
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(x, y)


def gather(models: list[HistGradientBoostingClassifier], library: Library | None = None) -> BoostedTrees:
    """One set of trees whose logit is the mean of the models' logits; `kin-trees` if there is a library."""
    tables = [tree[0].nodes for model in models for tree in model._predictors]
    size = (len(tables), max(map(len, tables)))
    trees = BoostedTrees(*size) if library is None else KinTrees(*size, library)
    for index, table in enumerate(tables):
        n, leaf = len(table), table["is_leaf"].astype(bool)
        trees.feature[index, :n] = torch.from_numpy(
            np.where(leaf, LEAF, table["feature_idx"]).astype(np.int64)
        )
        trees.threshold[index, :n] = torch.from_numpy(np.where(leaf, 0.0, table["num_threshold"]))
        children = np.stack([table["left"], table["right"]], 1).astype(np.int64)
        trees.child[index, :n] = torch.from_numpy(children)
        trees.value[index, :n] = torch.from_numpy(np.where(leaf, table["value"], 0.0) / len(models))
    trees.baseline += float(np.mean([model._baseline_prediction for model in models]))
    return trees


def cross_validate(task: Task, settings: TreeSettings) -> NDArray[np.float32]:
    """Scores (n,) of the training rows by trees that have not seen them; NaN for rows in no fold."""
    scores = np.full(len(task.train), np.nan, np.float32)
    for fold in range(FOLDS):
        held_out = task.fold_of == fold
        trees = fit(task.train.where(~held_out & (task.fold_of >= 0)), settings)
        scores[held_out] = score(trees, task.train.where(held_out))
    return scores


def fit_and_validate(task: Task, settings: TreeSettings) -> tuple[BoostedTrees, dict[str, Any]]:
    """Trees fitted to the whole training set, and the measures of cross-validation (at their own best F)."""
    scores = cross_validate(task, settings)
    threshold = chosen_threshold(task, scores.astype(np.float64))
    trees = fit(task.train, settings)
    trees.baseline -= float(logit(threshold))
    return trees, {"threshold": threshold, **summary(fold_measures(task, scores, threshold))}


def chosen_threshold(task: Task, scores: NDArray[np.float64]) -> float:
    """The threshold of the highest F of cross-validation, with the negatives of the test set as published.

    Args:
        task: The benchmark.
        scores: (n,), of the training rows, by scorers that have not seen them.
    """
    known = task.fold_of >= 0
    labels = task.training.labels[known]
    more = _negatives_to_a_precursor(task.testing.labels) / _negatives_to_a_precursor(labels)
    return best_threshold(labels, scores[known], more)


def _negatives_to_a_precursor(labels: NDArray[np.int64]) -> float:
    return float((labels == 0).sum() / (labels == 1).sum())


def train(task: Task, settings: TreeSettings, out: Path, command: str) -> checkpoint.Card:
    """Cross-validate, fit on the whole training set, and write the checkpoint into `out`."""
    trees, validated = fit_and_validate(task, settings)
    config = {"trees": len(trees.feature), "nodes": trees.feature.shape[1]}
    return save(task, settings.architecture, trees, config, validated, asdict(settings), out, command)


def save(
    task: Task,
    architecture: str,
    scorer: nn.Module,
    config: dict[str, Any],
    validated: dict[str, Any],
    settings: dict[str, Any],
    out: Path,
    command: str,
) -> checkpoint.Card:
    """Measure a scorer on the test set and write its checkpoint into `out`."""
    kin = kinship.NAMES if architecture != TREES else ()
    seen = {"columns": columns.DESCRIPTION} if architecture == KIN_COLUMNS else {}
    encoding = {**DESCRIPTION, "descriptors": [*NAMES, *kin], **seen}
    made = made_of(task, settings, command)
    return save_scorer(
        out, task, scorer, (architecture, config), encoding, {"cross_validation": validated}, made
    )
