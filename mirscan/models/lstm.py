"""The network of deepMiRGene (section 3.2) and its relatives of Table 4.

Symbols go in, two logits come out; the second is that of the precursor (label 1 = precursor everywhere).

    symbols → one-hot → LSTM layers → attention → flatten, right-aligned → dense 400 → dense 100 → 2

Inside, tensors are (time, unit, sequence): the layout of the compiled steps, in which flattening costs
nothing. In inference the layers after the LSTMs compute in float64, so that a score depends on its batch by
less than 1e-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirscan.encoding.sequence import LONGEST, NUCLEOTIDES, STRUCTURES, UNKNOWN
from mirscan.models.recurrence import Recurrence

CHANNELS = {"both": UNKNOWN, "sequence": len(NUCLEOTIDES), "structure": len(STRUCTURES)}


def first_positions(lengths: Tensor, steps: int) -> Tensor:
    """int64 (B,): where each right-aligned sequence of a batch of `steps` columns begins."""
    return steps - lengths.to(torch.int64)


def one_hot(symbols: Tensor, inputs: str, dtype: torch.dtype) -> Tensor:
    """Symbols (B, L) as one-hot channels (L, C, B): C = 16, or 4 for the sequence or the structure alone.

    Symbol 16 becomes the zero vector. The three inputs are those of deepMiRGene, Figure 3.
    """
    index = symbols.t().contiguous()
    channels = CHANNELS[inputs]
    if inputs == "sequence":
        index = index // len(STRUCTURES)
    elif inputs == "structure":
        index = torch.where(index == UNKNOWN, channels, index % len(STRUCTURES))
    channel = torch.arange(channels, device=symbols.device)[:, None]
    return (index[:, None] == channel).to(dtype)


class Attention(nn.Module):
    """One dense unit on each position's features, softmax over the real positions (equations 3 and 4)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.score = nn.Linear(features, 1)

    def forward(self, hidden: Tensor, first: Tensor) -> Tensor:
        """Weights (T, B) of the features (T, F, B): zero before `first`, sum 1 over the rest."""
        weight, bias = self.score.weight.to(hidden.dtype), self.score.bias.to(hidden.dtype)
        scores = torch.einsum("f,tfb->tb", weight[0], hidden) + bias
        padding = torch.arange(len(hidden), device=hidden.device)[:, None] < first
        weights = scores.masked_fill(padding, -torch.inf).softmax(0)
        return weights.masked_fill(padding, 0.0)  # an empty sequence has no weights, not NaN


class Dense(nn.Module):
    """The three dense layers: sigmoid, sigmoid, two logits. Right-aligned input of any number of columns.

    Args:
        features: Longest input; shorter ones are taken to be padded by zeros in front.
        widths: Units of the two hidden layers.
        dropout: Share of the hidden units dropped in training.
    """

    def __init__(self, features: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        sizes = (features, *widths, 2)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """Logits (2, B) of the features (K, B); zeros in front, up to the longest, are left out."""
        for depth, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Linear)  # what a ModuleList cannot say
            weight, bias = layer.weight[:, -len(x) :].to(x.dtype), layer.bias.to(x.dtype)
            x = torch.addmm(bias[:, None], weight, x)
            if depth < len(self.layers) - 1:
                x = F.dropout(x.sigmoid(), self.dropout, self.training)
        return x


class LstmNetwork(nn.Module):
    """LSTM layers, attention, dense layers.

    Args:
        units: Units of each LSTM layer, bottom up. The paper: 20 and 10.
        attention: Whether the outputs of all positions are weighted and flattened (the paper), or the last
            one is used alone.
        bidirectional: Whether each layer also reads from the 3′ end, its units beside those of the other.
        inputs: `both`, `sequence` or `structure`.
        dense: Units of the two hidden dense layers.
        longest: Positions the dense layers are made for.
        dropout: On the inputs and the recurrent state of each LSTM and on the hidden dense layers.
    """

    def __init__(
        self,
        units: Sequence[int] = (20, 10),
        attention: bool = True,
        bidirectional: bool = False,
        inputs: str = "both",
        dense: Sequence[int] = (400, 100),
        longest: int = LONGEST,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.inputs = inputs
        directions = 2 if bidirectional else 1
        sizes = (self.prepare(dropout), *(directions * n for n in units))
        self.forwards = nn.ModuleList(
            Recurrence(before, n, dropout) for before, n in zip(sizes[:-1], units, strict=True)
        )
        self.backwards = nn.ModuleList(
            Recurrence(before, n, dropout)
            for before, n in zip(sizes[:-1], units, strict=True)
            if bidirectional
        )
        self.focus = Attention(sizes[-1]) if attention else None
        self.dense = Dense(sizes[-1] * (longest if attention else 1), dense, dropout)
        for module in (self.focus, self.dense):
            _start_uniform(module)

    def prepare(self, dropout: float) -> int:
        """Make the layers before the LSTMs (none here); the number of channels that they give."""
        return CHANNELS[self.inputs]

    def features(self, symbols: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """What the LSTMs read, (T, C, B), and int64 (B,), the first real position of each sequence."""
        hot = one_hot(symbols, self.inputs, next(self.parameters()).dtype)
        return hot, first_positions(lengths, symbols.shape[1])

    def hidden(self, symbols: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs of the last LSTM layer, H2 of equation 2, (T, F, B), and the first real positions (B,)."""
        x, first = self.features(symbols, lengths)
        for depth, layer in enumerate(self.forwards):
            ahead = layer(x, first)
            x = ahead if not self.backwards else torch.cat((ahead, self._reversed(depth, x, first)), 1)
        return (x if self.training else x.double()), first

    def _reversed(self, depth: int, x: Tensor, first: Tensor) -> Tensor:
        turned = turn(x, first)
        backwards: Tensor = self.backwards[depth](turned, first)
        return turn(backwards, first)

    def weighted(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The attention-weighted outputs, H_att of equation 5, (T, F, B)."""
        hidden, first = self.hidden(symbols, lengths)
        return hidden if self.focus is None else hidden * self.focus(hidden, first)[:, None]

    def forward(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Args:
            symbols: uint8 or int64 (B, L), right-aligned, 16 in front (`encoding.sequence.pad`); L up to 400.
            lengths: (B,), the real positions of each row.

        Returns:
            (B, 2) logits: not a precursor, precursor. float64 in inference, else of the parameters' type.
        """
        if self.focus is None:
            top = self.hidden(symbols, lengths)[0][-1]
        else:
            top = self.weighted(symbols, lengths).flatten(0, 1)
        logits: Tensor = self.dense(top)
        return logits.t()

    def attention(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The attention weights (B, L), zero on padding; without attention all on the last position."""
        hidden, first = self.hidden(symbols, lengths)
        if self.focus is None:
            weights = hidden.new_zeros(len(hidden), hidden.shape[2])
            weights[-1] = 1.0
            return weights.t()
        found: Tensor = self.focus(hidden, first)
        return found.t()

    def class_activation(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The class activation map (B, L) of section 4.3, zero on padding.

        The mean of H_att over the real positions of a sequence gives one weight a feature; the map is H_att
        times these weights.
        """
        weighted = self.weighted(symbols, lengths)
        pooled = weighted.sum(0) / lengths.clamp(min=1).to(weighted.dtype)
        return torch.einsum("tfb,fb->bt", weighted, pooled)


def turn(x: Tensor, first: Tensor) -> Tensor:
    """Reverse the real positions of right-aligned sequences (T, C, B); padding stays in front."""
    steps = torch.arange(len(x), device=x.device)[:, None]
    source = torch.where(steps >= first, first + len(x) - 1 - steps, steps)
    return x.gather(0, source[:, None].expand_as(x))


def _start_uniform(module: nn.Module | None) -> None:
    """Weights uniform in ±0.05 (section 3.3), biases 0."""
    for layer in module.modules() if module else ():
        if isinstance(layer, nn.Linear | nn.Conv1d):
            nn.init.uniform_(layer.weight, -0.05, 0.05)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
