"""The trunk of an encoder for inference: the same numbers for half the work.

Batch norms are folded into the convolutions, and the columns to the right of a hairpin are not computed. An
image is background there, and so far from anything coloured a convolution gives what it gives for an empty
image, which is computed once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mirscan.models.resnet import ImageTrunk, ResidualBlock

STEM_REACH = 4  # columns of the image to either side that a feature of the stem sees: two 5 × 5 convolutions
MARGIN = 2  # columns at the cut of the crop that the second 5 × 5 convolution gets wrong
ROWS, COLUMNS = 25, 100


def _fused(convolution: nn.Module, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution, norm)


class FusedBlock(nn.Module):
    """A residual block with its batch norms folded in.

    Args:
        block: A block in evaluation mode.
    """

    def __init__(self, block: ResidualBlock) -> None:
        super().__init__()
        parts = block.branch
        self.first, self.second = _fused(parts[0], parts[1]), _fused(parts[3], parts[4])
        self.shortcut, self.scale = block.shortcut, block.scale
        self.stride = self.first.stride[0]

    def forward(self, x: Tensor) -> Tensor:
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


class CroppedTrunk(nn.Module):
    """An `ImageTrunk` in evaluation mode that computes the coloured columns alone.

    Args:
        trunk: The trunk, in evaluation mode; it is left as it is.
    """

    def __init__(self, trunk: ImageTrunk) -> None:
        super().__init__()
        parts = trunk.stem
        self.stem = nn.Sequential(
            _fused(parts[0], parts[1]),
            nn.ELU(inplace=True),
            _fused(parts[3], parts[4]),
            nn.MaxPool2d(2),
            nn.ELU(inplace=True),
        )
        self.blocks = [FusedBlock(block) for block in trunk.blocks]  # type: ignore[arg-type]
        weight = self.stem[0].weight
        assert isinstance(weight, Tensor)
        self.empty = [self.stem(weight.new_zeros(1, weight.shape[1], ROWS, COLUMNS))]
        for block in self.blocks:
            self.empty.append(block(self.empty[-1]))

    @staticmethod
    def seen(width: int) -> int:
        """Columns of an image to compute with where it is background from column `width` on, at most 100."""
        return min(2 * _pooled(width) + MARGIN, COLUMNS)

    def forward(self, x: Tensor, width: int) -> Tensor:
        """Features of images that are background from column `width` on.

        Args:
            x: One-hot images (n, 5, 25, 100), or their first `seen(width)` columns.
            width: 0..100.

        Returns:
            (n, features), as `ImageTrunk.forward` gives up to round-off.
        """
        kept = _pooled(width)
        x = self.stem(x[..., : self.seen(width)])[..., :kept]
        for block, empty in zip(self.blocks, self.empty, strict=False):
            needed, kept = block.spans(kept)
            x = block(_extended(x, empty, needed))[..., :kept]
        return _extended(x, self.empty[-1], self.empty[-1].shape[-1]).flatten(1)


def _pooled(width: int) -> int:
    """Columns after the pool that may differ from an empty image's."""
    return (width + STEM_REACH + 1) // 2


def _extended(x: Tensor, empty: Tensor, width: int) -> Tensor:
    """The first `width` columns of features that are those of an empty image beyond the ones given."""
    beyond = empty[..., x.shape[-1] : width].expand(len(x), -1, -1, -1)
    return torch.cat([x, beyond], dim=-1).contiguous(memory_format=torch.channels_last)
