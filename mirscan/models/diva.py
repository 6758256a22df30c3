"""DIVA for precursors (Petković & Menkovski 2022) and the models it is compared with, from the same parts.

A model is a handful of latents, one decoder and the classifiers that the latents must satisfy. Training goes
through three named steps: `inference` (image → latents), `generative` (latents → image, class, bonds) and
`loss` (equations 1 and 2 of the paper).

Two points follow the equations where the authors' code does not: each latent owns its flow, and its prior is
asked about the z that leaves the flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.models.classifiers import BondClassifier, ClassClassifier
from mirscan.models.decoder import Bars, ConvolutionalDecoder, DenseDecoder
from mirscan.models.flows import IdentityFlow, InverseAutoregressiveFlow
from mirscan.models.mean_path import MeanPath
from mirscan.models.objective import Loss, cross_entropy_of_bonds, squared_error
from mirscan.models.priors import (
    BondPrior,
    ClassPrior,
    ConditionalPrior,
    StandardNormalPrior,
    normal_log_prob,
)
from mirscan.models.resnet import Posterior, ResNetEncoder


@dataclass(frozen=True, slots=True)
class Architecture:
    """What distinguishes the rows of Table 1.

    Attributes:
        latents: Names of the latents: `x` (what remains), `y` (class), `m` (bonds), `x2` (more room for what
            remains).
        flow: Whether each latent passes through an inverse autoregressive flow.
        convolutional: Whether the decoder is made of transposed convolutions.
        beta: Weight β of every KL term.
    """

    latents: tuple[str, ...]
    flow: bool
    convolutional: bool
    beta: float


# The paper gives β = .5 for all; "VAE" and "β-VAE" then differ in nothing, so VAE has the β = 1 of its name.
ARCHITECTURES = {
    "vae": Architecture(("x",), flow=False, convolutional=False, beta=1.0),
    "beta-vae": Architecture(("x",), flow=False, convolutional=False, beta=0.5),
    "beta-iaf-vae": Architecture(("x",), flow=True, convolutional=False, beta=0.5),
    "dc-beta-iaf-vae": Architecture(("x",), flow=True, convolutional=True, beta=0.5),
    "diva": Architecture(("m", "y", "x"), flow=True, convolutional=True, beta=0.5),
    "diva-wide": Architecture(("m", "y", "x", "x2"), flow=True, convolutional=True, beta=0.5),
}

REST = ("x", "x2")  # latents of what remains, each under a standard normal prior


class Draw(NamedTuple):
    """One latent of a batch.

    Attributes:
        z: (n, d), after the flow.
        log_q: (n,), log q(z|x) = log N(z₀; μ, σ²) − log |det ∂z/∂z₀|.
    """

    z: Tensor
    log_q: Tensor


class Latent(nn.Module):
    """A latent with all that is its own: encoder, flow, prior.

    Args:
        prior: Prior of the latent.
        flow: Whether it has an inverse autoregressive flow.
        dimensions: Size d.
        context: Size of the flow's context.
        hidden: Hidden units of each MADE network.
        steps: Steps of the flow.
    """

    def __init__(
        self,
        prior: StandardNormalPrior | ConditionalPrior,
        flow: bool,
        dimensions: int,
        context: int,
        hidden: int,
        steps: int,
    ) -> None:
        super().__init__()
        self.encoder = ResNetEncoder(dimensions, context if flow else 0)
        self.flow = InverseAutoregressiveFlow(dimensions, context, hidden, steps) if flow else IdentityFlow()
        self.prior = prior

    def forward(self, x: Tensor, sample: bool = True) -> Draw:
        """One-hot images (n, 5, 25, 100) → `Draw`; without `sample`, the mean goes through the flow."""
        return self.draw(self.encoder(x), sample)

    def draw(self, posterior: Posterior, sample: bool = True) -> Draw:
        """What the encoder says → `Draw`; without `sample`, the mean goes through the flow."""
        mean, std, context = posterior
        start = mean + std * torch.randn_like(std) if sample else mean
        with torch.autocast(mean.device.type, enabled=False):  # log-determinants add up: keep their digits
            z, log_det = self.flow(start, context)
        return Draw(z, normal_log_prob(start, mean, std) - log_det)

    def mean_path(self) -> MeanPath:
        """What `forward` gives without sampling, as a module for inference alone; evaluation mode only."""
        with torch.inference_mode():
            return MeanPath(self.encoder, self.flow)


def latent_alone(
    name: str,
    architecture: str = "diva",
    dimensions: int = 64,
    context: int = 32,
    hidden: int = 1080,
    steps: int = 8,
) -> Latent:
    """A latent as `DIVA` of the same arguments has it, for whoever needs no other part of it."""
    flow = ARCHITECTURES[architecture].flow
    return Latent(_prior(name, dimensions), flow, dimensions, context, hidden, steps)


class Generated(NamedTuple):
    """What the latents of a batch say.

    Attributes:
        bars: The image.
        y: Logits (n, 2) of the class from z_y; None for a model without z_y.
        y_from_m: Logits (n, 2) of the class from z_m, or None.
        m: Logits (n, 100) of the bonds from z_m, or None.
    """

    bars: Bars
    y: Tensor | None
    y_from_m: Tensor | None
    m: Tensor | None


def _prior(name: str, dimensions: int) -> StandardNormalPrior | ConditionalPrior:
    """The prior of a latent by its name."""
    if name == "y":
        return ClassPrior(dimensions)
    return BondPrior(dimensions) if name == "m" else StandardNormalPrior()


class DIVA(nn.Module):
    """Variational autoencoder of precursor images with one or three latents.

    Args:
        architecture: A key of `ARCHITECTURES`.
        dimensions: Size of each latent.
        context: Size of the context of a flow.
        hidden: Hidden units of a MADE network.
        steps: Steps of a flow.
    """

    def __init__(
        self,
        architecture: str = "diva",
        dimensions: int = 64,
        context: int = 32,
        hidden: int = 1080,
        steps: int = 8,
    ) -> None:
        super().__init__()
        self.architecture = ARCHITECTURES[architecture]
        names, sizes = self.architecture.latents, (dimensions, context, hidden, steps)
        self.latents = nn.ModuleDict({name: latent_alone(name, architecture, *sizes) for name in names})
        decoder = ConvolutionalDecoder if self.architecture.convolutional else DenseDecoder
        self.decoder = decoder(dimensions * len(names))
        self.y_from_y = ClassClassifier(dimensions) if "y" in names else None
        self.y_from_m = ClassClassifier(dimensions) if "m" in names else None
        self.m_from_m = BondClassifier(dimensions) if "m" in names else None
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def latent(self, name: str) -> Latent:
        """The latent of a name: `x`, `y`, `m` or `x2`."""
        found = self.latents[name]
        assert isinstance(found, Latent)
        return found

    @property
    def convolutional_decoder(self) -> ConvolutionalDecoder:
        """The decoder of a model that has transposed convolutions."""
        assert isinstance(self.decoder, ConvolutionalDecoder)
        return self.decoder

    def inference(self, x: Tensor, sample: bool = True) -> dict[str, Draw]:
        """Image → latents: one-hot (n, 5, 25, 100) → a `Draw` for each latent, by name."""
        return {name: latent(x, sample) for name, latent in self.latents.items()}

    def generative(self, z: Mapping[str, Tensor]) -> Generated:
        """Latents → image, class and bonds: z (n, d) by name → `Generated`."""
        return Generated(
            bars=self.decoder(torch.cat([z[name] for name in self.architecture.latents], dim=1)),
            y=None if self.y_from_y is None else self.y_from_y(z["y"]),
            y_from_m=None if self.y_from_m is None else self.y_from_m(z["m"]),
            m=None if self.m_from_m is None else self.m_from_m(z["m"]),
        )

    def loss(
        self,
        x: Tensor,
        y: Tensor,
        m: Tensor,
        draws: Mapping[str, Draw],
        generated: Generated,
        request: Tensor | None = None,
    ) -> Loss:
        """Equations 1 and 2 for one-hot images x (n, 5, 25, 100), classes y (n,) and bonds m (n, 100).

        A term whose latent is not among the draws, or whose classifier has said nothing, is 0.
        """
        zero = x.new_zeros(())
        return Loss(
            reconstruction=squared_error(generated.bars.image(), x),
            kl_x=torch.stack([self._divergence(n, draw, y) for n, draw in draws.items() if n in REST]).sum(),
            kl_y=self._divergence("y", draws["y"], y) if "y" in draws else zero,
            kl_m=self._divergence("m", draws["m"], m.float()) if "m" in draws else zero,
            y=zero if generated.y is None else F.cross_entropy(generated.y, y),
            y_from_m=zero if generated.y_from_m is None else F.cross_entropy(generated.y_from_m, y),
            m=zero if generated.m is None else cross_entropy_of_bonds(generated.m, m),
            request=zero if request is None else request,
        )

    def _divergence(self, name: str, draw: Draw, condition: Tensor) -> Tensor:
        """One-sample estimate of KL(q(z|x) ‖ p(z|condition)), mean over the batch."""
        return (draw.log_q - self.latent(name).prior.log_prob(draw.z, condition)).mean()

    def forward(self, x: Tensor, sample: bool = True) -> tuple[dict[str, Draw], Generated]:
        """`inference`, then `generative`, for one-hot images (n, 5, 25, 100)."""
        draws = self.inference(x, sample)
        return draws, self.generative({name: draw.z for name, draw in draws.items()})


def encode_zm(network: DIVA, images: NDArray[np.uint8], batch_size: int = 32) -> NDArray[np.float32]:
    """z_m of images: the mean of q(z_m|x) through its flow, no sampling.

    Images of like width go through the network together (see `mirscan.models.mean_path`).

    Args:
        network: A network with a latent `m`; it is used in evaluation mode and left as it was.
        images: uint8 (n, 25, 100), colour indices.
        batch_size: Images at a time; the result does not depend on it beyond round-off (1e-6 of the largest
            value).

    Returns:
        float32 (n, d).
    """
    training = network.training
    network.eval()
    try:
        z: NDArray[np.float32] = network.latent("m").mean_path().encode(images, batch_size)
    finally:
        network.train(training)
    return z
