"""The auxiliary classifiers: what a latent must be able to tell (Fig. 4c)."""

from __future__ import annotations

from torch import Tensor, nn

from mirscan.models.priors import convolutions

# (filters, kernel) of the transposed convolutions from 64 positions to the 100 entries of m.
BOND_LAYERS = ((16, 5), (32, 5), (64, 5), (64, 5), (32, 5), (16, 7))
BOND_LAST_KERNEL = 11
BOND_START = 64


class ClassClassifier(nn.Module):
    """q(y|z): two dense layers.

    Args:
        dimensions: Size d of the latent.
    """

    def __init__(self, dimensions: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dimensions, dimensions, bias=False),
            nn.BatchNorm1d(dimensions),
            nn.ELU(),
            nn.Linear(dimensions, 2),
        )

    def forward(self, z: Tensor) -> Tensor:
        """z (n, d) → logits (n, 2), class 1 = precursor."""
        logits: Tensor = self.layers(z)
        return logits.float()


class BondClassifier(nn.Module):
    """q(m|z): a dense layer, then 1-D transposed convolutions to one probability a column.

    Args:
        dimensions: Size d of the latent.
    """

    def __init__(self, dimensions: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dimensions, BOND_START, bias=False),
            nn.BatchNorm1d(BOND_START),
            nn.ELU(),
            nn.Unflatten(1, (1, BOND_START)),
            *convolutions(nn.ConvTranspose1d, BOND_LAYERS),
            nn.ConvTranspose1d(BOND_LAYERS[-1][0], 1, BOND_LAST_KERNEL),
            nn.Flatten(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """z (n, d) → logits (n, 100); their sigmoid is the probability of a bond."""
        logits: Tensor = self.layers(z)
        return logits.float()
