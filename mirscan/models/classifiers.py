"""The auxiliary classifiers: what a latent must be able to tell (Fig. 4c)."""

from __future__ import annotations

from torch import Tensor, nn

from mirscan.models.priors import convolutions, dense

# (filters, kernel) of the transposed convolutions from 64 positions to the 100 entries of m.
BOND_LAYERS = ((16, 5), (32, 5), (64, 5), (64, 5), (32, 5), (16, 7))
BOND_LAST_KERNEL = 11
BOND_START = 64


class _Classifier(nn.Module):
    """Layers from a latent to logits."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """z (n, d) → logits (n, k), float32."""
        logits: Tensor = self.layers(z)
        return logits.float()


class ClassClassifier(_Classifier):
    """q(y|z): two dense layers to the logits of both classes, (n, 2); class 1 = precursor.

    Args:
        dimensions: Size d of the latent.
    """

    def __init__(self, dimensions: int = 64) -> None:
        super().__init__(*dense(dimensions, dimensions), nn.Linear(dimensions, 2))


class BondClassifier(_Classifier):
    """q(m|z): a dense layer, then 1-D transposed convolutions to a logit a column, (n, 100).

    Args:
        dimensions: Size d of the latent.
    """

    def __init__(self, dimensions: int = 64) -> None:
        super().__init__(
            *dense(dimensions, BOND_START),
            nn.Unflatten(1, (1, BOND_START)),
            *convolutions(nn.ConvTranspose1d, BOND_LAYERS),
            nn.ConvTranspose1d(BOND_LAYERS[-1][0], 1, BOND_LAST_KERNEL),
            nn.Flatten(),
        )
