"""The trunk of an encoder with its batch norms as they stand: the same numbers for half the work.

Batch norms are folded into the convolutions, and the columns to the right of a hairpin are not computed. An
image is background there, and so far from anything coloured a convolution gives what it gives for an empty
image, which is computed once. Gradients pass through all of it, so that a training step that leaves the
statistics of the batch norms alone may use it as well (see `mirscan.training.diva.frozen`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirscan.models.resnet import ImageTrunk, ResidualBlock

STEM_REACH = 4  # columns of the image to either side that a feature of the stem sees: two 5 × 5 convolutions
MARGIN = 2  # columns at the cut of the crop that the second 5 × 5 convolution gets wrong
ROWS, COLUMNS = 25, 100


class FoldedConvolution(NamedTuple):
    """A convolution and the batch norm after it as a single convolution.

    Attributes:
        weight: (outputs, inputs, h, w).
        bias: (outputs,).
        stride: Of both sides.
        padding: Of both sides.
    """

    weight: Tensor
    bias: Tensor
    stride: int
    padding: int

    def __call__(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) → (n, outputs, h / stride, w / stride)."""
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)


def folded(convolution: nn.Module, norm: nn.Module) -> FoldedConvolution:
    """A convolution without bias and its batch norm in evaluation mode; gradients reach both."""
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    root = torch.rsqrt(norm.running_var + norm.eps)
    weight = convolution.weight * (norm.weight * root).reshape(-1, 1, 1, 1)
    weight = weight.contiguous(memory_format=torch.channels_last)
    bias = -norm.running_mean * root * norm.weight + norm.bias
    return FoldedConvolution(weight, bias, convolution.stride[0], int(convolution.padding[0]))


class FoldedBlock:
    """A residual block with its batch norms folded in.

    Args:
        block: A block in evaluation mode.
    """

    def __init__(self, block: ResidualBlock) -> None:
        parts = block.branch
        self.first, self.second = folded(parts[0], parts[1]), folded(parts[3], parts[4])
        self.shortcut, self.scale = block.shortcut, block.scale
        self.stride = self.first.stride

    def __call__(self, x: Tensor) -> Tensor:
        """As `ResidualBlock.forward`."""
        branch = self.second(F.elu(self.first(x), inplace=True))
        return F.elu(self.shortcut(x).add(branch, alpha=self.scale), inplace=True)

    def spans(self, kept: int) -> tuple[int, int]:
        """Columns of the input that are needed, and columns of the output that may differ, where all columns
        of the input from `kept` on are an empty image's.

        A feature sees one column to either side in each of its two 3 × 3 convolutions; the last column
        computed sees the cut and is wrong.
        """
        if self.stride == 1:
            return kept + 4, kept + 2
        differ = kept // 2 + 2
        return 2 * differ + 2, differ


class CroppedTrunk:
    """An `ImageTrunk` in evaluation mode that computes the coloured columns alone.

    It holds the weights as they are when it is made: a training step makes its own.

    Args:
        trunk: The trunk; it is left as it is.
    """

    def __init__(self, trunk: ImageTrunk) -> None:
        parts = trunk.stem
        self._first, self._second = folded(parts[0], parts[1]), folded(parts[3], parts[4])
        self._blocks = [FoldedBlock(block) for block in trunk.blocks]  # type: ignore[arg-type]
        weight = self._first.weight
        self._empty = [self._stem(weight.new_zeros(1, weight.shape[1], ROWS, COLUMNS))]
        for block in self._blocks:
            self._empty.append(block(self._empty[-1]))

    def _stem(self, x: Tensor) -> Tensor:
        x = self._second(F.elu(self._first(x), inplace=True))
        return F.elu(F.max_pool2d(x, 2), inplace=True)

    @staticmethod
    def seen(width: int) -> int:
        """Columns of an image to compute with where it is background from column `width` on, at most 100."""
        return min(2 * _pooled(width) + MARGIN, COLUMNS)

    def __call__(self, x: Tensor, width: int) -> Tensor:
        """Features of images that are background from column `width` on.

        Args:
            x: One-hot images (n, 5, 25, 100), or their first `seen(width)` columns.
            width: 0..100.

        Returns:
            (n, features), as `ImageTrunk.forward` gives up to round-off.
        """
        kept = _pooled(width)
        x = self._stem(x[..., : self.seen(width)])[..., :kept]
        for block, empty in zip(self._blocks, self._empty, strict=False):
            needed, kept = block.spans(kept)
            x = block(_extended(x, empty, needed))[..., :kept]
        return _extended(x, self._empty[-1], self._empty[-1].shape[-1]).flatten(1)


def _pooled(width: int) -> int:
    """Columns after the pool that may differ from an empty image's."""
    return (width + STEM_REACH + 1) // 2


def _extended(x: Tensor, empty: Tensor, width: int) -> Tensor:
    """The first `width` columns of features that are those of an empty image beyond the ones given."""
    beyond = empty[..., x.shape[-1] : width].expand(len(x), -1, -1, -1)
    return torch.cat([x, beyond], dim=-1).contiguous(memory_format=torch.channels_last)
