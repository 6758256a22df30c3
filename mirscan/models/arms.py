"""The networks that place mature arms: convolutions along a hairpin in which each base sees whom it faces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mirscan.encoding.positions import PLACES, SYMBOLS
from mirscan.scoring.arm_decoding import LONGEST, SHORTEST, WIDEST

BOUNDARIES = 4  # first and last base of the 5′ arm, first and last base of the 3′ arm
FAR = -1e4  # the logit of a position that is none


class FacingBlock(nn.Module):
    """A residual pair of convolutions over a base's neighbours and those of the base that faces it."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Conv1d(2 * width, width, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv1d(width, width, 3, padding=1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, facing: Tensor, mask: Tensor) -> Tensor:
        """(n, width, p), positions (n, p), and the mask (n, 1, p) of those that are there."""
        across = x.gather(2, facing.unsqueeze(1).expand_as(x)) * mask
        inner = torch.relu(self.first(torch.cat([x, across], 1))) * mask
        y: Tensor = torch.relu(x + self.second(self.dropout(inner))) * mask
        return y


class ArmNetwork(nn.Module):
    """Encoded hairpins → for each boundary of the arms a logit at each position.

    Args:
        embedding: Width of a symbol's embedding.
        width: Channels.
        dilations: One block each.
        dropout: Share of a block's inner channels that training drops.
    """

    def __init__(
        self,
        embedding: int = 16,
        width: int = 48,
        dilations: Sequence[int] = (1, 2, 4, 8, 16),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, embedding)
        self.stem = nn.Conv1d(embedding + len(PLACES), width, 5, padding=2)
        self.blocks = nn.ModuleList(FacingBlock(width, dilation, dropout) for dilation in dilations)
        self.head = nn.Conv1d(width, BOUNDARIES, 1)

    def forward(self, symbols: Tensor, facing: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        """The logits of n hairpins.

        Args:
            symbols: uint8 (n, p), as `encoding.positions` makes them.
            facing: int64 (n, p), the position opposite each.
            places: (n, 3, p).
            lengths: int64 (n,), positions of each hairpin; what lies beyond is padding.

        Returns:
            (n, 4, p); `FAR` beyond each hairpin's end.
        """
        there = torch.arange(symbols.shape[1], device=symbols.device) < lengths.unsqueeze(1)
        mask = there.unsqueeze(1).to(places.dtype)
        letters = self.embedding(symbols.long()).transpose(1, 2)
        x = torch.relu(self.stem(torch.cat([letters, places], 1) * mask)) * mask
        for block in self.blocks:
            x = block(x, facing, mask)
        logits: Tensor = self.head(x).masked_fill(~there.unsqueeze(1), FAR)
        return logits


class ArmNetworks(nn.Module):
    """Several networks of the arms, whose probabilities are averaged: each is off in places of its own.

    Its buffers hold the geometry of arms, `mirscan.scoring.arm_decoding.Geometry`.

    Args:
        members: How many.
        **config: Of each, see `ArmNetwork`.
    """

    def __init__(self, members: int = 1, **config: Any) -> None:
        super().__init__()
        self.members = nn.ModuleList(ArmNetwork(**config) for _ in range(members))
        self.register_buffer("lengths", torch.zeros(2, LONGEST - SHORTEST + 1))
        self.register_buffer("overhangs", torch.zeros(2, 2 * WIDEST + 1))
        self.register_buffer("weight", torch.tensor(0.0))

    lengths: Tensor
    overhangs: Tensor
    weight: Tensor

    def forward(self, symbols: Tensor, facing: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        """The log-probability of each position as each boundary, (n, 4, p); see `ArmNetwork.forward`."""
        each = [torch.log_softmax(one(symbols, facing, places, lengths), 2) for one in self.members]
        return torch.logsumexp(torch.stack(each), 0) - math.log(len(each))
