"""Checkpoints of kind `diva`: written in half precision, read back as float32."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mirscan.models.diva import DIVA
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card

KIND = "diva"
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


def load_network(name_or_folder: str, device: torch.device) -> tuple[Card, DIVA]:
    """Read a checkpoint of kind `diva`, by shipped name or folder; the network is in evaluation mode.

    Raises:
        ModelError: Missing, damaged, of another kind, or with tensors that do not fit its card.
    """
    folder = checkpoint.locate(name_or_folder)
    card, state = checkpoint.load(folder, KIND)
    network = checkpoint.filled(lambda: DIVA(card.architecture, **card.config), state, str(folder))
    return card, network.to(device).eval()
