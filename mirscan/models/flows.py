"""Inverse autoregressive flows (Kingma et al. 2016) built from MADE networks (Germain et al. 2015).

A transform takes z and a context and returns the new z together with the log of the absolute determinant of
its Jacobian, so that neither can be forgotten.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GATE_BIAS = 1.5


class MaskedLinear(nn.Linear):
    """A dense layer in which `mask` says which input each output may see.

    Args:
        mask: (outputs, inputs), 1 where a weight may be, 0 where it is held at zero.
    """

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs) → (n, outputs)."""
        return F.linear(x, self.weight * self.mask, self.bias)


class MADE(nn.Module):
    """A masked autoencoder of one hidden layer: output i depends on inputs 0..i−1 and on the context alone.

    Hidden unit k has degree k mod (d − 1): it sees the inputs up to its degree and feeds the outputs past it.

    Args:
        dimensions: Number of variables d ≥ 2.
        hidden: Hidden units.
        context: Size of the context, added to the output through a dense map; 0 for none.
    """

    def __init__(self, dimensions: int, hidden: int, context: int) -> None:
        super().__init__()
        variables = torch.arange(dimensions)
        degrees = torch.arange(hidden) % (dimensions - 1)
        self.enter = MaskedLinear((variables[None, :] <= degrees[:, None]).float())
        self.leave = MaskedLinear((degrees[None, :] < variables[:, None]).float())
        self.context = nn.Linear(context, dimensions, bias=False) if context else None

    def forward(self, z: Tensor, context: Tensor) -> Tensor:
        """z (n, d), context (n, c) → (n, d)."""
        output: Tensor = self.leave(F.elu(self.enter(z)))
        return output if self.context is None else output + self.context(context)


class AutoregressiveStep(nn.Module):
    """One gated step: z ← σ z + (1 − σ) m with σ = sigmoid(s + 1.5); s and m are a MADE network each.

    Args:
        dimensions: Number of variables d.
        hidden: Hidden units of each MADE network.
        context: Size of the context.
    """

    def __init__(self, dimensions: int, hidden: int, context: int) -> None:
        super().__init__()
        self.gate = MADE(dimensions, hidden, context)
        self.shift = MADE(dimensions, hidden, context)

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """z (n, d), context (n, c) → the new z (n, d) and log |det ∂z′/∂z| = Σ log σ (n,)."""
        score = self.gate(z, context) + GATE_BIAS
        gate = torch.sigmoid(score)
        return gate * z + (1 - gate) * self.shift(z, context), F.logsigmoid(score).sum(1)

    def inverse(self, z: Tensor, context: Tensor) -> Tensor:
        """The z that `forward` takes to this one: d passes, since variable i needs its predecessors."""
        source = torch.zeros_like(z)
        for i in range(z.shape[1]):
            gate = torch.sigmoid(self.gate(source, context)[:, i] + GATE_BIAS)
            shift = self.shift(source, context)[:, i]
            source = source.clone()
            source[:, i] = (z[:, i] - (1 - gate) * shift) / gate
        return source


class InverseAutoregressiveFlow(nn.Module):
    """Steps one after the other, the order of the variables reversed after each.

    Args:
        dimensions: Number of variables d.
        context: Size of the context that the encoder gives.
        hidden: Hidden units of each MADE network.
        steps: Number of steps.
    """

    def __init__(self, dimensions: int = 64, context: int = 32, hidden: int = 1080, steps: int = 8) -> None:
        super().__init__()
        self.steps = nn.ModuleList(AutoregressiveStep(dimensions, hidden, context) for _ in range(steps))

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """z (n, d), context (n, c) → the transformed z (n, d) and the log-determinant (n,)."""
        log_det = z.new_zeros(len(z))
        for step in self.steps:
            z, change = step(z, context)
            z, log_det = z.flip(1), log_det + change
        return z, log_det

    def inverse(self, z: Tensor, context: Tensor) -> Tensor:
        """The z (n, d) that `forward` takes to this one under the same context."""
        for step in reversed(self.steps):
            z = step.inverse(z.flip(1), context)  # type: ignore[operator]
        return z


class IdentityFlow(nn.Module):
    """No flow: z as it is, log-determinant 0; for the models without IAF."""

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """z (n, d), any context → z and zeros (n,)."""
        return z, z.new_zeros(len(z))

    def inverse(self, z: Tensor, context: Tensor) -> Tensor:
        """Return z as it is."""
        return z
