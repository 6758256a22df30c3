"""A classifier of z_m: what a point of DIVA's latent says of being an animal's or a plant's precursor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FURTHEST = 10.0  # of a logit: no point of a latent, however far from all others, says more


class LatentHead(nn.Module):
    """Points of a latent → two logits, by one hidden layer.

    Args:
        dimensions: Of the latent.
        hidden: Units.
        dropout: Share of the hidden units that training drops.
        outputs: Logits.
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self, dimensions: int = 64, hidden: int = 64, dropout: float = 0.2, outputs: int = 2
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dimensions, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)
        )
        self.register_buffer("mean", torch.zeros(dimensions))
        self.register_buffer("spread", torch.ones(dimensions))

    def standardise(self, *classes: Tensor) -> None:
        """Set mean and spread of each dimension to those of some classes (n, d), each counting the same."""
        mean = torch.stack([z.mean(0) for z in classes]).mean(0)
        square = torch.stack([(z**2).mean(0) for z in classes]).mean(0)
        self.mean.copy_(mean)
        self.spread.copy_((square - mean**2).clamp(min=1e-6).sqrt())

    def forward(self, z: Tensor) -> Tensor:
        """z (n, d) → logits (n, outputs), within ±`FURTHEST`."""
        logits: Tensor = self.layers((z - self.mean) / self.spread)
        return logits.clamp(-FURTHEST, FURTHEST)
