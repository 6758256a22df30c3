"""The weights that a training run of DIVA begins with: fresh ones, or those of a model already there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mirscan.errors import ModelError
from mirscan.scoring.checkpoint import Card
from mirscan.scoring.diva_checkpoint import load_network
from mirscan.training.diva.modmirbase import Examples
from mirscan.training.diva.widening import widened


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run begins.

    Attributes:
        weights: State of the network, or None for fresh weights.
        warmed: Share of β, 0..1, that those weights were trained under at their end.
        option: The option of the command line that asks for this start, a blank before it, or nothing.
        provenance: What the card of the new checkpoint says of it.
    """

    weights: Mapping[str, Tensor] | None = None
    warmed: float = 0.0
    option: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)


def fresh() -> Start:
    """Fresh weights."""
    return Start()


def start_of(name_or_folder: str, model: str, examples: Examples) -> Start:
    """The weights of a checkpoint; those of a `diva` are widened where a `diva-wide` is to be trained.

    Args:
        name_or_folder: Shipped name, or folder of a run.
        model: Key of `mirscan.models.diva.ARCHITECTURES` that is to be trained.
        examples: The training part, by which a network is widened.

    Raises:
        ModelError: The checkpoint is missing, damaged, or of another model.
    """
    card, network = load_network(name_or_folder, torch.device("cpu"))
    wider = (card.architecture, model) == ("diva", "diva-wide")
    if card.architecture != model and not wider:
        raise ModelError(
            name_or_folder,
            f"a checkpoint of {card.architecture}",
            f"one of {model}, which is to be trained",
            "Give the same --model, or another --start-from.",
        )
    return Start(
        widened(network, examples) if wider else network.state_dict(),
        _warmed(card),
        f" --start-from {name_or_folder}",
        origin_of(card),
    )


def origin_of(card: Card) -> dict[str, Any]:
    """What the card of a run says of the weights that it began with."""
    kept = ("command", "stage", "settings", "changes", "steps", "started_from")
    made = {key: value for key in kept if (value := card.provenance.get(key))}
    return {"started_from": {"sha256": card.sha256, **made}}


def _warmed(card: Card) -> float:
    """The share of β at the last step of the run that made a checkpoint."""
    settings, steps = card.provenance.get("settings", {}), card.provenance.get("steps", 0)
    share: float = settings.get("warmed", 0.0) + steps / settings.get("warmup", 1)
    return min(1.0, share)
