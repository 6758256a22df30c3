"""One network that is to say what several say on average: distillation (Hinton, Vinyals and Dean 2015).

It learns the mean logits of its teachers on hairpins that are changed a little, of which there is no end, and
begins as the first of them, so that it only has to learn how their mean differs.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

from mirscan.encoding.columns import Columns
from mirscan.models.columns import ColumnNetwork
from mirscan.training.common.one_cycle import Cycle, RandomBatches, one_cycle
from mirscan.training.common.precision import mixed
from mirscan.training.common.provenance import sha256
from mirscan.training.common.resume import StateFile
from mirscan.training.scan.augment import blurred, mutated
from mirscan.training.scan.draw import PRECURSOR, Draw, TrainingSet
from mirscan.training.scan.logits import SILENT, tensors
from mirscan.training.scan.settings import BATCH, CHOOSE, CLIP, UNGUIDED, WEIGHT_DECAY

STEPS, RATE = 2000, 1e-3
CHANGED, BLURRED = 0.05, 0.1  # less than in training: real hairpins are what it has to be right about
FLOOR = -5.0  # logit of what no scan keeps: how far below it something lies need not be learnt


class Taught(RandomBatches):
    """Batches of changed hairpins, and how far a network is from the mean logits of its teachers.

    Args:
        pupil: What learns.
        teachers: Networks that have learnt; all read the same copies.
        training: What the teachers learnt from. What they take for precursors is drawn more often.
        seed: Of the draws and the changes.
    """

    def __init__(
        self,
        pupil: ColumnNetwork,
        teachers: Sequence[ColumnNetwork],
        training: TrainingSet[Columns],
        seed: int,
    ) -> None:
        super().__init__(seed)
        self._pupil, self._teachers, self._training = pupil, teachers, training
        self._draw = Draw(training, BATCH, self.random)

    def loss(self, step: int) -> Tensor:
        """Mean distance of the logits of both kinds, (); below `FLOOR` all are alike to a scan."""
        if step >= UNGUIDED * STEPS and step % CHOOSE == 0:
            self._draw.choose()
        training, rows = self._training, self._draw.batch()
        rows = rows[np.argsort(training.examples.take(rows).counts(), kind="stable")]
        copies = self._changed(training.examples.take(rows))
        with torch.no_grad():
            mean = torch.stack([by_length(each, copies) for each in self._teachers]).mean(0)
        own = mean.gather(1, torch.from_numpy(training.kind[rows])[:, None])[:, 0]
        precursor = torch.from_numpy(training.role[rows] == PRECURSOR)
        self._draw.remember(rows, torch.where(precursor, own, mean.amax(1)).numpy())
        said = by_length(self._pupil, copies)
        apart = smooth_l1_loss(said, mean.clamp(min=FLOOR), reduction="none")
        return apart.masked_fill((said < FLOOR) & (mean < FLOOR), 0.0).mean()

    def _changed(self, examples: Columns) -> Columns:
        spread = self._pupil.spread.numpy() * (self._pupil.spread.numpy() < SILENT)
        symbols = mutated(examples.symbols, self.random, CHANGED)
        return Columns(symbols, blurred(examples.scalars, spread, self.random, BLURRED))

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator and the last logits."""
        return {**super().state_dict(), "draw": self._draw.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        super().load_state_dict(state)
        self._draw.load_state_dict(state["draw"])


def by_length(network: ColumnNetwork, examples: Columns) -> Tensor:
    """Logits (n, outputs) of a batch, sorted by columns, in quarters: the short ones need not be as wide."""
    quarters = [rows for rows in np.array_split(np.arange(len(examples)), 4) if len(rows)]
    with mixed("cpu"):
        parts = [network.logits(*tensors(examples.take(rows))) for rows in quarters]
    return torch.cat(parts).float()


def distilled(
    teachers: Sequence[ColumnNetwork], training: TrainingSet[Columns], seed: int, runs: Path
) -> ColumnNetwork:
    """One network that says what the teachers say on average, not calibrated.

    Args:
        teachers: At least one, in evaluation mode.
        training: What they learnt from.
        seed: Of the draws and the changes.
        runs: The folder of the state that a training goes on from.

    Raises:
        TrainingError: The loss is no longer finite, or the state is that of another training.
    """
    pupil = copy.deepcopy(teachers[0])
    for part in pupil.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0  # copies without end cannot be learnt by heart, and what is dropped blurs the logits
    torch.manual_seed(seed)
    identity = {"seed": seed, "steps": STEPS, "teachers": checksum(teachers)}
    kept = StateFile(runs / "distilled.safetensors", {**identity, "data_sha256": training.sha256()})
    how = Cycle(STEPS, RATE, WEIGHT_DECAY, CLIP)
    one_cycle(pupil, Taught(pupil, teachers, training, seed), how, kept)
    return pupil


def checksum(networks: Sequence[ColumnNetwork]) -> str:
    """That of all weights."""
    values = (value for each in networks for value in each.state_dict().values())
    return sha256(value.numpy().tobytes() for value in values)
