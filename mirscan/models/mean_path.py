"""A latent for inference alone: image → mean of q(z|x) → flow, with nothing computed that nobody asks for.

The same numbers as `Latent.forward` without sampling, up to round-off, in less than half the time: the trunk
is cropped (see `cropped.py`), and the flow has its masks multiplied in, its two networks in one product, the
context's share of all steps in another, and no log-determinant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.models.cropped import CroppedTrunk
from mirscan.models.flows import (
    GATE_BIAS,
    MADE,
    AutoregressiveStep,
    IdentityFlow,
    InverseAutoregressiveFlow,
    MaskedLinear,
)
from mirscan.models.resnet import ResNetEncoder, one_hot

FLOWED = 256  # points at a time through the flow, whose products want more rows than the trunk's


class FoldedStep(nn.Module):
    """An `AutoregressiveStep` without log-determinant, its masks multiplied in.

    Args:
        step: The step.
    """

    def __init__(self, step: AutoregressiveStep) -> None:
        super().__init__()
        networks: tuple[MADE, MADE] = (step.gate, step.shift)
        self.enter = torch.cat([_masked(made.enter) for made in networks])
        self.enter_bias = torch.cat([made.enter.bias for made in networks])
        self.leave = [_masked(made.leave) for made in networks]
        self.offset = [networks[0].leave.bias + GATE_BIAS, networks[1].leave.bias]
        self.context = [made.context for made in networks]

    def forward(self, z: Tensor, context: Tensor) -> Tensor:
        """z (n, d), context (n, c) → the new z (n, d)."""
        hidden = F.elu(F.linear(z, self.enter, self.enter_bias), inplace=True).chunk(2, dim=1)
        score, shift = (
            F.linear(half, leave, offset) + (dense(context) if dense else 0)
            for half, leave, offset, dense in zip(hidden, self.leave, self.offset, self.context, strict=True)
        )
        return torch.lerp(shift, z, torch.sigmoid(score))


def _masked(layer: MaskedLinear) -> Tensor:
    return layer.weight * layer.mask


class MeanPath:
    """From images to one latent, without sampling.

    Args:
        encoder: The encoder of a latent, in evaluation mode; it is left as it is.
        flow: The flow of the latent.
    """

    def __init__(self, encoder: ResNetEncoder, flow: InverseAutoregressiveFlow | IdentityFlow) -> None:
        self._encoder = encoder
        self._trunk = CroppedTrunk(encoder.trunk)
        steps = flow.steps if isinstance(flow, InverseAutoregressiveFlow) else ()
        self._steps = [FoldedStep(step) for step in steps]  # type: ignore[arg-type]

    def _posterior(self, images: Tensor, width: int) -> tuple[Tensor, Tensor]:
        """Colour indices (n, 25, 100), background from column `width` on → mean (n, d), context (n, c)."""
        weight = self._encoder.heads.weight
        x = one_hot(images[..., : self._trunk.seen(width)].to(weight.device)).to(weight.dtype)
        posterior = self._encoder.posterior(self._trunk(x, width))
        return posterior.mean.to(weight.dtype), posterior.context.to(weight.dtype)

    def _flow(self, z: Tensor, context: Tensor) -> Tensor:
        for step in self._steps:
            z = step(z, context).flip(1)
        return z

    def encode(self, images: NDArray[np.uint8], batch_size: int) -> NDArray[Any]:
        """z of images, those of like width together.

        Args:
            images: uint8 (n, 25, 100), colour indices.
            batch_size: Images at a time.

        Returns:
            (n, d), in the precision of the network.
        """
        widths = widths_of(images)
        order = np.argsort(widths, kind="stable")
        with torch.inference_mode():
            parts = [
                self._posterior(torch.from_numpy(images[rows]), int(widths[rows].max(initial=0)))
                for rows in np.split(order, range(batch_size, len(order), batch_size))
            ]
            mean, context = (torch.cat(values) for values in zip(*parts, strict=True))
            blocks = (slice(first, first + FLOWED) for first in range(0, max(1, len(mean)), FLOWED))
            z = torch.cat([self._flow(mean[block], context[block]) for block in blocks]).cpu().numpy()
        z[order] = z.copy()
        return z


def widths_of(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One past the last column of each image that is not all background: (n, 25, 100) → (n,)."""
    coloured: NDArray[np.bool_] = images.max(1) > 0
    ends: NDArray[np.int64] = np.where(coloured, np.arange(1, images.shape[2] + 1), 0).max(1)
    return ends
