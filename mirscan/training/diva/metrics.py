"""What is measured of a DIVA network on a set of examples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.models.diva import DIVA, Generated
from mirscan.models.objective import Loss
from mirscan.models.resnet import one_hot
from mirscan.training.diva.modmirbase import Examples
from mirscan.training.diva.reconstruction import ReconstructionErrors, reconstruction_errors

BATCH = 16  # what lies between the layers then stays near the processor: half again as fast as 256


@dataclass(frozen=True, slots=True)
class Reading:
    """What a network makes of n examples, each latent the mean of its posterior through its flow.

    Attributes:
        drawn: uint8 (n, 25, 100), the most likely images.
        latents: float32 (n, d) by name of the latent.
        y: (n,), class told from z_y, or empty for a model without z_y.
        y_from_m: (n,), class told from z_m, or empty.
        m: uint8 (n, 100), bonds told from z_m (probability > .5), or empty.
        loss: Means of the terms of the loss, each divergence estimated at that one z.
        objective: The loss under the model's full β.
    """

    drawn: NDArray[np.uint8]
    latents: dict[str, NDArray[np.float32]]
    y: NDArray[np.int64]
    y_from_m: NDArray[np.int64]
    m: NDArray[np.uint8]
    loss: dict[str, float]
    objective: float

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Reading:
        """The reading of some of the examples, by mask or indices; the loss stays that of all."""
        return replace(
            self,
            drawn=self.drawn[chosen],
            latents={name: z[chosen] for name, z in self.latents.items()},
            y=self.y[chosen] if len(self.y) else self.y,
            y_from_m=self.y_from_m[chosen] if len(self.y_from_m) else self.y_from_m,
            m=self.m[chosen] if len(self.m) else self.m,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Quality on a set of examples.

    Attributes:
        errors: Table 1's three errors.
        y: Accuracy of the class from z_y, 0..1; NaN for a model without z_y.
        y_from_m: Accuracy of the class from z_m; NaN for a model without z_m.
        m: Share of the columns whose bond is told right from z_m; NaN likewise.
        loss: Means of the terms of the loss.
        objective: The loss under the model's full β.
    """

    errors: ReconstructionErrors
    y: float
    y_from_m: float
    m: float
    loss: dict[str, float]
    objective: float

    def values(self) -> dict[str, float]:
        """All figures by name; terms of the loss as `loss_…`."""
        accuracies = {"accuracy_y": self.y, "accuracy_y_from_m": self.y_from_m, "accuracy_m": self.m}
        terms = {f"loss_{name}": value for name, value in self.loss.items()}
        return {**self.errors.values(), **accuracies, "objective": self.objective, **terms}


def read(network: DIVA, examples: Examples, batch: int = BATCH) -> Reading:
    """Run a network over examples without sampling; the network is left in the mode it was in."""
    device = next(network.parameters()).device
    training = network.training
    network.eval()
    parts: list[tuple[Generated, dict[str, torch.Tensor], Loss]] = []
    with torch.inference_mode():
        for start in range(0, len(examples), batch):
            rows = slice(start, start + batch)
            x = one_hot(torch.from_numpy(examples.images[rows]).to(device))
            y = torch.from_numpy(examples.labels[rows]).to(device)
            m = torch.from_numpy(examples.bonds[rows]).to(device)
            draws, generated = network(x, sample=False)
            loss = network.loss(x, y, m, draws, generated)
            parts.append((generated, {name: draw.z for name, draw in draws.items()}, loss))
    network.train(training)
    return _gather(
        network, parts, np.array([min(batch, len(examples) - i) for i in range(0, len(examples), batch)])
    )


def _gather(
    network: DIVA, parts: list[tuple[Generated, dict[str, torch.Tensor], Loss]], sizes: NDArray[np.int64]
) -> Reading:
    def told(name: str) -> list[torch.Tensor]:
        return [value for generated, _, _ in parts if (value := getattr(generated, name)) is not None]

    def classes(name: str) -> NDArray[np.int64]:
        return np.concatenate(
            [logits.argmax(1).cpu().numpy() for logits in told(name)] or [np.empty(0, np.int64)]
        )

    bonds = [(logits > 0).cpu().numpy().astype(np.uint8) for logits in told("m")]
    values = [loss.values() for _, _, loss in parts]
    beta = network.architecture.beta
    return Reading(
        drawn=np.concatenate([generated.bars.drawn().cpu().numpy() for generated, _, _ in parts]),
        latents={
            name: np.concatenate([z[name].cpu().numpy() for _, z, _ in parts]) for name in network.latents
        },
        y=classes("y"),
        y_from_m=classes("y_from_m"),
        m=np.concatenate(bonds or [np.empty((0, 100), np.uint8)]),
        loss={
            name: float(np.average([value[name] for value in values], weights=sizes)) for name in values[0]
        },
        objective=float(np.average([float(loss.total(beta)) for _, _, loss in parts], weights=sizes)),
    )


def figures(reading: Reading, examples: Examples, weights: NDArray[np.float64] | None = None) -> Figures:
    """Compare what a network made of examples with what they are.

    Args:
        reading: From `read` on the same examples.
        examples: n examples, n ≥ 1.
        weights: (n,), how much each counts in errors and accuracies; the loss terms are never weighted.
    """

    def share(right: NDArray[np.bool_] | NDArray[np.float64]) -> float:
        return float(np.average(right, weights=weights))

    absent = float("nan")
    return Figures(
        errors=reconstruction_errors(examples.images, reading.drawn, weights),
        y=share(reading.y == examples.labels) if len(reading.y) else absent,
        y_from_m=share(reading.y_from_m == examples.labels) if len(reading.y_from_m) else absent,
        m=share((reading.m == examples.bonds).mean(1)) if len(reading.m) else absent,
        loss=reading.loss,
        objective=reading.objective,
    )


def evaluate(network: DIVA, examples: Examples) -> Figures:
    """`figures` of what `read` gives."""
    return figures(read(network, examples), examples)
