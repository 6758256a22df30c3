"""The model behind `scan`: several network of columns, and what animals and plants have in common.

Animal and plant precursors differ so much (length above all) that one logit for both would let the long
inverted repeats of an animal genome pass as plant precursors. Each member has a logit for either, trained
against the same background; their means over the members are calibrated each on its own, and the odds of
being one or the other are the sum of the odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mirscan.models.columns import ColumnNetwork

ANIMAL, PLANT = 0, 1
KINDS = ("animal", "plant")


class ColumnEnsemble(nn.Module):
    """Symbols and scalars of hairpins → calibrated logits.

    Args:
        members: The configuration of each `ColumnNetwork`, without its outputs.
    """

    kinds: Tensor
    calibration: Tensor

    def __init__(self, members: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self.members = nn.ModuleList(ColumnNetwork(**member, outputs=len(KINDS)) for member in members)
        self.register_buffer("kinds", torch.tensor([[1.0, 0.0]] * len(KINDS)))
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))

    def networks(self) -> list[ColumnNetwork]:
        """The members."""
        return [member for member in self.members if isinstance(member, ColumnNetwork)]

    def forward(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """The log-odds of both classes, (n, 2); see `ColumnNetwork.forward`."""
        logit = self.calibration[0] * self.raw(symbols, scalars) + self.calibration[1]
        return torch.stack([torch.zeros_like(logit), logit], dim=1)

    def raw(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """The logit of being a precursor of either kind, before the last calibration, (n,)."""
        return self.joined(self.logits(symbols, scalars))

    def joined(self, logits: Tensor) -> Tensor:
        """The logits of both kinds, (n, 2), calibrated and made one, (n,)."""
        return (logits * self.kinds[:, 0] + self.kinds[:, 1]).logsumexp(1)

    def logits(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """The mean of the members' logits, (n, 2): of an animal's and of a plant's precursor."""
        return torch.stack([member.logits(symbols, scalars) for member in self.networks()]).mean(0)
