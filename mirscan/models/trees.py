"""Boosted trees on the descriptors of a hairpin, with the interface of the networks.

Trees are held as arrays, so that they are saved as the networks are; they are walked by compiled code on the
CPU, whatever the device of the batch. A score depends on nothing but its hairpin. A fold without a pair, of
which the trees have seen none, is no hairpin: its score is nearly 0.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.encoding.descriptors import NAMES, describe
from mirscan.encoding.kinship import Library
from mirscan.runtime.compiled import compiled

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]

LEAF = -1  # in place of a descriptor
NO_HAIRPIN = -10.0  # logit of a fold without a pair
_PAIRS = NAMES.index("pairs")


@compiled(error_model="numpy")
def _walk(x: NDArray[np.float32], feature: Ints, threshold: Doubles, child: Ints, value: Doubles) -> Doubles:
    """Sum over the trees of the value of the leaf that each row (B, F) ends in."""
    total = np.zeros(len(x))
    for row in range(len(x)):
        for tree in range(len(feature)):
            node = 0
            while feature[tree, node] != LEAF:
                right = x[row, feature[tree, node]] > threshold[tree, node]
                node = child[tree, node, 1 if right else 0]
            total[row] += value[tree, node]
    return total


class BoostedTrees(nn.Module):
    """A sum of trees, the logit of the precursor class.

    Args:
        trees: Number of trees.
        nodes: Most nodes of a tree.

    Attributes:
        feature: int64 (trees, nodes), the descriptor that a node asks for, as its number in `NAMES`; -1
            at a leaf.
        threshold: float64 (trees, nodes); a hairpin whose descriptor is larger goes right.
        child: int64 (trees, nodes, 2), the left and the right child.
        value: float64 (trees, nodes), the logit that a leaf adds.
        baseline: float64 (), the logit that all start with.
    """

    feature: Tensor
    threshold: Tensor
    child: Tensor
    value: Tensor
    baseline: Tensor

    def __init__(self, trees: int, nodes: int) -> None:
        super().__init__()
        self.register_buffer("feature", torch.full((trees, nodes), LEAF))
        self.register_buffer("threshold", torch.zeros(trees, nodes, dtype=torch.float64))
        self.register_buffer("child", torch.zeros(trees, nodes, 2, dtype=torch.int64))
        self.register_buffer("value", torch.zeros(trees, nodes, dtype=torch.float64))
        self.register_buffer("baseline", torch.zeros((), dtype=torch.float64))

    def forward(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, 2), float64, the first of them 0; see `LstmNetwork.forward`."""
        described = self.described(
            symbols.to("cpu", torch.uint8).numpy(), lengths.to("cpu", torch.int64).numpy()
        )
        parts = (self.feature, self.threshold, self.child, self.value)
        raw = _walk(described, *(part.cpu().numpy() for part in parts)) + float(self.baseline)
        logit = torch.from_numpy(np.where(described[:, _PAIRS] == 0, NO_HAIRPIN, raw)).to(symbols.device)
        return torch.stack((torch.zeros_like(logit), logit), 1)

    def described(self, symbols: NDArray[np.uint8], lengths: Ints) -> NDArray[np.float32]:
        """What the trees ask about each hairpin of a batch, (B, F)."""
        described: NDArray[np.float32] = describe(symbols, lengths)
        return described


class KinTrees(BoostedTrees):
    """Boosted trees that also ask how much a hairpin has in common with those they were fitted to.

    Args:
        trees: Number of trees.
        nodes: Most nodes of a tree.
        library: The hairpins they were fitted to; left out where it comes with the tensors of a checkpoint.

    Attributes:
        labels, sizes, starts, holders: The library; see `Library`.
    """

    labels: Tensor
    sizes: Tensor
    starts: Tensor
    holders: Tensor

    def __init__(self, trees: int, nodes: int, library: Library | None = None) -> None:
        super().__init__(trees, nodes)
        for name, values in asdict(library or Library.empty()).items():
            self.register_buffer(name, torch.from_numpy(values))

    def library(self) -> Library:
        """The hairpins that the trees were fitted to."""
        return Library(*(getattr(self, part.name).cpu().numpy() for part in fields(Library)))

    def described(self, symbols: NDArray[np.uint8], lengths: Ints) -> NDArray[np.float32]:
        """The descriptors, then the kinship with the library."""
        return np.hstack((describe(symbols, lengths), self.library().kinship(symbols, lengths)))

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Take a library of any size: how many hairpins it holds is for its tensors to say."""
        for part in fields(Library):
            if (found := state.get(prefix + part.name)) is not None:
                setattr(self, part.name, torch.empty(found.shape, dtype=getattr(self, part.name).dtype))
        super()._load_from_state_dict(state, prefix, *rest)
        self.library().check()
