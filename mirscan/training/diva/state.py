"""All that changes while DIVA trains, and how a training that was interrupted goes on from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel

from mirscan.models.diva import DIVA
from mirscan.scoring.checkpoint import filled
from mirscan.training.common.resume import StateFile, random_state, restore_random_state

STATE = "resume/state.safetensors"
MAY_CHANGE = (
    "epochs",
    "rate",
    "rise",
    "fall",
    "warmup",
    "warmed",
    "cross",
    "longer",
    "save_every",
    "check_every",
)  # the schedule, not the model


@dataclass(slots=True)
class Progress:
    """How far a training is.

    Attributes:
        step: Steps done.
        best: Lowest value so far of what a checkpoint is kept by.
        criterion: Which of the validation figures that is.
        figures: The validation figures of that checkpoint.
        changes: Options that differ from those before, with the step `from` which they hold.
    """

    step: int = 0
    best: float = float("inf")
    criterion: str = "objective"
    figures: dict[str, float] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def best_of(self, criterion: str) -> float:
        """The lowest value so far; infinite where checkpoints were kept by another figure before."""
        return self.best if criterion == self.criterion else float("inf")


@dataclass(slots=True)
class DivaTraining:
    """All that changes while a network trains.

    Attributes:
        options: What was asked for; a training that goes on must be asked for the same, its schedule aside.
        network: The network.
        averaged: The running average of its weights.
        optimizer: Adam over its parameters.
        progress: How far it is.
    """

    options: dict[str, Any]
    network: DIVA
    averaged: AveragedModel
    optimizer: torch.optim.Optimizer
    progress: Progress = field(default_factory=Progress)

    @property
    def averaged_network(self) -> DIVA:
        """The network with the averaged weights."""
        network = self.averaged.module
        assert isinstance(network, DIVA)
        return network

    def _file(self, out: Path) -> StateFile:
        fixed = {name: value for name, value in self.options.items() if name not in MAY_CHANGE}
        return StateFile(out / STATE, fixed)

    def save(self, out: Path) -> None:
        """Write the state under `out`, whole or not at all."""
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "adam": self.optimizer.state_dict(),
            "random": random_state(),
            "options": self.options,
            "progress": asdict(self.progress),
        }
        self._file(out).save(state)

    def restore(self, out: Path) -> None:
        """Go on from the last state under `out`; where there is none the training stays at its start.

        Raises:
            TrainingError: The state belongs to other options, or its file is damaged.
        """
        file = self._file(out)
        state = file.load()
        if state is None:
            return
        filled(lambda: self.network, state["network"], str(file.path))
        filled(lambda: self.averaged, state["averaged"], str(file.path))
        self.optimizer.load_state_dict(state["adam"])
        _lay_out_like_the_weights(self.optimizer)
        restore_random_state(state["random"])
        self.progress = Progress(**state["progress"])
        changed = {name: value for name, value in self.options.items() if state["options"].get(name) != value}
        if changed:
            self.progress.changes.append({"from": self.progress.step, **changed})


def _lay_out_like_the_weights(optimizer: torch.optim.Optimizer) -> None:
    """Give the moments of each weight its order in memory, which a file does not keep.

    The fused Adam goes through both side by side and would pair a weight with the moments of another.
    """
    for weight, moments in optimizer.state.items():
        for name, values in moments.items():
            if values.shape == weight.shape:
                moments[name] = torch.empty_like(weight).copy_(values)
