"""What DIVA is trained for: the terms of equations 1 and 2 of the paper."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch.nn.functional as F
from torch import Tensor

ALPHA_Y = 12.0
ALPHA_Y_FROM_M = 12.0
ALPHA_M = 1.0


@dataclass(frozen=True, slots=True)
class Loss:
    """The terms of equations 1 and 2, means over the batch, not yet weighted; lower is better.

    Attributes:
        reconstruction: Squared error summed over the image, 5 × 25 × 100.
        kl_x: One-sample estimate of KL(q(z_x|x) ‖ p(z_x)), nats.
        kl_y: The same of z_y under p(z_y|y).
        kl_m: The same of z_m under p(z_m|m).
        y: Cross-entropy of the class from z_y, nats.
        y_from_m: Cross-entropy of the class from z_m, nats.
        m: Binary cross-entropy of the bonds from z_m, summed over the 100 columns, nats.
        request: Weighted term of images generated for other bonds, 0 where there is none; it is not the
            paper's (see `mirscan.training.diva.frozen`).
    """

    reconstruction: Tensor
    kl_x: Tensor
    kl_y: Tensor
    kl_m: Tensor
    y: Tensor
    y_from_m: Tensor
    m: Tensor
    request: Tensor

    def total(self, beta: float) -> Tensor:
        """The objective under the given weight of the KL terms."""
        divergence = self.kl_x + self.kl_y + self.kl_m
        auxiliary = ALPHA_Y * self.y + ALPHA_Y_FROM_M * self.y_from_m + ALPHA_M * self.m
        return self.reconstruction + beta * divergence + auxiliary + self.request

    def values(self) -> dict[str, float]:
        """The terms as plain numbers, by name."""
        return {field.name: float(getattr(self, field.name).detach()) for field in fields(self)}


def squared_error(drawn: Tensor, x: Tensor) -> Tensor:
    """Of images (n, 5, 25, c) and (n, 5, 25, w), w ≥ c, summed over the image, mean over the batch.

    Columns that were not drawn count as background.
    """
    columns = drawn.shape[3]
    beyond = x[..., columns:].square().sum((1, 2, 3))
    return ((drawn - x[..., :columns]).square().sum((1, 2, 3)) + beyond).mean()


def cross_entropy_of_bonds(logits: Tensor, m: Tensor) -> Tensor:
    """Binary cross-entropy (n, 100) and (n, 100), summed over the columns, mean over the batch."""
    return F.binary_cross_entropy_with_logits(logits, m.float(), reduction="none").sum(1).mean()
