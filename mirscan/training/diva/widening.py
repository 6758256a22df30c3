"""A `diva-wide` that begins where a `diva` ends, its fourth latent at work beyond column 72 from the start.

Each number of z_x and z_y has come to hold a nucleotide, so that 2 × 64 of them end at column 64: beyond it
the nucleotides of a `diva` are wrong. A fourth latent with random weights would have to find those columns
first. The network is the same in every column, though: features of the trunk stand 8 columns apart and cells
of the decoder 9, so what the first 28 columns are read and drawn with serves for the last 28 when it is moved
by 72.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.models.decoder import COLUMNS, GRID, LAYERS
from mirscan.models.diva import DIVA
from mirscan.models.mean_path import widths_of
from mirscan.models.resnet import one_hot
from mirscan.training.common.precision import mixed
from mirscan.training.diva.crossing import crossed
from mirscan.training.diva.modmirbase import Examples

MOVED = 72  # columns: 9 features of the trunk, 8 cells of the decoder
FEATURES, FIRST_FEATURES, CELLS = (96, 3, 13), 4, 4  # all of a trunk, and what lies over the first 28 columns
SIZE = 64  # of a latent
READ, SHORT, LONG = 6000, 1500, 66  # images to read from; short ones among the long; columns of a long one
RIDGE_READ, RIDGE_DRAW = 1e-2, 1e-3  # shares of the mean square of a predictor
SURE = -2.0  # softplus of it is .13: a new latent says something from the first step
OPEN_GATE = 5.0  # the flow of a new latent begins as almost nothing
DENSE, HEADS = "decoder.dense.weight", "latents.x2.encoder.heads"
BATCH = 64


def widened(network: DIVA, examples: Examples) -> dict[str, Tensor]:
    """The state of a `diva-wide`: up to column 72 it draws as the `diva` does, beyond it has begun to.

    Args:
        network: A `diva`.
        examples: Images of its training part.

    Returns:
        The state; z_m, z_y and z_x are the network's.
    """
    network.eval()
    with torch.no_grad():
        wide = _new()
        wide.load_state_dict(_beside(network, wide))
        wide.eval()
        _read_late_columns(network, wide, examples)
        _draw_late_columns(network, wide, examples)
    return dict(wide.state_dict())


def _new() -> DIVA:
    """A network of four latents, the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DIVA("diva-wide")


def _beside(network: DIVA, wide: DIVA) -> dict[str, Tensor]:
    """The network's weights, and a fourth latent with the filters of z_x that the decoder does not hear."""
    state, old = wide.state_dict(), network.state_dict()
    state.update({name: values for name, values in old.items() if name != DENSE})
    for name in network.latent("x").encoder.trunk.state_dict():
        state[f"latents.x2.encoder.trunk.{name}"] = old[f"latents.x.encoder.trunk.{name}"]
    for name in state:
        if name.startswith("latents.x2.flow") and name.endswith("gate.leave.bias"):
            state[name] = torch.full_like(state[name], OPEN_GATE)
    state[DENSE] = torch.cat([old[DENSE], torch.zeros_like(old[DENSE][:, :SIZE])], dim=1)
    return state


def _read_late_columns(network: DIVA, wide: DIVA, examples: Examples) -> None:
    """Set the head of the fourth latent, and how the decoder hears it.

    What z_y and z_x give the decoder's first cells has few directions; the head reads the greatest 64 of them
    off the features of the last columns.
    """
    images = examples.images[np.random.default_rng(0).permutation(len(examples))[:READ]]
    empty = network.latent("x").encoder.trunk(one_hot(torch.zeros(1, 25, COLUMNS, dtype=torch.uint8)))
    read = [_latents(network, batch, ("y", "x")) for batch in _batches(torch.from_numpy(images))]
    features = torch.cat([trunk - empty for trunk, _ in read]).view(-1, *FEATURES)[..., :FIRST_FEATURES]
    heard = _cells(network)[:, :, :CELLS, SIZE:].flatten(0, 2)
    wanted = torch.cat([z for _, z in read]) @ heard.T
    directions = torch.linalg.svd(wanted, full_matrices=False)[2][:SIZE]
    numbers = wanted @ directions.T
    spread = numbers.std(0)
    reader = ridge(features.flatten(1), numbers / spread, RIDGE_READ)
    weight = wide.latent("x2").encoder.heads.weight[:SIZE].view(SIZE, *FEATURES)
    weight.zero_()
    weight[..., -FIRST_FEATURES:] = reader.T.reshape(SIZE, *FEATURES[:2], FIRST_FEATURES)
    bias = wide.latent("x2").encoder.heads.bias
    bias[:SIZE] = -(weight.flatten(1) @ empty[0])
    wide.latent("x2").encoder.heads.weight[SIZE : 2 * SIZE] = 0
    bias[SIZE : 2 * SIZE] = SURE
    late = (directions * spread[:, None]).T
    _cells(wide)[:, :, -CELLS:, -SIZE:] = late.reshape(LAYERS[0][0], GRID[0], CELLS, SIZE)


def _draw_late_columns(network: DIVA, wide: DIVA, examples: Examples) -> None:
    """Set what all latents give the decoder's last cells: as if what lies there stood at the loop."""
    latents, wanted = [], []
    for batch in _batches(torch.from_numpy(_long_ones(examples))):
        _, z = _latents(wide, batch, wide.architecture.latents)
        moved = torch.zeros_like(batch)
        moved[:, :, : COLUMNS - MOVED] = batch[:, :, MOVED:]
        _, z_moved = _latents(network, moved, network.architecture.latents)
        there = (z_moved @ network.convolutional_decoder.dense.weight.T).view(-1, LAYERS[0][0], *GRID)
        now = (z[:, :-SIZE] @ network.convolutional_decoder.dense.weight.T).view(-1, LAYERS[0][0], *GRID)
        short = torch.from_numpy(widths_of(batch.numpy()) <= MOVED)[:, None, None, None]
        latents.append(z)
        wanted.append(torch.where(short, now[..., -CELLS:], there[..., :CELLS]).flatten(1))
    drawer = ridge(torch.cat(latents), torch.cat(wanted), RIDGE_DRAW)
    _cells(wide)[:, :, -CELLS:] = drawer.T.reshape(LAYERS[0][0], GRID[0], CELLS, -1)


def _long_ones(examples: Examples) -> NDArray[np.uint8]:
    """The long images of a part, as many crossed ones as grow long, and short ones."""
    width, draw = widths_of(examples.images), np.random.default_rng(1)
    chosen = np.concatenate(
        [np.nonzero(width > LONG)[0], draw.permutation(np.nonzero(width <= LONG)[0])[:SHORT]]
    )
    images, bonds, labels = (
        torch.from_numpy(values[chosen]) for values in (examples.images, examples.bonds, examples.labels)
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        grown = crossed(images, bonds, labels, 1.0, True)[0].numpy()
    return np.concatenate([images.numpy(), grown[widths_of(grown) > LONG]])


def ridge(predictors: Tensor, wanted: Tensor, share: float) -> Tensor:
    """The (p, q) that takes predictors (n, p) to what is wanted (n, q); no intercept."""
    square = predictors.T @ predictors
    square.diagonal().add_(share * square.diagonal().mean())
    solved: Tensor = torch.linalg.solve(square, predictors.T @ wanted)
    return solved


def _latents(network: DIVA, images: Tensor, names: Iterable[str]) -> tuple[Tensor, Tensor]:
    """The last trunk's features (n, f), and the latents side by side (n, d); no sampling."""
    x, found = one_hot(images), []
    for name in names:
        latent = network.latent(name)
        with mixed(x.device.type):
            features = latent.encoder.trunk(x)
        features = features.float()
        found.append(latent.draw(latent.encoder.posterior(features), sample=False).z)
    return features, torch.cat(found, dim=1)


def _cells(network: DIVA) -> Tensor:
    """The weights of the decoder's first layer as a view (filters, rows, cells, latents)."""
    return network.convolutional_decoder.dense.weight.view(LAYERS[0][0], *GRID, -1)


def _batches(images: Tensor) -> Iterator[Tensor]:
    return iter(torch.split(images, BATCH))
