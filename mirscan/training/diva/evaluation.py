"""The report of `mirscan evaluate diva`: Table 1's errors, what the latents tell, conditional generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding.image import bond_vectors
from mirscan.models.diva import DIVA
from mirscan.models.priors import BondPrior
from mirscan.training.diva.metrics import BATCH, Reading, figures
from mirscan.training.diva.modmirbase import Examples, OpenSplit

OPENED = 5  # pairs that the edited request opens, side by side


def report(split: OpenSplit, reading: Reading) -> dict[str, Any]:
    """Figures of a network on the open test split.

    Args:
        split: The open split.
        reading: What the network makes of `split.test`.

    Returns:
        By name of the view: `open` (all test rows), `weighted` (neghsa rows count twice, as if the published
        test part were whole), `unseen` (without rows whose sequence stands in the training rows too), and one
        for each source of negatives and for the precursors; last the terms of the loss.
    """
    test = split.test
    unseen = ~split.in_both
    views = {
        "open": _view(reading, test),
        "weighted": _view(reading, test, test.weights),
        "unseen": _view(reading.take(unseen), test.take(unseen)),
    }
    for source in np.unique(test.sources):
        chosen = test.sources == source
        views[f"source_{source}"] = _view(reading.take(chosen), test.take(chosen))
    return {**views, "loss": {**reading.loss, "objective": reading.objective}}


def _view(reading: Reading, examples: Examples, weights: NDArray[np.float64] | None = None) -> dict[str, Any]:
    """Errors and accuracies, without those that the model has not."""
    found = figures(reading, examples, weights)
    accuracies = {"accuracy_y": found.y, "accuracy_y_from_m": found.y_from_m, "accuracy_m": found.m}
    measured = {name: value for name, value in accuracies.items() if not np.isnan(value)}
    return {"images": len(examples), **found.errors.values(), **measured}


@dataclass(frozen=True, slots=True)
class Generation:
    """n images generated for requested bond vectors.

    Attributes:
        requested: uint8 (n, 100), the bonds asked for.
        drawn: uint8 (n, 25, 100), the images that came.
    """

    requested: NDArray[np.uint8]
    drawn: NDArray[np.uint8]

    def agreement(self) -> dict[str, float]:
        """How far the images follow the request.

        `exact`: share of images all of whose 100 columns have the bond asked for. `within_2`: of images where
        at most two columns have not. `columns`: mean share of columns that have it.
        """
        wrong = (bond_vectors(self.drawn) != self.requested).sum(1)
        return {
            "exact": float((wrong == 0).mean()),
            "within_2": float((wrong <= 2).mean()),
            "columns": float(1 - wrong.mean() / self.requested.shape[1]),
        }


def generate(
    network: DIVA, reading: Reading, requested: NDArray[np.uint8], seed: int | None = 0
) -> NDArray[np.uint8]:
    """Section 3.2: keep z_y and z_x of an image, take z_m from its prior under another m, decode.

    Args:
        network: DIVA, in evaluation mode.
        reading: What it made of n images.
        requested: uint8 (n, 100), the bonds asked for of each.
        seed: Of the draws; with None z_m is the mean of the prior, which follows the request best.

    Returns:
        uint8 (n, 25, 100), the most likely images.
    """
    device = next(network.parameters()).device
    prior = network.latent("m").prior
    assert isinstance(prior, BondPrior)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(requested), BATCH):
            rows = slice(start, start + BATCH)
            z = {name: torch.from_numpy(values[rows]).to(device) for name, values in reading.latents.items()}
            asked = torch.from_numpy(requested[rows]).float().to(device)
            z["m"] = prior.sample(asked, generator) if generator else prior.parameters_for(asked)[0]
            parts.append(network.generative(z).bars.drawn().cpu().numpy())
    return np.concatenate(parts)


def requests(bonds: NDArray[np.uint8], seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """Bond vectors to ask for, by kind, from those of n images (n, 100).

    `own`: the image's own. `opened`: its own with five neighbouring pairs opened where it has so many.
    `another`: that of another image.
    """
    rng = np.random.default_rng(seed)
    opened = bonds.copy()
    for row in opened:
        runs = np.flatnonzero(np.convolve(row, np.ones(OPENED, int), "valid") == OPENED)
        if len(runs):
            first = rng.choice(runs)
            row[first : first + OPENED] = 0
    return {"own": bonds, "opened": opened, "another": bonds[rng.permutation(len(bonds))]}


def conditional_generation(
    network: DIVA, reading: Reading, examples: Examples, seed: int = 0
) -> dict[str, dict[str, float]]:
    """How far generated images follow the requested bonds, for each kind of `requests`.

    With z_m drawn from its prior, as in the paper, and as `mean_…` with the mean of the prior. `unchanged_…`
    is what the original images would score on the request: a generator that ignores it.
    """
    found = {}
    for kind, requested in requests(examples.bonds, seed).items():
        images = {
            "": generate(network, reading, requested, seed),
            "mean_": generate(network, reading, requested, None),
            "unchanged_": examples.images,
        }
        found[kind] = {
            f"{origin}{name}": value
            for origin, those in images.items()
            for name, value in Generation(requested, those).agreement().items()
        }
    return found
