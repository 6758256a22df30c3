"""The network behind `scan`: convolutions over the columns of a hairpin, and its energy and composition.

A column holds two opposite nucleotides, so each convolution sees a stretch of both strands and who pairs with
whom. After the first layer two columns become one. Convolutions are matrix products over shifted copies, the
same arithmetic for every batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mirscan.encoding.columns import SCALARS, SYMBOLS

FAR_BELOW = -1e4  # of any logit of a column
PLACES = 2  # columns from the loop, columns to the open end


class ColumnConvolution(nn.Module):
    """A convolution over columns that keeps their number; (n, columns, inputs) → (n, columns, outputs)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.offsets = [(k - kernel // 2) * dilation for k in range(kernel)]
        self.product = nn.Linear(kernel * inputs, outputs)
        nn.init.kaiming_normal_(self.product.weight, nonlinearity="relu")
        nn.init.zeros_(self.product.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Columns outside count as 0."""
        reach, columns = -self.offsets[0], x.shape[1]
        wide = nn.functional.pad(x, (0, 0, reach, reach))
        shifted = [wide[:, reach + offset : reach + offset + columns] for offset in self.offsets]
        product: Tensor = self.product(torch.cat(shifted, dim=2))
        return product


class Block(nn.Module):
    """A residual pair of convolutions."""

    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.first = ColumnConvolution(width, width, kernel, dilation)
        self.second = ColumnConvolution(width, width, kernel, dilation)
        with torch.no_grad():
            self.second.product.weight.mul_(0.5)  # the sum with the input keeps its size

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(n, columns, width) and the mask (n, columns, 1) of its real columns."""
        inner = torch.relu(self.first(x)) * mask
        y: Tensor = torch.relu(x + self.second(inner)) * mask
        return y


class ColumnNetwork(nn.Module):
    """Symbols and scalars of hairpins → calibrated logits.

    Args:
        embedding: Width of a symbol's embedding.
        width: Channels.
        kernel: Columns that the first convolution sees.
        dilations: One residual block each, over pairs of columns.
        hidden: Units of the readout.
        dropout: Share of the readout's inputs that training drops.
        heads: Weighted means over the columns that the readout sees beside the plain one; each learns where
            to look.
        outputs: Logits.
    """

    def __init__(
        self,
        embedding: int = 24,
        width: int = 64,
        kernel: int = 5,
        dilations: Sequence[int] = (1, 2, 4),
        hidden: int = 64,
        dropout: float = 0.2,
        heads: int = 0,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, embedding)
        self.stem = ColumnConvolution(embedding + PLACES, width, kernel)
        self.blocks = nn.ModuleList(Block(width, 3, dilation) for dilation in dilations)
        self.focus = nn.Linear(width, heads) if heads else None
        self.readout = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear((2 + heads) * width + len(SCALARS), hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, outputs),
        )
        self.register_buffer("mean", torch.zeros(len(SCALARS)))
        self.register_buffer("spread", torch.ones(len(SCALARS)))
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        nn.init.normal_(self.embedding.weight, std=0.5)

    mean: Tensor
    spread: Tensor
    calibration: Tensor

    def forward(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """The log-odds of both classes.

        Args:
            symbols: uint8 (n, columns), as `encoding.columns` makes them; trailing empty columns may be left
                out.
            scalars: (n, 35).

        Returns:
            (n, 2): 0 and the calibrated logit of "precursor", so that a softmax gives the probability.
        """
        logit = self.calibration[0] * self.raw(symbols, scalars) + self.calibration[1]
        return torch.stack([torch.zeros_like(logit), logit], dim=1)

    def raw(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """The logit before calibration, (n,), the first if there are several."""
        return self.logits(symbols, scalars)[:, 0]

    def logits(self, symbols: Tensor, scalars: Tensor) -> Tensor:
        """All logits before calibration, (n, outputs)."""
        # every hairpin has its open end before it, at least as far as a convolution sees
        beyond = len(self.stem.offsets) // 2
        symbols = nn.functional.pad(symbols, (0, beyond + (symbols.shape[1] + beyond) % 2))
        mask = (symbols > 0).unsqueeze(2).to(self.mean.dtype)
        x = torch.relu(self.stem(torch.cat([self.embedding(symbols.long()), _places(mask)], 2))) * mask
        x, mask = (_halved(values) for values in (x, mask))
        for block in self.blocks:
            x = block(x, mask)
        mean = x.sum(1) / mask.sum(1).clamp(min=1)
        facts = (scalars.to(self.mean.dtype) - self.mean) / self.spread
        logits: Tensor = self.readout(torch.cat([x.amax(1), mean, *self._looked_at(x, mask), facts], 1))
        return logits

    def _looked_at(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """The heads' means of the columns, (n, heads · width); a hairpin without columns counts as zeros."""
        if self.focus is None:
            return []
        weight = torch.softmax(self.focus(x).masked_fill(mask == 0, FAR_BELOW), 1)
        return [torch.einsum("ncw,nch->nhw", x, weight).flatten(1)]


def _places(mask: Tensor) -> Tensor:
    """Columns from the loop and to the open end, in units of 25: (n, columns, 1) → (n, columns, 2)."""
    before = mask.cumsum(1)
    return torch.cat([before, (mask.sum(1, keepdim=True) - before)], 2) * mask / 25


def _halved(x: Tensor) -> Tensor:
    """The larger of each two columns: (n, 2c, k) → (n, c, k)."""
    n, columns, width = x.shape
    return x.view(n, columns // 2, 2, width).amax(2)
