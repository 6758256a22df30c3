"""The training loop of all networks but those of the two papers: AdamW, and one cycle of the learning rate.

The rate rises over the first tenth of the steps and falls to nothing over the rest: a short training gets as
far as a long one with a constant rate (Smith and Topin 2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mirscan.errors import TrainingError
from mirscan.scoring.checkpoint import filled
from mirscan.training.common.resume import StateFile, random_state, restore_random_state

RISE = 0.1  # share of the steps over which the rate rises
SAVE_EVERY = 200  # steps between two states

Watch = Callable[[int], object]


def unwatched(_: int) -> None:
    """A `Watch` that shows nothing."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """How a network is trained.

    Attributes:
        steps: Batches.
        rate: Peak learning rate.
        weight_decay: That of AdamW.
        clip: Largest norm of the gradients; longer ones are shortened to it.
    """

    steps: int
    rate: float
    weight_decay: float = 0.01
    clip: float = math.inf


class Batches(Protocol):
    """Draws batches and says how wrong a network is about each."""

    def loss(self, step: int) -> Tensor:
        """The mean loss over the batch of a step, ()."""

    def state_dict(self) -> dict[str, Any]:
        """What decides the batches to come."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""


class RandomBatches:
    """The base of `Batches` that draw by a generator of their own and remember nothing else.

    Args:
        seed: Of the generator.
    """

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator."""
        return {"random": self.random.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Bring the generator to a state."""
        self.random.bit_generator.state = state["random"]


def one_cycle(
    network: nn.Module,
    batches: Batches,
    how: Cycle,
    kept: StateFile | None = None,
    watch: Watch = unwatched,
) -> None:
    """Train a network in place; it comes back in evaluation mode.

    Args:
        network: Fresh. Where a state is kept, training goes on from there.
        batches: What it learns from.
        how: Steps, rate and the like.
        kept: Where states are written every `SAVE_EVERY` steps and at the end; None keeps none.
        watch: Called with the steps done since the last call.

    Raises:
        TrainingError: The loss is no longer finite, or the state that is kept belongs to another training.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=how.rate, weight_decay=how.weight_decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, how.rate, total_steps=how.steps, pct_start=RISE)
    others: dict[str, Any] = {"adam": optimizer, "cycle": cycle, "batches": batches}
    first = _restored(network, others, kept)
    watch(first)
    network.train()
    for step in range(first, how.steps):
        loss = batches.loss(step)
        if not torch.isfinite(loss):
            raise TrainingError(f"step {step}", "the loss is not finite", hint="Try a lower rate.")
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), how.clip)
        optimizer.step()
        cycle.step()
        watch(1)
        if kept and ((step + 1) % SAVE_EVERY == 0 or step + 1 == how.steps):
            states = {name: part.state_dict() for name, part in others.items()}
            kept.save({"step": step + 1, "network": network.state_dict(), **states, "random": random_state()})
    network.eval()


def _restored(network: nn.Module, others: dict[str, Any], kept: StateFile | None) -> int:
    """Bring everything to the state that is kept; the number of steps done."""
    state = kept.load() if kept else None
    if kept is None or state is None:
        return 0
    filled(lambda: network, state["network"], str(kept.path))
    for name, part in others.items():
        part.load_state_dict(state[name])
    restore_random_state(state["random"])
    return int(state["step"])
