"""What DIVA makes of a hairpin: its latents, the image that they give back, and the prior of z_m."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.models.mean_path import MeanPath
from mirscan.models.priors import ConditionalPrior
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network

BATCH_SIZE = 16  # what lies between the layers of the decoder then stays near the processor

Z = Mapping[str, NDArray[np.float32]]


class Latents:
    """A loaded DIVA, asked without sampling.

    Attributes:
        sha256: Checksum of its z_m, None without (`latent_checksum`).
        names: Its latents, in the order of the decoder.
    """

    def __init__(self, model: str, device: torch.device) -> None:
        """Load a DIVA by its shipped name or folder.

        Raises:
            ModelError: Missing, damaged, or of another kind.
        """
        self._network = load_network(model, device)[1]
        self.names = self._network.architecture.latents
        self.sha256 = latent_checksum(self._network, "m")
        self._device = device
        self._paths: dict[str, MeanPath] = {}

    def z_m(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """z_m of images uint8 (n, 25, 100) in single precision: (n, d)."""
        return self.encode(images, ["m"])["m"]

    def encode(self, images: NDArray[np.uint8], names: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The named latents of images uint8 (n, 25, 100), the means sent through their flows: (n, d) each."""
        return {name: self._path(name).encode(images, BATCH_SIZE) for name in names}

    def _path(self, name: str) -> MeanPath:
        if name not in self._paths:
            self._paths[name] = self._network.latent(name).mean_path()
        return self._paths[name]

    def images(self, z: Z) -> NDArray[np.uint8]:
        """The most likely images of latents (n, d) by name: uint8 (n, 25, 100)."""
        count = len(next(iter(z.values())))
        return np.concatenate(
            [
                self._images({name: values[at : at + BATCH_SIZE] for name, values in z.items()})
                for at in _starts(count)
            ]
        )

    def _images(self, z: Z) -> NDArray[np.uint8]:
        with torch.inference_mode():
            points = {name: torch.from_numpy(values).to(self._device) for name, values in z.items()}
            drawn: NDArray[np.uint8] = self._network.generative(points).bars.drawn().cpu().numpy()
        return drawn

    def prior(self, bonds: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of p(z_m|m) for bond vectors (n, 100): (n, d) each."""
        prior = self._network.latent("m").prior
        assert isinstance(prior, ConditionalPrior)
        with torch.inference_mode():
            condition = torch.from_numpy(bonds.astype(np.float32)).to(self._device)
            mean, std = prior.parameters_for(condition)
        return mean.double().cpu().numpy(), std.double().cpu().numpy()


def _starts(count: int) -> range:
    return range(0, max(count, 1), BATCH_SIZE)
