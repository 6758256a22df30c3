"""z of an image that depends on that image alone, on a processor, at a fifth of the cost of double precision.

What varies with the batch in single precision is how a product is laid out. Here the convolutions always get
the same shapes: so many images at a time, blank ones among them where there are fewer, cropped at a few
widths. The dense layers and the flow, small beside them, compute in double precision.
"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mirscan.models.cropped import CroppedTrunk
from mirscan.models.flows import IdentityFlow, InverseAutoregressiveFlow
from mirscan.models.mean_path import FoldedStep, widths_of
from mirscan.models.resnet import ResNetEncoder, one_hot

TOGETHER = 8  # images
WIDTHS = 10  # columns between two widths at which images are cropped


class SteadyPath:
    """From images to one latent, without sampling; compare `MeanPath`.

    Args:
        encoder: The encoder of a latent, float32, in evaluation mode; it is left as it is.
        flow: The flow of the latent.
    """

    def __init__(self, encoder: ResNetEncoder, flow: InverseAutoregressiveFlow | IdentityFlow) -> None:
        self._trunk = CroppedTrunk(encoder.trunk)
        self._heads, self._sizes = deepcopy(encoder.heads).double(), encoder.sizes
        steps = deepcopy(flow).double().steps if isinstance(flow, InverseAutoregressiveFlow) else ()
        self._steps = [FoldedStep(step) for step in steps]  # type: ignore[arg-type]

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """z of images uint8 (n, 25, 100), colour indices: float64 (n, d)."""
        z = np.zeros((len(images), self._sizes[0]))
        widths = -(-widths_of(images) // WIDTHS) * WIDTHS
        with torch.inference_mode():
            for width in np.unique(widths).tolist():
                rows = np.flatnonzero(widths == width)
                features = [
                    self._features(images[some], width)
                    for some in np.split(rows, range(TOGETHER, len(rows), TOGETHER))
                ]
                z[rows] = self._point(torch.cat(features)).numpy()
        return z

    def _features(self, images: NDArray[np.uint8], width: int) -> Tensor:
        """Features of at most `TOGETHER` images, float64 (n, features)."""
        full = np.zeros((TOGETHER, *images.shape[1:]), np.uint8)
        full[: len(images)] = images
        x = one_hot(torch.from_numpy(full[..., : self._trunk.seen(width)]))
        return self._trunk(x, width)[: len(images)].double()

    def _point(self, features: Tensor) -> Tensor:
        """Features (n, features) → z (n, d)."""
        raw = F.linear(features, self._heads.weight, self._heads.bias)
        z, _, context = torch.split(raw, self._sizes, dim=1)
        for step in self._steps:
            z = step(z, context).flip(1)
        return z
