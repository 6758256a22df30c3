"""Checkpoints of kind `diva`: written in half precision, read back as float32."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from mirscan.errors import ModelError
from mirscan.models.diva import DIVA, Latent, latent_alone
from mirscan.models.hairpin_stack import LatentPath
from mirscan.models.steady_path import SteadyPath
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card

KIND = "diva"
DEVICE_BATCH = 256  # images at a time through an encoder on a GPU
ENCODING = {
    "image": "25 rows x 100 columns; gap, G, C, U, A one-hot; loop at column 0",
    "fold": "ViennaRNA, minimum free energy, Turner 2004",
}


def save_network(
    out: Path, network: DIVA, model: str, metrics: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Card:
    """Write a checkpoint of kind `diva` to the folder `out`; floats are stored in half precision."""
    state = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in network.state_dict().items()
    }
    card = Card(KIND, model, {}, ENCODING, dict(metrics), dict(provenance))
    return checkpoint.save(out, card, state)


def latent_checksum(network: DIVA, name: str) -> str | None:
    """What binds a tree or a table of neighbours to the latent that it was made in.

    Args:
        network: As `load_network` gives it: the weights after a training are rounded when they are written.
        name: Of the latent.

    Returns:
        SHA-256 of the names, shapes and float32 values of the latent's encoder and flow. The same wherever
        images get the same points, whatever decoder, prior or other latents go with it. None for a network
        without that latent.
    """
    return _checksum(network.latent(name)) if name in network.latents else None


def _checksum(latent: Latent) -> str:
    digest = hashlib.sha256()
    for part in ("encoder", "flow"):
        for key, tensor in getattr(latent, part).state_dict().items():
            if tensor.is_floating_point():
                digest.update(f"{part}.{key} {tuple(tensor.shape)}\n".encode())
                digest.update(tensor.float().cpu().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def load_network(name_or_folder: str, device: torch.device) -> tuple[Card, DIVA]:
    """Read a checkpoint of kind `diva`, by shipped name or folder; the network is in evaluation mode.

    Raises:
        ModelError: Missing, damaged, of another kind, or with tensors that do not fit its card.
    """
    folder = checkpoint.locate(name_or_folder)
    card, state = checkpoint.load(folder, KIND)
    network = checkpoint.filled(lambda: DIVA(card.architecture, **card.config), state, str(folder))
    return card, network.to(device).eval()


def load_latent(name_or_folder: str, name: str, device: torch.device) -> Latent | None:
    """Read a latent of a checkpoint of kind `diva`, in evaluation mode; None where it has none of that name.

    Raises:
        ModelError: See `load_network`.
    """
    folder = checkpoint.locate(name_or_folder)
    card, state = checkpoint.load(folder, KIND)
    start = f"latents.{name}."
    part = {key.removeprefix(start): tensor for key, tensor in state.items() if key.startswith(start)}
    if not part:
        return None
    made = partial(latent_alone, name, card.architecture, **card.config)
    latent = checkpoint.filled(made, part, str(folder))
    return latent.to(memory_format=torch.channels_last).to(device).eval()  # type: ignore[call-overload,no-any-return]


def latent_path(card: Card, device: torch.device) -> LatentPath:
    """From images to the z_m that a checkpoint was fitted on: of each by itself, whatever its batch.

    Args:
        card: Its encoding names a DIVA by shipped name or folder, and the checksum of its z_m.
        device: Where the encoder runs.

    Returns:
        Images uint8 (n, 25, 100) → z_m float64 (n, d).

    Raises:
        ModelError: No such DIVA, or another z_m.
    """
    named = card.encoding.get("latent", {})
    latent = load_latent(str(named.get("model")), "m", device)
    found = _checksum(latent) if latent else None
    if latent is None or found != named.get("sha256"):
        expected = f"a z_m with SHA-256 {named.get('sha256')}"
        raise ModelError(str(named.get("model")), f"its z_m has SHA-256 {found}", expected)
    if device.type != "cpu":
        return partial(latent.double().mean_path().encode, batch_size=DEVICE_BATCH)
    with torch.inference_mode():
        return SteadyPath(latent.encoder, latent.flow).encode
