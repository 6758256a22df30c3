"""One training run, epoch by epoch, that can stop anywhere and go on to the same end.

All randomness of an epoch comes from one seed, made of the run's seed and the epoch's number; so the
parameters, the optimiser's moments and the number of epochs done are all that a resumed run needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.encoding.sequence import LONGEST, UNKNOWN_SYMBOL, pad, scored_interval, symbols
from mirscan.errors import TrainingError
from mirscan.models import build
from mirscan.scoring.checkpoint import filled
from mirscan.training.common.resume import StateFile
from mirscan.training.deepmirgene.benchmarks import Records
from mirscan.training.deepmirgene.folds import Fold

POOL = 8  # batches sorted by length together: short hairpins then seldom wait for long ones
SAVE_EVERY = 10  # epochs between two savings
SCORE_BATCH = 512


@dataclass(frozen=True, slots=True)
class LstmSettings:
    """What determines a run, beside its data.

    Attributes:
        architecture: A name that `models.build` knows.
        config: Its keyword arguments.
        epochs: Passes over the data. Paper: 300.
        batch: Sequences a step. Paper: 128.
        rate: Learning rate of Adam. Its default, 1e-3.
        seed: Of the first weights, the order and the dropout.
    """

    architecture: str = "lstm2-attention"
    config: dict[str, Any] = field(default_factory=dict)
    epochs: int = 300
    batch: int = 128
    rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LabelledHairpins:
    """Encoded hairpins with labels.

    Attributes:
        symbols: uint8 (n, L), right-aligned.
        lengths: int64 (n,).
        labels: int64 (n,), 1 = precursor.
    """

    symbols: Tensor
    lengths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The symbols of some rows, as narrow as their longest, and their lengths."""
        lengths = self.lengths[rows]
        return self.symbols[rows, self.symbols.shape[1] - int(lengths.max()) :], lengths

    def sha256(self) -> str:
        """The checksum of symbols and labels."""
        digest = hashlib.sha256()
        for tensor in (self.symbols, self.labels):
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def where(self, keep: NDArray[np.bool_]) -> LabelledHairpins:
        """The rows for which `keep` (n,) is true."""
        rows = torch.from_numpy(np.flatnonzero(keep)).to(self.labels.device)
        return LabelledHairpins(self.symbols[rows], self.lengths[rows], self.labels[rows])


def encode(records: Records, folds: list[Fold], device: torch.device) -> LabelledHairpins:
    """Encode folded records; of one longer than the networks see, the part that `scored_interval` names."""
    rows = []
    for sequence, (structure, _) in zip(records.sequences, folds, strict=True):
        start, end = scored_interval(structure)
        rows.append(symbols(sequence, structure)[start:end])
    batch, lengths = pad(rows)
    whole = np.full((len(rows), LONGEST), UNKNOWN_SYMBOL, np.uint8)
    whole[:, LONGEST - batch.shape[1] :] = batch
    tensors = (torch.from_numpy(array).to(device) for array in (whole, lengths, records.labels))
    return LabelledHairpins(*tensors)


def class_weights(labels: Tensor) -> Tensor:
    """Balanced weights n / (2 · n_k) of the classes 0 and 1 (equation 6), (2,)."""
    counts = torch.bincount(labels, minlength=2)
    if not bool(counts.all()):
        raise TrainingError("training set", "only one class", "precursors and others")
    return len(labels) / (2 * counts.to(torch.float32))


def batches(lengths: Tensor, size: int) -> Iterator[Tensor]:
    """Rows of one epoch: shuffled, sorted by length within pools of a few batches, the batches shuffled."""
    known, order = lengths.cpu(), torch.randperm(len(lengths))
    pools = [pool[known[pool].argsort(stable=True)] for pool in torch.split(order, POOL * size)]
    chunks = [chunk for pool in pools for chunk in torch.split(pool, size)]
    for index in torch.randperm(len(chunks)):
        yield chunks[index].to(lengths.device)


def epoch_seed(settings: LstmSettings, epoch: int) -> int:
    """The seed of an epoch (-1: of the first weights), spread over 63 bits."""
    digest = hashlib.sha256(f"{settings.seed}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class LstmTraining:
    """A network in training.

    Args:
        examples: What it is trained on.
        settings: How.
        watched: Scored after every epoch; never trained on.
        path: The file that its state is kept in, and from which it goes on; None keeps nothing.

    Attributes:
        network: The network as it stands.
        done: Epochs done.
        watched_scores: float32 (done, n) scores of the watched set after each epoch.
        losses: Mean weighted cross-entropy of each epoch.
    """

    def __init__(
        self,
        examples: LabelledHairpins,
        settings: LstmSettings,
        watched: LabelledHairpins | None,
        path: Path | None,
    ) -> None:
        torch.manual_seed(epoch_seed(settings, -1))
        self.examples, self.settings, self.watched = examples, settings, watched
        device = examples.labels.device
        self.network: nn.Module = build(settings.architecture, settings.config).to(device)
        self._weights = class_weights(examples.labels)
        self._adam = torch.optim.Adam(self.network.parameters(), lr=settings.rate, fused=True)
        self._kept = StateFile(path, self._identity()) if path else None
        self.done = 0
        self.losses: list[float] = []
        self.watched_scores = np.zeros((0, len(watched) if watched else 0), np.float32)
        self._restore()

    def _identity(self) -> dict[str, Any]:
        """What must be the same for a training to go on: settings but the number of epochs, and the data."""
        watched = {} if self.watched is None else {"watched_sha256": self.watched.sha256()}
        return {**asdict(self.settings), "epochs": None, "data_sha256": self.examples.sha256(), **watched}

    def go_on(self, report: Callable[[LstmTraining], None]) -> None:
        """Train up to the last epoch; `report` is called after each.

        Raises:
            TrainingError: The loss is no longer finite.
        """
        while self.done < self.settings.epochs:
            self.losses.append(self.epoch())
            if self.watched is not None:
                scores = score(self.network, self.watched).astype(np.float32)
                self.watched_scores = np.concatenate([self.watched_scores, scores[None]])
            self.done += 1
            if self.done % SAVE_EVERY == 0 or self.done == self.settings.epochs:
                self._save()
            report(self)

    def epoch(self) -> float:
        """Train for one epoch; the mean loss. `go_on` counts, watches and keeps."""
        torch.manual_seed(epoch_seed(self.settings, self.done))
        self.network.train()
        total = torch.zeros((), device=self._weights.device)
        for rows in batches(self.examples.lengths, self.settings.batch):
            labels = self.examples.labels[rows]
            loss = (
                F.cross_entropy(self.network(*self.examples.batch(rows)), labels, reduction="none")
                * self._weights[labels]
            ).mean()
            self._adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._adam.step()
            total += loss.detach() * len(rows)
        mean = float(total) / len(self.examples)
        if not np.isfinite(mean):
            raise TrainingError(
                "training", f"a loss of {mean} in epoch {self.done + 1}", hint="Lower --rate."
            )
        return mean

    def _save(self) -> None:
        if self._kept:
            state = {"network": self.network.state_dict(), "adam": self._adam.state_dict()}
            watched = torch.from_numpy(self.watched_scores)
            self._kept.save({**state, "losses": self.losses, "watched": watched})

    def _restore(self) -> None:
        state = self._kept.load() if self._kept else None
        if self._kept is None or state is None:
            return
        filled(lambda: self.network, state["network"], str(self._kept.path))
        self._adam.load_state_dict(state["adam"])
        self.losses = state["losses"]
        self.watched_scores = state["watched"].numpy()
        self.done = len(self.losses)


def score(network: nn.Module, examples: LabelledHairpins) -> NDArray[np.float64]:
    """The probability of the precursor class, float64 (n,), in the order of the examples."""
    scores = torch.empty(len(examples), dtype=torch.float64)
    network.eval()
    with torch.inference_mode():
        for rows in torch.split(examples.lengths.argsort(stable=True), SCORE_BATCH):
            logits = network(*examples.batch(rows))
            scores[rows.cpu()] = logits.softmax(1)[:, 1].double().cpu()
    return scores.numpy()
