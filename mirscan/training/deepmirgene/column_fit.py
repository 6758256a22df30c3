"""How a network over columns learns to tell the hairpins of a benchmark.

Every showing of a hairpin is changed a little (`scan/augment.py`): without that these small sets are learnt
by heart. A fixed share of each batch are precursors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from mirscan.encoding.duplex import Duplexes
from mirscan.errors import TrainingError
from mirscan.models.duplex import DuplexNetwork
from mirscan.training.scan.fit import changed_logits, standardise

Watch = Callable[[int], object]
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
        """The arguments of one `DuplexNetwork`."""
        return {"width": self.width, "heads": self.heads, "dropout": self.dropout}


def fit_network(
    columns: Duplexes, labels: NDArray[np.int64], settings: ColumnSettings, seed: int, watch: Watch
) -> DuplexNetwork:
    """Train one network.

    Args:
        columns: n hairpins.
        labels: (n,), 1 = precursor.
        settings: How.
        seed: Of the first weights, the draws, the changes and dropout.
        watch: Called with 1 after each step.

    Raises:
        TrainingError: The loss is no longer finite.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = DuplexNetwork(**settings.config())
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    standardise(network, [columns.take(rows) for rows in classes])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=settings.steps, pct_start=0.1)
    precursors = round(settings.batch * PRECURSORS)
    network.train()
    for step in range(settings.steps):
        drawn = zip(classes, (settings.batch - precursors, precursors), strict=True)
        rows = np.concatenate([random.choice(own, count) for own, count in drawn])
        rows = rows[np.argsort(columns.take(rows).columns(), kind="stable")]
        logits = changed_logits(network, columns.take(rows), random)[:, 0]
        loss = binary_cross_entropy_with_logits(logits, torch.from_numpy(labels[rows]).float())
        if not torch.isfinite(loss):
            raise TrainingError(f"step {step}", "the loss is not finite")
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        watch(1)
    return network.eval()
