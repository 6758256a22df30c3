"""The mature arms of a hairpin: where the two strands lie that Drosha and Dicer cut out of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding.positions import Positions, encode, opposite, pad
from mirscan.folding.dot_bracket import pair_table
from mirscan.models.arms import ArmNetworks
from mirscan.records import Arms, Hairpin, on_genome
from mirscan.runtime.torch_threads import our_threads
from mirscan.scoring import checkpoint
from mirscan.scoring.arm_decoding import NO_STARTS, Geometry, Starts, decode
from mirscan.scoring.scorer import pick_device

KIND = "arms"
DECIMALS = 6  # of a log-probability: far above the round-off between batches
BATCH_SIZE = 64


class ArmFinder:
    """A loaded network that places the arms of hairpins, of each by itself.

    Attributes:
        name: The name of the model's folder.
        card: The card of its checkpoint.
        sha256: Checksum of its weights.
        device: Where it runs.
    """

    def __init__(self, model: str = "arms", device: str = "auto") -> None:
        """Load a model by its shipped name or its folder.

        Raises:
            ModelError: No such model, a damaged one, or one that does not place arms.
            UsageError: No such device.
        """
        folder = checkpoint.locate(model)
        self.name = folder.name
        self.card, state = checkpoint.load(folder, KIND)
        self.sha256 = self.card.sha256
        self.device = pick_device(device)
        network = checkpoint.filled(lambda: ArmNetworks(**self.card.config), state, str(folder))
        self._geometry = geometry_of(network)
        # double precision: arms must not depend on the other hairpins of the batch
        self._network = network.double().eval().to(self.device)

    def arms(self, hairpin: Hairpin) -> Arms | None:
        """The arms of one hairpin; see `all_arms`."""
        return self.all_arms([hairpin])[0]

    def all_arms(
        self, hairpins: Sequence[Hairpin], starts: Sequence[Starts] | None = None
    ) -> list[Arms | None]:
        """The arms of each hairpin, in order; None for one that has no room for two.

        Args:
            hairpins: n of them.
            starts: Where the arms of each begin in it, as far as that is known, as by its family; the network
                places what is left. None where nothing is known of any.
        """
        starts = starts or [NO_STARTS] * len(hairpins)
        found: list[Arms | None] = []
        for first in range(0, len(hairpins), BATCH_SIZE):
            batch, known = hairpins[first : first + BATCH_SIZE], starts[first : first + BATCH_SIZE]
            encoded = [encode(hairpin.sequence, hairpin.structure) for hairpin in batch]
            boundaries = log_probabilities(self._network, encoded, self.device)
            found += [self._decode(*each) for each in zip(batch, boundaries, known, strict=True)]
        return found

    def _decode(self, hairpin: Hairpin, boundaries: NDArray[np.float64], starts: Starts) -> Arms | None:
        facing = opposite(pair_table(hairpin.structure))
        arms = decode(boundaries, facing, self._geometry, starts)
        return arms and Arms(*(on_genome(hairpin, arm) for arm in arms))


def log_probabilities(
    network: ArmNetworks, encoded: Sequence[Positions], device: torch.device
) -> list[NDArray[np.float64]]:
    """For each of some hairpins, of n bases, float64 (4, n): see `decode`."""
    symbols, facing, places = pad(encoded)
    lengths = torch.tensor([len(each) for each in encoded])
    with our_threads(), torch.inference_mode():
        found = network(
            torch.from_numpy(symbols).to(device),
            torch.from_numpy(facing).to(device),
            torch.from_numpy(places).to(device, network.weight.dtype),
            lengths.to(device),
        )
        values = found.double().cpu().numpy().round(DECIMALS)
    return [row[:, : len(each)] for row, each in zip(values, encoded, strict=True)]


def geometry_of(network: ArmNetworks) -> Geometry:
    """What the network was told of the arms' geometry."""
    lengths, overhangs = (table.double().cpu().numpy() for table in (network.lengths, network.overhangs))
    return Geometry(lengths, overhangs, float(network.weight))
