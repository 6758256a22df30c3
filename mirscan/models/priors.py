"""Priors of the latents, as objects that know the log-density of a z under what they are conditioned on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 2
# (filters, kernel) over the 100 entries of m: 100 → 64 positions, valid padding (Fig. 4b).
BOND_LAYERS = ((8, 13), (16, 9), (32, 5), (64, 5), (32, 5), (32, 5), (1, 1))
BOND_FEATURES = 64


def dense(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    """A dense layer with batch norm and ELU."""
    return nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ELU()


def convolutions(
    kind: type[nn.Conv1d] | type[nn.ConvTranspose1d], shape: Sequence[tuple[int, int]]
) -> Iterator[nn.Module]:
    """Convolutions along one row of numbers, each with batch norm and ELU.

    Args:
        kind: Plain or transposed.
        shape: Filters and kernel of each.
    """
    inputs = 1
    for filters, kernel in shape:
        yield from (kind(inputs, filters, kernel, bias=False), nn.BatchNorm1d(filters), nn.ELU())
        inputs = filters


def normal_log_prob(z: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """log N(z; mean, std²) summed over the last axis: (n, d) each → (n,)."""
    return -0.5 * (((z - mean) / std).square() + 2 * std.log() + math.log(2 * math.pi)).sum(-1)


class StandardNormalPrior(nn.Module):
    """p(z) = N(0, 1), whatever the condition."""

    def parameters_for(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Mean 0 and standard deviation 1, (1,) each."""
        return condition.new_zeros(1), condition.new_ones(1)

    def log_prob(self, z: Tensor, condition: Tensor) -> Tensor:
        """log p(z): z (n, d) → (n,)."""
        return normal_log_prob(z, *self.parameters_for(z))


class ConditionalPrior(nn.Module):
    """p(z|c) = N(μ(h), σ(h)²) with h = `features(c)`."""

    def __init__(self, features: nn.Module, size: int, dimensions: int) -> None:
        super().__init__()
        self.features = features
        self.heads = nn.Linear(size, 2 * dimensions)

    def parameters_for(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Condition (n, …) → mean and standard deviation (n, d) each."""
        mean, raw = self.heads(self.features(condition)).float().chunk(2, dim=1)
        return mean, F.softplus(raw) + 1e-4

    def log_prob(self, z: Tensor, condition: Tensor) -> Tensor:
        """log p(z|c): z (n, d), condition (n, …) → (n,)."""
        return normal_log_prob(z, *self.parameters_for(condition))

    def sample(self, condition: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of the condition: (n, …) → (n, d)."""
        mean, std = self.parameters_for(condition)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
        return mean + std * noise.to(mean.device)


class BondPrior(ConditionalPrior):
    """p(z_m|m): 1-D convolutions along the bond vector, then a dense layer for mean and spread (Fig. 4b).

    The condition is m, (n, 100), 0 or 1.
    """

    def __init__(self, dimensions: int = 64) -> None:
        layers = (nn.Unflatten(1, (1, -1)), *convolutions(nn.Conv1d, BOND_LAYERS), nn.Flatten())
        super().__init__(nn.Sequential(*layers), BOND_FEATURES, dimensions)


class ClassPrior(ConditionalPrior):
    """p(z_y|y): two dense layers on the one-hot class. The condition is y, (n,) integer, 0 or 1."""

    def __init__(self, dimensions: int = 64) -> None:
        layers = nn.Sequential(*dense(CLASSES, dimensions), *dense(dimensions, dimensions))
        super().__init__(layers, dimensions, dimensions)

    def parameters_for(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Class (n,), 0 or 1 → mean and standard deviation (n, d) each."""
        return super().parameters_for(F.one_hot(condition.long(), CLASSES).float())
