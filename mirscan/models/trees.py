"""Boosted trees on the descriptors of a hairpin, with the interface of the networks.

Trees are held as arrays, so that they are saved as the networks are; they are walked by compiled code on the
CPU, whatever the device of the batch. A score depends on nothing but its hairpin.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.compiled import compiled
from mirscan.encoding.descriptors import describe

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]

LEAF = -1  # in place of a descriptor


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
        described = describe(symbols.to("cpu", torch.uint8).numpy(), lengths.to("cpu", torch.int64).numpy())
        parts = (self.feature, self.threshold, self.child, self.value)
        raw = _walk(described, *(part.cpu().numpy() for part in parts)) + float(self.baseline)
        logit = torch.from_numpy(raw).to(symbols.device)
        return torch.stack((torch.zeros_like(logit), logit), 1)
