"""The logits of networks over columns, during training and after it, sorted by length for speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding.columns import Columns
from mirscan.models.column_ensemble import ColumnEnsemble
from mirscan.models.columns import ColumnNetwork
from mirscan.training.common.one_cycle import Watch
from mirscan.training.common.precision import mixed
from mirscan.training.scan.augment import blurred, mutated

Floats = NDArray[np.float64]
Scored = ColumnNetwork | ColumnEnsemble

SCORED_AT_ONCE = 512
CONSTANT = 1e-6  # variance of a scalar that is the same everywhere
SILENT = 1e6  # spread of one that tells nothing


def standardise(network: ColumnNetwork, parts: Sequence[Columns]) -> None:
    """Set the mean and spread of the scalars to those of some classes, each counting the same.

    A scalar that is the same everywhere tells nothing and is silenced: where it does vary later, the network
    has not learnt what that means.
    """
    mean = np.mean([part.scalars.mean(0) for part in parts], axis=0)
    square = np.mean([(part.scalars**2).mean(0) for part in parts], axis=0)
    network.mean.copy_(torch.from_numpy(mean))
    variance = square - mean**2
    network.spread.copy_(torch.from_numpy(np.where(variance > CONSTANT, np.sqrt(np.abs(variance)), SILENT)))


def changed_logits(network: ColumnNetwork, examples: Columns, random: np.random.Generator) -> torch.Tensor:
    """Logits (n, outputs) of a batch, sorted by columns, after small changes; see `augment.py`.

    In quarters: the short ones need not be as wide.
    """
    symbols = mutated(examples.symbols, random)
    spread = network.spread.numpy() * (network.spread.numpy() < SILENT)
    changed = Columns(symbols, blurred(examples.scalars, spread, random))
    quarters = [rows for rows in np.array_split(np.arange(len(changed)), 4) if len(rows)]
    with mixed("cpu"):
        parts = [network.logits(*tensors(changed.take(rows))) for rows in quarters]
    return torch.cat(parts).float()


def tensors(examples: Columns) -> tuple[torch.Tensor, torch.Tensor]:
    """Without the columns that are empty in all."""
    trimmed = examples.trimmed()
    return torch.from_numpy(trimmed.symbols), torch.from_numpy(trimmed.scalars)


def raw_logits(network: Scored, examples: Columns, watch: Watch | None = None) -> Floats:
    """The logits before calibration, (n,), in the order given."""
    return _in_order(lambda *tensors: network.raw(*tensors)[:, None], network, examples, watch)[:, 0]


def kind_logits(network: Scored, examples: Columns, watch: Watch | None = None) -> Floats:
    """The logits of an animal's and of a plant's precursor before calibration, (n, 2), in the order given."""
    return _in_order(network.logits, network, examples, watch)


def _in_order(
    scores: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    network: Scored,
    examples: Columns,
    watch: Watch | None,
) -> Floats:
    """Score by length, at the precision of training."""
    network.eval()
    order = np.argsort(examples.counts(), kind="stable")
    parts: list[Floats] = []
    with torch.inference_mode(), mixed("cpu"):
        for first in range(0, len(order), SCORED_AT_ONCE):
            rows = order[first : first + SCORED_AT_ONCE]
            parts.append(scores(*tensors(examples.take(rows))).double().numpy())
            if watch:
                watch(len(rows))
    found = np.concatenate(parts) if parts else np.zeros((0, 1))
    logits = np.empty_like(found)
    logits[order] = found
    return logits


def worth_folding(logits: Floats, hard: int, sampled: int, seed: int) -> tuple[NDArray[np.int64], Floats]:
    """The highest of the ranked rows, and a random sample of the rest.

    Returns:
        Rows, the `hard` highest first, and how many rows each stands for.
    """
    order = np.argsort(-logits, kind="stable")
    rest = np.random.default_rng(seed).permutation(order[hard:])[:sampled]
    weight = (len(order) - hard) / max(1, len(rest))
    weights = np.concatenate([np.ones(min(hard, len(order))), np.full(len(rest), weight)])
    return np.concatenate([order[:hard], rest]), weights
