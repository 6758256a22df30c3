"""A stack asked in two steps: the convolutions of all hairpins, the other readers where it can still matter.

A scan keeps few of the hairpins that it scores. What the LSTM and the classifier of z_m can add is bounded
(`HairpinStack.highest`), and DIVA's encoder costs as much as all convolutions: so it reads those alone that
could be kept, and what is kept has the same score as if all had been read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.models.hairpin_stack import HairpinStack
from mirscan.runtime.batches import Batches

ROUND_OFF = 1e-9  # of log-odds, at most

Floats = NDArray[np.float64]
Tensors = Callable[[Sequence[Any]], tuple[torch.Tensor, ...]]  # encoded hairpins → what the stack takes


@dataclass(frozen=True, slots=True)
class Begun:
    """A hairpin that the convolutions have read; as long as it is encoded.

    Attributes:
        encoded: The hairpin.
        first: What they say, (2,).
    """

    encoded: Any
    first: Floats

    def __len__(self) -> int:
        return len(self.encoded)


def log_odds_where(
    network: HairpinStack,
    encoded: Sequence[Any],
    tensors: Tensors,
    batches: tuple[Batches, Batches],
    worth: Callable[[int, float], bool],
) -> Floats:
    """The log-odds of hairpins, or where they do not matter a bound that they do not exceed.

    Args:
        network: The stack.
        encoded: n hairpins, one or more.
        tensors: Makes some of them what the network takes.
        batches: How many at once: for the convolutions, and for the other readers.
        worth: Whether the hairpin of that place matters if its log-odds are as high as that at most.

    Returns:
        float64 (n,).
    """

    def convolved(some: Sequence[Any]) -> Floats:
        with torch.inference_mode():
            said: Floats = network.convolutions.logits(*tensors(some)[:2]).cpu().numpy()
        return said

    def completed(some: Sequence[Begun]) -> Floats:
        inputs = tensors([each.encoded for each in some])
        first = torch.from_numpy(np.stack([each.first for each in some])).to(inputs[0].device)
        with torch.inference_mode():
            said = network.completed(first, *inputs[2:])
            odds: Floats = network.calibrated(said).cpu().numpy()
        return odds

    of_first, of_others = batches
    first = of_first.by_length(encoded, convolved)
    with torch.inference_mode():
        said = torch.from_numpy(first).to(network.weights.device)
        found: Floats = network.highest(said).cpu().numpy() + ROUND_OFF
    rows = [row for row, bound in enumerate(found.tolist()) if worth(row, bound)]
    if rows:
        found[rows] = of_others.by_length([Begun(encoded[row], first[row]) for row in rows], completed)
    return found
