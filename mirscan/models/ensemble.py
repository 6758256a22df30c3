"""Several networks that score together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mirscan.errors import ModelError
from mirscan.models.lstm import LstmNetwork


class Ensemble(nn.Module):
    """The mean of the probabilities of its members, which take the same input.

    Args:
        members: Networks that give logits (B, 2) of symbols and lengths.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, 2) whose softmax is the mean of the members' softmaxes; see `LstmNetwork.forward`."""
        logs = torch.stack([member(symbols, lengths).log_softmax(1) for member in self.members])
        return logs.logsumexp(0) - math.log(len(self.members))

    def _attentive(self) -> list[LstmNetwork]:
        found = [m for m in self.members if isinstance(m, LstmNetwork) and m.focus is not None]
        if not found:
            raise ModelError("attention", "no member of this ensemble has any", "a readout by attention")
        return found

    def attention(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Mean attention (B, L) of the members that have one; zero on padding, sum 1 over the rest.

        Raises:
            ModelError: No member has attention.
        """
        return torch.stack([member.attention(symbols, lengths) for member in self._attentive()]).mean(0)

    def class_activation(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Mean class activation map (B, L) of the members with attention; zero on padding."""
        return torch.stack([member.class_activation(symbols, lengths) for member in self._attentive()]).mean(
            0
        )
