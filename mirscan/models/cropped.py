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
BLOCK_REACH = 2  # columns of its input that a feature of a residual block sees: two 3 × 3 convolutions
MARGIN = 2  # columns at the cut of the crop that the second 5 × 5 convolution gets wrong


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

    def forward(self, x: Tensor) -> Tensor:
        """As `ResidualBlock.forward`."""
        branch = self.second(F.elu(self.first(x), inplace=True))
        return F.elu(self.shortcut(x).add(branch, alpha=self.scale), inplace=True)


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
            nn.ELU(True),
            _fused(parts[3], parts[4]),
            nn.MaxPool2d(2),
            nn.ELU(True),
        )
        self.first, *rest = (FusedBlock(block) for block in trunk.blocks)  # type: ignore[arg-type]
        self.rest = nn.Sequential(*rest)
        weight = self.stem[0].weight
        assert isinstance(weight, Tensor)
        self.empty_stem = self.stem(weight.new_zeros(1, weight.shape[1], 25, 100))
        self.empty_block = self.first(self.empty_stem)

    def forward(self, x: Tensor, width: int) -> Tensor:
        """Features of images that are background from column `width` on.

        Args:
            x: One-hot images (n, 5, 25, 100).
            width: 0..100.

        Returns:
            (n, features), as `ImageTrunk.forward` gives up to round-off.
        """
        kept = (width + STEM_REACH + 1) // 2  # pooled columns that may differ from an empty image's
        stem = self.stem(x[..., : 2 * kept + MARGIN])[..., :kept]
        seen = _extended(stem, self.empty_stem, kept + 2 * BLOCK_REACH)
        block = self.first(seen)[..., : kept + BLOCK_REACH]
        features: Tensor = self.rest(_extended(block, self.empty_block, self.empty_block.shape[-1]))
        return features.flatten(1)


def _extended(x: Tensor, empty: Tensor, width: int) -> Tensor:
    """The first `width` columns of features that are those of an empty image beyond the ones given."""
    beyond = empty[..., x.shape[-1] : width].expand(len(x), -1, -1, -1)
    return torch.cat([x, beyond], dim=-1).contiguous(memory_format=torch.channels_last)
