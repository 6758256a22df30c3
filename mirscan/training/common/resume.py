"""States that an interrupted training goes on from: safetensors and JSON, no pickle.

A state is all that changes while a network trains: what `state_dict` of the network, its optimiser and its
schedule gives, and the generators of random numbers. A training that goes on from one ends where an
uninterrupted one does, bit for bit on one device.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mirscan.errors import TrainingError
from mirscan.runtime.whole_file import whole_file

RUNS = "runs"  # the folder of states, within that of the checkpoint
TENSOR, ITEMS = "tensor", "items"  # in JSON: the name of a tensor; the pairs of a dictionary


@dataclass(frozen=True, slots=True)
class StateFile:
    """Where the state of one training is kept.

    Attributes:
        path: The file.
        identity: Plain values that the training depends on: a state with others is refused.
    """

    path: Path
    identity: Mapping[str, Any]

    def save(self, state: Mapping[str, Any]) -> None:
        """Replace the state that is kept, whole or not at all.

        Args:
            state: Dictionaries and lists of tensors and plain values, as `state_dict` gives them.
        """
        tensors: dict[str, Tensor] = {}
        plain = _packed(state, "", tensors)
        words = {"identity": json.dumps(self.identity), "state": json.dumps(plain)}
        with whole_file(self.path) as temporary:
            save_file(tensors, temporary, words)

    def load(self) -> dict[str, Any] | None:
        """The state that is kept; None where there is none.

        Raises:
            TrainingError: It is unreadable, or belongs to a training that depends on other values.
        """
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, "pt") as stream:
                words = stream.metadata() or {}
                tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
            identity, plain = json.loads(words["identity"]), json.loads(words["state"])
            state: dict[str, Any] = _unpacked(plain, tensors)
        except (OSError, ValueError, LookupError, SafetensorError) as error:
            raise TrainingError(
                str(self.path),
                f"unreadable ({error})",
                "the state of an interrupted training",
                "Remove it to start anew.",
            ) from error
        self._check(identity)
        return state

    def _check(self, before: dict[str, Any]) -> None:
        now = json.loads(json.dumps(self.identity))
        changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        if changed:
            raise TrainingError(
                str(self.path),
                ", ".join(f"{name} was {before.get(name)} and is {now.get(name)}" for name in changed),
                "the settings and the data of the training to resume",
                "Give the same, or another --out.",
            )


def random_state() -> dict[str, Tensor]:
    """The state of torch's own generators of random numbers."""
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random_state(state: Mapping[str, Tensor]) -> None:
    """Bring torch's generators back to what `random_state` gave."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def _packed(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """What JSON can hold of a state; its tensors go to `tensors`, under names that say where they stood."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().contiguous()
        return {TENSOR: name}
    if isinstance(value, Mapping):
        items = [[key, _packed(each, f"{name}.{key}".lstrip("."), tensors)] for key, each in value.items()]
        return {ITEMS: items}
    if isinstance(value, list | tuple):
        return [_packed(each, f"{name}.{index}", tensors) for index, each in enumerate(value)]
    return value


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(each, tensors) for each in value]
    if not isinstance(value, dict):
        return value
    if TENSOR in value:
        return tensors[value[TENSOR]]
    return {key: _unpacked(each, tensors) for key, each in value[ITEMS]}
