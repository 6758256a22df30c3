"""The network of deepMiRGene (section 3.2) and those it is compared with in Table 4.

Symbols go in, two logits come out; the second is that of the precursor (label 1 = precursor everywhere).

    symbols → one-hot → LSTM layers → attention → flatten, right-aligned → dense 400 → dense 100 → 2

Inside, tensors are (time, unit, sequence): the layout of the compiled steps, in which flattening costs
nothing. In inference the layers after the LSTMs compute in float64, so that a score depends on its batch by
less than 1e-12; the LSTMs, compiled for the CPU, do not depend on it at all (`kernels.py`). On a GPU the
whole network is to be made float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirscan.alphabet import LETTERS
from mirscan.encoding.sequence import LONGEST, STRUCTURES, UNKNOWN_SYMBOL
from mirscan.errors import ModelError
from mirscan.models.recurrence import Recurrence

CHANNELS = {"both": UNKNOWN_SYMBOL, "sequence": len(LETTERS), "structure": len(STRUCTURES)}
FILTER_WIDTH = 5  # of the convolutions, about which the paper says nothing but how many layers they have


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
        index = torch.where(index == UNKNOWN_SYMBOL, channels, index % len(STRUCTURES))
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
        scores = torch.matmul(weight, hidden)[:, 0] + bias
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


class Convolutions(nn.Module):
    """1-D convolutions with rectifiers that keep the length; padding stays zero.

    Args:
        inputs: Channels of the input.
        filters: Filters of each layer, bottom up.
        width: Positions a filter sees; odd.
        dropout: Share of the outputs dropped in training.
    """

    def __init__(self, inputs: int, filters: Sequence[int], width: int, dropout: float) -> None:
        super().__init__()
        sizes = (inputs, *filters)
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, width, padding=width // 2) for before, after in pairwise(sizes)
        )
        self.dropout = dropout

    def forward(self, x: Tensor, first: Tensor) -> Tensor:
        """(T, filters, B) of the channels (T, C, B) of right-aligned sequences that begin at `first` (B,)."""
        alive = torch.arange(len(x), device=x.device) >= first[:, None, None]
        x = x.permute(2, 1, 0)
        for layer in self.layers:
            assert isinstance(layer, nn.Conv1d)  # what a ModuleList cannot say
            weight, bias = layer.weight.to(x.dtype), layer.bias
            x = F.conv1d(x, weight, padding=layer.padding) + (
                0 if bias is None else bias.to(x.dtype)[:, None]
            )
            x = F.dropout(x.relu() * alive, self.dropout, self.training)
        return x.permute(2, 1, 0)


class LstmNetwork(nn.Module):
    """Convolutions, LSTM layers, a readout, dense layers; the paper's network has no convolutions.

    Args:
        units: Units of each LSTM layer, bottom up. The paper: 20 and 10.
        readout: `attention`: the outputs of all positions, weighted and flattened (the paper); `last`: the
            output of the last position; `all`: the outputs of all positions, flattened.
        bidirectional: Whether each layer also reads from the 3′ end, its units beside those of the other.
        filters: Filters of the convolutions before the LSTMs, bottom up.
        inputs: `both`, `sequence` or `structure`.
        dense: Units of the two hidden dense layers.
        longest: Positions the dense layers are made for.
        dropout: On the inputs and the recurrent state of each LSTM, on the convolutions and the hidden dense
            layers.
    """

    def __init__(
        self,
        units: Sequence[int] = (20, 10),
        readout: str = "attention",
        bidirectional: bool = False,
        filters: Sequence[int] = (),
        inputs: str = "both",
        dense: Sequence[int] = (400, 100),
        longest: int = LONGEST,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.inputs, self.readout = inputs, readout
        self.convolutions = (
            Convolutions(CHANNELS[inputs], filters, FILTER_WIDTH, dropout) if filters else None
        )
        bottom = filters[-1] if filters else CHANNELS[inputs]
        directions = 2 if bidirectional else 1
        sizes = (bottom, *(directions * n for n in units))
        self.forwards = nn.ModuleList(map(Recurrence, sizes, units, repeat(dropout)))
        self.backwards = nn.ModuleList(
            map(Recurrence, sizes, units if bidirectional else (), repeat(dropout))
        )
        self.focus = Attention(sizes[-1]) if readout == "attention" else None
        self.dense = Dense(sizes[-1] * (1 if readout == "last" else longest), dense, dropout)
        for module in (self.convolutions, self.focus, self.dense):
            _start_uniform(module)

    def hidden(self, symbols: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs of the last LSTM layer, H2 of equation 2, (T, F, B), and the first real positions (B,)."""
        first = first_positions(lengths, symbols.shape[1])
        dtype = next(self.parameters()).dtype
        x = one_hot(symbols, self.inputs, dtype)
        if self.convolutions is not None:
            x = self.convolutions(x if self.training else x.double(), first).to(dtype)
        for depth, layer in enumerate(self.forwards):
            ahead = layer(x, first)
            x = torch.cat((ahead, self._reversed(depth, x, first)), 1) if self.backwards else ahead
        return (x if self.training else x.double()), first

    def _reversed(self, depth: int, x: Tensor, first: Tensor) -> Tensor:
        backwards: Tensor = self.backwards[depth](turn(x, first), first)
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
        outputs = self.weighted(symbols, lengths)
        logits: Tensor = self.dense(outputs[-1] if self.readout == "last" else outputs.flatten(0, 1))
        return logits.t()

    def bounds(self) -> tuple[Tensor, Tensor]:
        """The lowest and the highest that each logit can be, float64 (2,) each: its inputs are 0..1."""
        last = self.dense.layers[-1]
        assert isinstance(last, nn.Linear)  # what a ModuleList cannot say
        weight, bias = last.weight.double(), last.bias.double()
        return bias + weight.clamp(max=0).sum(1), bias + weight.clamp(min=0).sum(1)

    def attention(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The attention weights (B, L), zero on padding.

        Raises:
            ModelError: The network has no attention.
        """
        if self.focus is None:
            raise ModelError("attention", "this network has none", "a readout by attention")
        weights: Tensor = self.focus(*self.hidden(symbols, lengths))
        return weights.t()

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
