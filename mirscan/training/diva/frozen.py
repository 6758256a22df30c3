"""Steps that leave z_m as it is: its tree, its leaves and its neighbours stay while the images get better.

Encoder, flow, prior and classifiers of z_m do not move, so the terms of equations 1 and 2 that hang on them
alone are constant and are left out of the loss. z_m is drawn from q(z_m|x) anew for each image that a step
sees, without gradients. Nor do the statistics of any batch norm move: an image's numbers then do not hang on
its neighbours in the batch, and the encoders compute the coloured columns alone, as they do for inference.

One term is added to the paper's. Where z_m comes from the prior under other bonds, the decoder must draw
those bonds (`Bars.bonds`): section 3.2 asks this of it, and nothing in equations 1 and 2 teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirscan.models.cropped import COLUMNS, CroppedTrunk
from mirscan.models.cropped_decoder import CroppedDecoder
from mirscan.models.diva import DIVA, Draw, Generated
from mirscan.models.objective import Loss
from mirscan.models.resnet import one_hot
from mirscan.training.common.precision import mixed

REQUESTED = 8  # every eighth image of a batch is also drawn under other bonds
REQUEST_WEIGHT = 0.5
SURE = 1e-4  # a probability of a bond nearer to 0 or 1 counts as this one: its logarithm must stay finite


@dataclass(frozen=True, slots=True)
class Batch:
    """n images of a training part.

    Attributes:
        images: uint8 (n, 25, 100).
        labels: int64 (n,).
        bonds: uint8 (n, 100).
        width: All images are background from this column on.
        requests: uint8 (n, 100), bonds of images drawn at random.
    """

    images: Tensor
    labels: Tensor
    bonds: Tensor
    width: int
    requests: Tensor


def freeze_bonds(network: DIVA) -> None:
    """Hold encoder, flow, prior and classifiers of z_m, and the statistics of all batch norms."""
    network.eval()
    for part in (network.latent("m"), network.y_from_m, network.m_from_m):
        assert part is not None
        part.requires_grad_(False)
    if "x2" in network.architecture.latents:  # its filters are those of z_x, which see all there is to say
        for name in network.architecture.latents:
            network.latent(name).encoder.trunk.requires_grad_(False)


class FrozenLoss:
    """The loss of a batch under a frozen z_m.

    Args:
        network: A network after `freeze_bonds`.
    """

    def __init__(self, network: DIVA) -> None:
        self._network = network
        self._learning = [name for name in network.architecture.latents if name != "m"]
        trunks = {name: network.latent(name).encoder.trunk for name in network.architecture.latents}
        self._trunks = {name: CroppedTrunk(trunk) for name, trunk in trunks.items() if _held(trunk)}

    def __call__(self, batch: Batch) -> Loss:
        """Equations 1 and 2 without the constant terms, and the requests; each latent is drawn once."""
        network, x = self._network, one_hot(batch.images)
        with mixed(x.device.type):
            draws = {name: self._drawn(name, x, batch.width) for name in self._learning}
            with torch.no_grad():
                bonds = self._drawn("m", x, batch.width)
            z = {name: draw.z for name, draw in draws.items()} | {"m": bonds.z}
            decoder = CroppedDecoder(network.convolutional_decoder)
            bars = decoder(self._together(z), batch.width)
            request = self._request(z, batch, decoder)
        assert network.y_from_y is not None
        generated = Generated(bars, network.y_from_y(z["y"]), None, None)
        return network.loss(x, batch.labels, batch.bonds, draws, generated, REQUEST_WEIGHT * request)

    def _drawn(self, name: str, x: Tensor, width: int) -> Draw:
        """A draw of a latent; where its trunk is held, no gradient passes through the filters."""
        latent = self._network.latent(name)
        if name in self._trunks:
            with torch.no_grad():
                features = self._trunks[name](x, width)
        else:
            features = CroppedTrunk(latent.encoder.trunk)(x, width)
        return latent.draw(latent.encoder.posterior(features))

    def _together(self, z: dict[str, Tensor]) -> Tensor:
        return torch.cat([z[name] for name in self._network.architecture.latents], dim=1)

    def _request(self, z: dict[str, Tensor], batch: Batch, decoder: CroppedDecoder) -> Tensor:
        """Cross-entropy of the bonds drawn for others than the image's, summed over the columns, nats."""
        asked = batch.requests[::REQUESTED].float()
        with torch.no_grad():
            mean, std = self._network.latent("m").prior.parameters_for(asked)
            other = {"m": mean + std * torch.randn_like(std)}
        for name in self._learning:
            other[name] = z[name][::REQUESTED].detach()
        drawn = decoder(self._together(other), COLUMNS).bonds()
        with torch.autocast(drawn.device.type, enabled=False):
            drawn = drawn.float().clamp(SURE, 1 - SURE)
            return F.binary_cross_entropy(drawn, asked, reduction="none").sum(1).mean()


def _held(part: nn.Module) -> bool:
    return not any(values.requires_grad for values in part.parameters())
