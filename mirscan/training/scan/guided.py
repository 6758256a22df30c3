"""Batches that a network's own last logits choose, and how wrong it is about each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import softplus

from mirscan.training.common.one_cycle import RandomBatches
from mirscan.training.scan.draw import PRECURSOR, Draw, TrainingSet
from mirscan.training.scan.settings import BATCH, CHOOSE, UNGUIDED


class GuidedBatches(RandomBatches):
    """Batches that are drawn by the network's own last logits, after a first part of the steps.

    Args:
        network: What learns from them; with a logit for animals and one for plants.
        training: What to draw from.
        steps: Of the whole training.
        seed: Of the draws and the changes.
    """

    def __init__(self, network: nn.Module, training: TrainingSet[Any], steps: int, seed: int) -> None:
        super().__init__(seed)
        self.network, self._training = network, training
        self._unguided = UNGUIDED * steps
        self._draw = Draw(training, BATCH, self.random)

    def logits(self, examples: Any) -> Tensor:
        """The logits of both kinds, (n, 2), of examples that are sorted by length, changed a little."""
        raise NotImplementedError

    def loss(self, step: int) -> Tensor:
        """Mean cross entropy: of a precursor by the logit of its own kind alone, of all else by both."""
        if step >= self._unguided and step % CHOOSE == 0:
            self._draw.choose()
        training, rows = self._training, self._draw.batch()
        rows = rows[np.argsort(training.examples.take(rows).counts(), kind="stable")]
        logits = self.logits(training.examples.take(rows))
        precursor = torch.from_numpy(training.role[rows] == PRECURSOR)
        own = logits.gather(1, torch.from_numpy(training.kind[rows])[:, None])[:, 0]
        last: NDArray[np.float32] = torch.where(precursor, own, logits.amax(1)).detach().numpy()
        self._draw.remember(rows, last)
        return torch.where(precursor, softplus(-own), softplus(logits).mean(1)).mean()

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator and the last logits."""
        return {**super().state_dict(), "draw": self._draw.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        super().load_state_dict(state)
        self._draw.load_state_dict(state["draw"])
