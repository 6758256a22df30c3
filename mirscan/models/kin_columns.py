"""Kin trees and networks over the columns of a hairpin, which score together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mirscan.encoding.columns import SCALARS
from mirscan.encoding.symbol_columns import columns_of
from mirscan.models.columns import ColumnNetwork
from mirscan.models.trees import KinTrees

_PAIRED = SCALARS.index("paired")


class KinColumns(nn.Module):
    """A weighted mean of the logits of boosted trees and of networks, which err on different hairpins.

    A fold without a pair that could be one is left to the trees.

    Args:
        trees: Number of trees.
        nodes: Most nodes of a tree.
        networks: The configuration of each `ColumnNetwork`.
        share: Weight of the networks, 0..1.

    Attributes:
        offset: float64 (), what is taken off the mean, so that 0 is the threshold.
    """

    offset: Tensor

    def __init__(
        self, trees: int, nodes: int, networks: Sequence[dict[str, Any]] = (), share: float = 0.5
    ) -> None:
        super().__init__()
        self.trees = KinTrees(trees, nodes)
        self.networks = nn.ModuleList(ColumnNetwork(**network) for network in networks)
        self.share = share
        self.register_buffer("offset", torch.zeros((), dtype=torch.float64))

    def forward(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, 2), float64, the first of them 0; see `LstmNetwork.forward`."""
        trees = self.trees(symbols, lengths)[:, 1]
        columns = columns_of(
            symbols.to("cpu", torch.uint8).numpy(), lengths.to("cpu", torch.int64).numpy()
        ).trimmed()
        inputs = [torch.from_numpy(part).to(symbols.device) for part in (columns.symbols, columns.scalars)]
        networks = torch.stack([network.raw(*inputs) for network in self._members()]).double().mean(0)
        both = (1 - self.share) * trees + self.share * networks
        paired = torch.from_numpy(columns.scalars[:, _PAIRED] > np.float32(0)).to(symbols.device)
        logit = torch.where(paired, both, trees) - self.offset
        return torch.stack((torch.zeros_like(logit), logit), 1)

    def _members(self) -> list[ColumnNetwork]:
        return [network for network in self.networks if isinstance(network, ColumnNetwork)]
