"""The optimisation behind `train scan`: pools and batches, one cycle of the rate, ranking, calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from mirscan.encoding.duplex import Duplexes, concatenate
from mirscan.errors import TrainingError
from mirscan.models.duplex import DuplexNetwork

Floats = NDArray[np.float64]
Watch = Callable[[int], object]

BATCH = 256
RATE = 2e-3  # peak
WEIGHT_DECAY = 0.02
PRECURSOR = 0.97  # target of a precursor: some that databases list are none
SCORED_AT_ONCE = 512
CONSTANT = 1e-6  # variance
SILENT = 1e6


@dataclass(frozen=True, slots=True)
class Pool:
    """Rows of one class that fill a fixed share of every batch.

    Attributes:
        examples: Where the rows are drawn from, with replacement.
        label: 1 = precursor.
        share: Of the batch, 0..1.
        weights: (n,), chances relative to each other; all the same if None.
    """

    examples: Duplexes
    label: int
    share: float
    weights: Floats | None = None

    def draw(self, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Some rows."""
        if self.weights is None:
            return random.integers(len(self.examples), size=count)
        steps = np.cumsum(self.weights)
        rows: NDArray[np.int64] = np.searchsorted(steps, random.random(count) * steps[-1], side="right")
        return rows


def standardise(network: DuplexNetwork, pools: Sequence[Pool]) -> None:
    """Set the mean and spread of the scalars to those of the pools, each pool counting the same.

    A scalar that is the same everywhere tells nothing and is silenced (the sieve's structures never branch):
    where it does vary later, the network has not learnt what that means.
    """
    mean = np.mean([pool.examples.scalars.mean(0) for pool in pools], axis=0)
    square = np.mean([(pool.examples.scalars**2).mean(0) for pool in pools], axis=0)
    network.mean.copy_(torch.from_numpy(mean))
    variance = square - mean**2
    network.spread.copy_(torch.from_numpy(np.where(variance > CONSTANT, np.sqrt(np.abs(variance)), SILENT)))


def fit(
    network: DuplexNetwork,
    pools: Sequence[Pool],
    steps: int,
    seed: int,
    rate: float = RATE,
    watch: Watch | None = None,
) -> None:
    """Train in place.

    Args:
        network: Fresh, or one that goes on.
        pools: What batches are made of.
        steps: Batches.
        seed: Of the draws and of dropout.
        rate: Peak learning rate.
        watch: Called with 1 after each step.

    Raises:
        TrainingError: The loss is no longer finite.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    network.train()
    for step in range(steps):
        examples, targets = _batch(pools, random)
        logits = torch.cat([network.raw(*_tensors(examples.take(rows))) for rows in _by_length(examples)])
        loss = binary_cross_entropy_with_logits(logits, targets)
        if not torch.isfinite(loss):
            raise TrainingError(f"step {step}", "the loss is not finite", hint="Try a lower rate.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        if watch:
            watch(1)
    network.eval()


def _batch(pools: Sequence[Pool], random: np.random.Generator) -> tuple[Duplexes, torch.Tensor]:
    """Rows of all pools, the short hairpins first, and their targets."""
    drawn = [pool.draw(round(BATCH * pool.share), random) for pool in pools]
    examples = concatenate([pool.examples.take(rows) for pool, rows in zip(pools, drawn, strict=True)])
    targets = np.repeat([PRECURSOR if pool.label else 0.0 for pool in pools], [len(rows) for rows in drawn])
    order = np.argsort(_columns(examples), kind="stable")
    return examples.take(order), torch.from_numpy(targets[order].astype(np.float32))


def _by_length(examples: Duplexes) -> list[NDArray[np.int64]]:
    """A sorted batch in quarters: short hairpins need not be as wide as the longest of all."""
    return [rows for rows in np.array_split(np.arange(len(examples)), 4) if len(rows)]


def _columns(examples: Duplexes) -> NDArray[np.int64]:
    columns: NDArray[np.int64] = (examples.symbols > 0).sum(1)
    return columns


def _tensors(examples: Duplexes) -> tuple[torch.Tensor, torch.Tensor]:
    """Without the columns that are empty in all."""
    columns = int(_columns(examples).max(initial=1))
    return torch.from_numpy(examples.symbols[:, :columns]), torch.from_numpy(examples.scalars)


def raw_logits(network: DuplexNetwork, examples: Duplexes, watch: Watch | None = None) -> Floats:
    """The logits before calibration, (n,), in the order given."""
    order = np.argsort(_columns(examples), kind="stable")
    logits = np.zeros(len(examples))
    network.eval()
    with torch.inference_mode():
        for first in range(0, len(order), SCORED_AT_ONCE):
            rows = order[first : first + SCORED_AT_ONCE]
            logits[rows] = network.raw(*_tensors(examples.take(rows))).numpy()
            if watch:
                watch(len(rows))
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


def calibrate(
    network: DuplexNetwork, precursors: Floats, background: Floats, weights: Floats, prevalence: float
) -> None:
    """Set scale and shift of the logit (Platt) so that its sigmoid is a probability at `prevalence`.

    Args:
        network: Changed in place.
        precursors: Logits of precursors that it has not seen.
        background: Logits of background that it has not seen.
        weights: Candidates that each row of the background stands for.
        prevalence: Precursors among candidates, 0..1.
    """
    from sklearn.linear_model import LogisticRegression

    logits = np.concatenate([precursors, background])[:, None]
    labels = np.repeat([1, 0], [len(precursors), len(background)])
    share = np.concatenate(
        [np.full(len(precursors), prevalence / len(precursors)), (1 - prevalence) * weights / weights.sum()]
    )
    fitted = LogisticRegression(C=np.inf, max_iter=1000).fit(logits, labels, share * len(logits))
    values = [float(fitted.coef_[0, 0]), float(fitted.intercept_[0])]
    network.calibration.copy_(torch.tensor(values))
