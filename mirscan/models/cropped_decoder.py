"""The decoder with its batch norms as they stand, for the columns that a batch needs.

The two stages of stride 3 do not overlap, so a column of the image depends on few columns of the first grid:
those to the right of a batch's widest hairpin are not computed. Gradients pass through all of it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirscan.models.decoder import COLOURS, COLUMNS, GRID, HEIGHTS, MARGIN, Bars, ConvolutionalDecoder

GROWTH = 9  # columns of the image for each of the first grid
# Columns of the image, at the cut, that see what was cut off: one at the last resolution for each of two
# convolutions, three for the one before them.
REACH = 5
EMPTY = 9  # columns of background, at least, that are drawn beyond the widest hairpin


class CroppedDecoder:
    """A `ConvolutionalDecoder` in evaluation mode that draws the first columns alone.

    Args:
        decoder: The decoder; it is left as it is.
    """

    def __init__(self, decoder: ConvolutionalDecoder) -> None:
        self._decoder = decoder
        self._heights = _Head(decoder.heights)
        self._colours = _Head(decoder.colours)

    def __call__(self, z: Tensor, width: int) -> Bars:
        """What `ConvolutionalDecoder.forward` gives up to round-off, for the first columns.

        Args:
            z: (n, dimensions).
            width: 0..100.

        Returns:
            `Bars` of the first c columns, `width` + 9 ≤ c or c = 100.
        """
        first = min(GRID[1], -(-(width + EMPTY + MARGIN + REACH) // GROWTH))
        columns = COLUMNS if first == GRID[1] else GROWTH * first - MARGIN - REACH
        grid = self._decoder.grid(self._decoder.dense(z).unflatten(1, (-1, *GRID)))[..., :first]
        seen = slice(MARGIN, MARGIN + columns)
        grid = grid.contiguous(memory_format=torch.channels_last)
        heights = self._heights(grid)[:, 0, 1:, seen].float()
        colours = self._colours(grid.sum(2))[:, :, seen].float()
        return Bars(
            heights.reshape(-1, 2, HEIGHTS, columns).transpose(2, 3),
            colours.reshape(-1, 2, COLOURS, columns).transpose(2, 3),
        )


class _Head:
    """One head: transposed convolutions with their batch norms folded in, then a convolution."""

    def __init__(self, head: nn.Sequential) -> None:
        self._stages = [_folded(stage) for stage in list(head)[:-1]]
        self._last = head[-1]

    def __call__(self, x: Tensor) -> Tensor:
        for weight, bias, stride in self._stages:
            up = F.conv_transpose2d if weight.ndim == 4 else F.conv_transpose1d
            x = F.elu(up(x, weight, bias, stride, (3 - stride) // 2), inplace=True)
        result: Tensor = self._last(x)
        return result


def _folded(stage: nn.Module) -> tuple[Tensor, Tensor, int]:
    """Weight, bias and stride of a transposed convolution and the batch norm after it as one."""
    assert isinstance(stage, nn.Sequential)
    convolution, norm = stage[0], stage[1]
    assert isinstance(convolution, nn.ConvTranspose1d | nn.ConvTranspose2d)
    assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = convolution.weight * scale.reshape(1, -1, *[1] * (convolution.weight.ndim - 2))
    return weight, norm.bias - norm.running_mean * scale, convolution.stride[0]
