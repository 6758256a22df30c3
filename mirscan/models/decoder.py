"""The decoder that can only draw bars: a height and a colour for each of the 2 × 100 bars of an image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

COLUMNS = 100
COLOURS = 5
HEIGHTS = 13
LOWER_ROWS = 12
PAIRS = ((1, 1, 2), (2, 3, 4), (3, 1, 3))  # class of the height and the two colours: G–C, U–A, G–U


def stamp_matrix() -> Tensor:
    """The 13 × 13 stamp: row k is a bar of class k, filled from the middle of the image outwards.

    Class 0 is no bar, class k ≥ 1 a bar of k + 1 pixels (bars of one pixel do not occur), up to 13.
    """
    lengths = torch.tensor([0, *range(2, HEIGHTS + 1)])
    return (torch.arange(HEIGHTS)[None, :] < lengths[:, None]).float()


class Bars(NamedTuple):
    """What the decoder says of an image, as logits.

    Attributes:
        heights: (n, 2, 100, 13), upper and lower bar, classes of `stamp_matrix`.
        colours: (n, 2, 100, 5), gap, G, C, U, A.
    """

    heights: Tensor
    colours: Tensor

    def image(self) -> Tensor:
        """Expected image (n, 5, 25, 100): probability that the pixel has the colour; differentiable."""
        return _draw(self.heights.softmax(-1), self.colours.softmax(-1))

    def bonds(self) -> Tensor:
        """Probability (n, 100) that a column is a pair: C–G, A–U or G–U, both bars at its height."""
        heights, colours = self.heights.softmax(-1), self.colours.softmax(-1)
        (upper, lower), (above, below) = heights.unbind(1), colours.unbind(1)
        total = torch.zeros_like(upper[..., 0])
        for height, one, other in PAIRS:
            either = above[..., one] * below[..., other] + above[..., other] * below[..., one]
            total = total + upper[..., height] * lower[..., height] * either
        return total

    def drawn(self) -> Tensor:
        """Most likely image, uint8 (n, 25, 100): 0 background, 1 gap, 2 G, 3 C, 4 U, 5 A."""
        heights, colours = self.heights.argmax(-1), self.colours.argmax(-1)
        filled = stamp_matrix().to(heights.device)[heights] * (colours + 1)[..., None]
        return _stack(filled).to(torch.uint8)


def _stack(bars: Tensor) -> Tensor:
    """(…, 2, 100, 13) pixels from the middle outwards → (…, 25, 100); the lower half has 12 rows."""
    upper, lower = bars.unbind(-3)
    return torch.cat([upper.flip(-1), lower[..., :LOWER_ROWS]], dim=-1).transpose(-1, -2)


def _draw(heights: Tensor, colours: Tensor) -> Tensor:
    """Class probabilities (n, 2, 100, 13) and (n, 2, 100, 5) → the image they expect (n, 5, 25, 100)."""
    filled = heights @ stamp_matrix().to(heights)
    return _stack(filled[:, None] * colours.permute(0, 3, 1, 2)[..., None])


def _up(dimension: int, inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """A 3-wide transposed convolution in 1 or 2 dimensions that multiplies each side by `stride`, 1 or 3."""
    convolution = nn.ConvTranspose1d if dimension == 1 else nn.ConvTranspose2d
    norm = nn.BatchNorm1d if dimension == 1 else nn.BatchNorm2d
    padding = (3 - stride) // 2
    return nn.Sequential(
        convolution(inputs, outputs, 3, stride=stride, padding=padding, bias=False), norm(outputs), nn.ELU()
    )


# (inputs, outputs, stride) of the transposed convolutions of both heads: 3 × 12 grows to 27 × 108.
LAYERS = ((32, 32, 3), (32, 32, 1), (32, 64, 3), (64, 64, 1), (64, 32, 1))
GRID = (3, 12)
MARGIN = 4


class ConvolutionalDecoder(nn.Module):
    """Two heads on one dense layer (Fig. 4d).

    2-D transposed convolutions give the heights of the bars; 1-D ones, over the sum of the rows, the colours.

    Args:
        dimensions: Size of the latents together.
    """

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.dense = nn.Linear(dimensions, LAYERS[0][0] * GRID[0] * GRID[1], bias=False)
        self.grid = nn.Sequential(nn.BatchNorm2d(LAYERS[0][0]), nn.ELU())
        last = LAYERS[-1][1]
        self.heights = nn.Sequential(*(_up(2, i, o, s) for i, o, s in LAYERS), nn.Conv2d(last, 1, 1))
        self.colours = nn.Sequential(
            *(_up(1, i, o, s) for i, o, s in LAYERS), nn.Conv1d(last, 2 * COLOURS, 1)
        )

    def forward(self, z: Tensor) -> Bars:
        """z (n, dimensions) → `Bars` of float32."""
        grid = self.grid(self.dense(z).unflatten(1, (-1, *GRID)))
        heights = self.heights(grid)[:, 0, 1:, MARGIN:-MARGIN].float()
        colours = self.colours(grid.sum(2))[:, :, MARGIN:-MARGIN].float()
        return Bars(
            heights.unflatten(1, (2, HEIGHTS)).transpose(2, 3),
            colours.unflatten(1, (2, COLOURS)).transpose(2, 3),
        )


class DenseDecoder(nn.Module):
    """The decoder of the ablations without deconvolutions: dense layers, then the same bars.

    Args:
        dimensions: Size of the latents together.
        hidden: Sizes of the two hidden layers.
        dropout: Share dropped after each hidden layer.
    """

    def __init__(
        self,
        dimensions: int,
        hidden: tuple[int, int] = (1152, 512),
        dropout: tuple[float, float] = (0.1, 0.2),
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, share in zip((dimensions, hidden[0]), hidden, dropout, strict=True):
            layers += [
                nn.Linear(inputs, outputs, bias=False),
                nn.BatchNorm1d(outputs),
                nn.ELU(),
                nn.Dropout(share),
            ]
        self.hidden = nn.Sequential(*layers)
        self.heights = nn.Linear(hidden[-1], 2 * COLUMNS * HEIGHTS)
        self.colours = nn.Linear(hidden[-1], 2 * COLUMNS * COLOURS)

    def forward(self, z: Tensor) -> Bars:
        """z (n, dimensions) → `Bars` of float32."""
        hidden = self.hidden(z)
        return Bars(
            self.heights(hidden).float().unflatten(1, (2, COLUMNS, HEIGHTS)),
            self.colours(hidden).float().unflatten(1, (2, COLUMNS, COLOURS)),
        )
