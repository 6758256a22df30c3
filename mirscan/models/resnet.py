"""The convolutional encoders: an image becomes the mean, spread and flow context of one latent."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGE_CHANNELS = 5
STEM_FILTERS = (32, 48)
BRANCH_SCALE = 0.2


def one_hot(images: Tensor) -> Tensor:
    """Colour indices (n, 25, w), 0 background → float32 (n, 5, 25, w), background all zero."""
    colours = torch.arange(1, IMAGE_CHANNELS + 1, device=images.device, dtype=images.dtype)
    hot = (images[:, None] == colours[:, None, None]).float()
    return hot.contiguous(memory_format=torch.channels_last)


class Posterior(NamedTuple):
    """What an encoder says of one latent, before its flow.

    Attributes:
        mean: (n, d), any real.
        std: (n, d), > 0.
        context: (n, c), what the flow may know of the image; c = 0 where there is no flow.
    """

    mean: Tensor
    std: Tensor
    context: Tensor


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions whose result, scaled, is added to the input (He et al. 2015).

    A block that changes resolution or filters carries its input over by a 1×1 convolution of the same stride.

    Args:
        inputs: Filters coming in.
        outputs: Filters going out.
        stride: 1, or 2 to halve both sides (rounded up).
        scale: Factor α of the branch; .2 keeps the sum near the scale of its input.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, scale: float = BRANCH_SCALE) -> None:
        super().__init__()
        self.scale = scale
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ELU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) → (n, outputs, ⌈h / stride⌉, ⌈w / stride⌉)."""
        return F.elu(self.shortcut(x) + self.scale * self.branch(x))


class ImageTrunk(nn.Module):
    """Stem and four residual blocks of Fig. 4a.

    Two 5×5 convolutions of 32 and 48 filters, a 2×2 max-pool, then four blocks of which the second and the
    fourth halve the resolution.

    Args:
        filters: Filters of the first block, of the second and third, and of the fourth.
    """

    def __init__(self, filters: tuple[int, int, int]) -> None:
        super().__init__()
        first, second, third = filters
        self.stem = nn.Sequential(
            nn.Conv2d(IMAGE_CHANNELS, STEM_FILTERS[0], 5, padding=2, bias=False),
            nn.BatchNorm2d(STEM_FILTERS[0]),
            nn.ELU(),
            nn.Conv2d(STEM_FILTERS[0], STEM_FILTERS[1], 5, padding=2, bias=False),
            nn.BatchNorm2d(STEM_FILTERS[1]),
            nn.MaxPool2d(2),
            nn.ELU(),  # it rises everywhere, so after the pool it gives the same for a quarter of the work
        )
        self.blocks = nn.Sequential(
            ResidualBlock(STEM_FILTERS[1], first, 1),
            ResidualBlock(first, second, 2),
            ResidualBlock(second, second, 1),
            ResidualBlock(second, third, 2),
        )
        self.features = third * 3 * 13

    def forward(self, x: Tensor) -> Tensor:
        """(n, 5, 25, 100) → (n, features)."""
        blocks: Tensor = self.blocks(self.stem(x))
        return blocks.flatten(1)


class ResNetEncoder(nn.Module):
    """q(z₀|x) and the context of its flow, from the image (Fig. 4a).

    Args:
        dimensions: Size d of the latent.
        context: Size c of the flow's context; 0 without a flow.
        filters: Filters of the residual blocks, see `ImageTrunk`.
    """

    def __init__(
        self, dimensions: int = 64, context: int = 32, filters: tuple[int, int, int] = (48, 64, 96)
    ) -> None:
        super().__init__()
        self.sizes = [dimensions, dimensions, context]
        self.trunk = ImageTrunk(filters)
        self.heads = nn.Linear(self.trunk.features, sum(self.sizes))

    def forward(self, x: Tensor) -> Posterior:
        """(n, 5, 25, 100), one-hot colours, background all zero → `Posterior` of float32."""
        return self.posterior(self.trunk(x))

    def posterior(self, features: Tensor) -> Posterior:
        """(n, features) of the trunk → `Posterior` of float32."""
        mean, raw, context = self.heads(features).float().split(self.sizes, dim=1)
        return Posterior(mean, F.softplus(raw) + 1e-4, context)
