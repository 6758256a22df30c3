"""How a network over columns learns to tell the hairpins of a benchmark.

Every showing of a hairpin is changed a little (`scan/augment.py`): without that these small sets are learnt
by heart. A fixed share of each batch are precursors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from mirscan.encoding.columns import Columns
from mirscan.models.columns import ColumnNetwork
from mirscan.training.common.one_cycle import Cycle, RandomBatches, Watch, one_cycle, unwatched
from mirscan.training.common.resume import StateFile
from mirscan.training.scan.logits import changed_logits, standardise

PRECURSORS = 1 / 3  # of a batch
RATE = 2e-3  # peak
WEIGHT_DECAY = 0.05


@dataclass(frozen=True, slots=True)
class ColumnSettings:
    """What determines the networks, beside their data.

    Attributes:
        networks: How many score together.
        steps: Batches that each is shown.
        batch: Hairpins of a batch.
        width: Channels.
        heads: Weighted means over the columns.
        dropout: Share of the readout's inputs that training drops.
    """

    networks: int = 3
    steps: int = 1200
    batch: int = 192
    width: int = 32
    heads: int = 4
    dropout: float = 0.3

    def config(self) -> dict[str, Any]:
        """The arguments of one `ColumnNetwork`."""
        return {"width": self.width, "heads": self.heads, "dropout": self.dropout}


class ColumnBatches(RandomBatches):
    """Batches of hairpins, a fixed share of them precursors, every showing of one changed a little.

    Args:
        network: What learns from them.
        columns: n hairpins.
        labels: (n,), 1 = precursor.
        batch: Hairpins of a batch.
        seed: Of the draws and the changes.
    """

    def __init__(
        self, network: ColumnNetwork, columns: Columns, labels: NDArray[np.int64], batch: int, seed: int
    ) -> None:
        super().__init__(seed)
        self._network, self._columns, self._labels = network, columns, labels
        precursors = round(batch * PRECURSORS)
        self._counts = (batch - precursors, precursors)
        self._classes = [np.flatnonzero(labels == label) for label in (0, 1)]
        standardise(network, [columns.take(rows) for rows in self._classes])

    def loss(self, step: int) -> Tensor:
        """The mean cross entropy of the next batch."""
        drawn = zip(self._classes, self._counts, strict=True)
        rows = np.concatenate([self.random.choice(rows, count) for rows, count in drawn])
        rows = rows[np.argsort(self._columns.take(rows).counts(), kind="stable")]
        logits = changed_logits(self._network, self._columns.take(rows), self.random)[:, 0]
        return binary_cross_entropy_with_logits(logits, torch.from_numpy(self._labels[rows]).float())


def fit_network(
    columns: Columns,
    labels: NDArray[np.int64],
    settings: ColumnSettings,
    seed: int,
    kept: StateFile | None = None,
    watch: Watch = unwatched,
) -> ColumnNetwork:
    """Train one network, or take up its training where it stopped.

    Args:
        columns: n hairpins.
        labels: (n,), 1 = precursor.
        settings: How.
        seed: Of the first weights, the draws, the changes and dropout.
        kept: Where its state is kept.
        watch: Called with the steps done since the last call.

    Raises:
        TrainingError: The loss is no longer finite.
    """
    torch.manual_seed(seed)
    network = ColumnNetwork(**settings.config())
    batches = ColumnBatches(network, columns, labels, settings.batch, seed)
    one_cycle(network, batches, Cycle(settings.steps, RATE, WEIGHT_DECAY, clip=1.0), kept, watch)
    return network
