"""States to resume a run from: safetensors and JSON, no pickle.

A state holds the weights, their running average, Adam's moments and the random number generators, so that an
interrupted run ends where an uninterrupted one does.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from mirscan.errors import TrainingError
from mirscan.models.diva import DIVA

FOLDER, STATE = "resume", "state.json"
MAY_CHANGE = (
    "epochs",
    "rate",
    "rise",
    "fall",
    "warmup",
    "save_every",
    "check_every",
)  # the schedule, not the model


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes:
        step: Steps done.
        best: Lowest validation objective so far.
        figures: The validation figures of that checkpoint.
        changes: Options that differ from those before, with the step `from` which they hold.
    """

    step: int = 0
    best: float = float("inf")
    figures: dict[str, float] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """All that changes while a network trains.

    Attributes:
        options: What the run was asked for; a resumed run must be asked for the same, its schedule aside.
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


def snapshot(out: Path, run: Run) -> None:
    """Write the state of a run under `out`, whole or not at all; the state before it goes."""
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = f"step-{run.progress.step}.safetensors"
    save_file(_tensors(run), folder / name)
    text = json.dumps({"tensors": name, "options": run.options, "progress": asdict(run.progress)}, indent=2)
    temporary = folder / f"{STATE}.partial"
    temporary.write_text(text)
    temporary.replace(folder / STATE)
    for old in folder.glob("step-*.safetensors"):
        if old.name != name:
            old.unlink()


def restore(out: Path, run: Run) -> None:
    """Bring a run to its last state under `out`; where there is none it stays at its start.

    Raises:
        TrainingError: The state belongs to other options, or its files are damaged.
    """
    path = out / FOLDER / STATE
    if not path.exists():
        return
    try:
        state = json.loads(path.read_text())
        tensors = load_file(path.parent / state["tensors"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise TrainingError(
            str(path), f"unreadable ({error})", "the state of an interrupted run", "Give another --out."
        ) from error
    _check_options(path, state["options"], run.options)
    run.network.load_state_dict(_under("network.", tensors))
    run.averaged.load_state_dict(_under("averaged.", tensors))
    _restore_adam(run.optimizer, _under("adam.", tensors))
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    run.progress = Progress(**state["progress"])
    changed = {name: value for name, value in run.options.items() if state["options"].get(name) != value}
    if changed:
        run.progress.changes.append({"from": run.progress.step, **changed})


def _tensors(run: Run) -> dict[str, Tensor]:
    tensors = {f"network.{name}": value for name, value in run.network.state_dict().items()}
    tensors |= {f"averaged.{name}": value for name, value in run.averaged.state_dict().items()}
    for index, moments in run.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value for name, value in moments.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _restore_adam(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        moments.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def _check_options(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    changed = [name for name in now if name not in MAY_CHANGE and before.get(name) != now[name]]
    if changed:
        raise TrainingError(
            str(path),
            ", ".join(f"{name} was {before.get(name)} and is {now[name]}" for name in changed),
            "the options of the run to resume",
            "Give the same options, or another --out.",
        )
