"""The two readers beside the convolutions: the LSTM with attention over symbols, a classifier of z_m.

Both learn as the convolutions do (`train.py`): from planted precursors, other RNAs and the background of
genomes, in batches that their own last logits choose. Both have a logit for animals and one for plants.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.encoding.symbol_rows import SymbolRows, changed
from mirscan.models.latent_head import LatentHead
from mirscan.models.lstm import LstmNetwork
from mirscan.training.common.one_cycle import Cycle, Watch, one_cycle, unwatched
from mirscan.training.common.resume import StateFile
from mirscan.training.scan.draw import BACKGROUND, PRECURSOR, TrainingSet
from mirscan.training.scan.guided import GuidedBatches
from mirscan.training.scan.readings import LONGEST, Latents

LSTM: dict[str, Any] = {"longest": LONGEST}  # all else is deepMiRGene's: 20 and 10 units, dense 400 and 100
LSTM_CYCLE = Cycle(steps=1800, rate=3e-3, weight_decay=0.01, clip=1.0)
CHANGED = 0.1  # bases of a hairpin that are changed, on average: half of the columns' share, as both arms are
HEAD: dict[str, Any] = {"hidden": 64}
HEAD_CYCLE = Cycle(steps=3000, rate=2e-3, weight_decay=0.02, clip=1.0)
BLURRED = 0.1  # noise of z_m, in units of its spread
SCORED_AT_ONCE = 512

Floats = NDArray[np.float64]


class GuidedSymbols(GuidedBatches):
    """Batches for the LSTM."""

    def logits(self, examples: SymbolRows) -> Tensor:
        """Logits (n, 2) of hairpins sorted by length, changed a little; in quarters, which pad less."""
        rows = changed(examples, self.random, CHANGED)
        quarters = [part for part in np.array_split(np.arange(len(rows)), 4) if len(part)]
        return torch.cat([self.network(*symbol_tensors(rows.take(part))) for part in quarters])


class GuidedLatents(GuidedBatches):
    """Batches for the classifier of z_m."""

    network: LatentHead

    def logits(self, examples: Latents) -> Tensor:
        """Logits (n, 2) of points with a little noise."""
        spread = self.network.spread.numpy()
        noise = self.random.standard_normal(examples.z.shape, dtype=np.float32)
        logits: Tensor = self.network(torch.from_numpy(examples.z + BLURRED * spread * noise))
        return logits


def train_lstm(
    training: TrainingSet[SymbolRows], seed: int, kept: StateFile | None = None, watch: Watch = unwatched
) -> LstmNetwork:
    """The LSTM with attention, whose two logits are those of an animal's and of a plant's precursor.

    Args:
        training: Its examples are `SymbolRows`.
        seed: Of weights, draws and changes.
        kept: Where the state of the training is kept.
        watch: Called with the steps done since the last call.

    Raises:
        TrainingError: The loss is no longer finite, or the state is that of another training.
    """
    torch.manual_seed(seed)
    network = LstmNetwork(**LSTM)
    batches = GuidedSymbols(network, training, LSTM_CYCLE.steps, seed)
    one_cycle(network, batches, LSTM_CYCLE, kept, watch)
    return network


def train_head(
    training: TrainingSet[Latents], seed: int, kept: StateFile | None = None, watch: Watch = unwatched
) -> LatentHead:
    """The classifier of z_m; its examples are `Latents`. See `train_lstm`."""
    torch.manual_seed(seed)
    classes = [np.flatnonzero(training.role == role) for role in (PRECURSOR, BACKGROUND)]
    network = LatentHead(dimensions=training.examples.z.shape[1], **HEAD)
    network.standardise(*(torch.from_numpy(training.examples.take(rows).z) for rows in classes))
    batches = GuidedLatents(network, training, HEAD_CYCLE.steps, seed)
    one_cycle(network, batches, HEAD_CYCLE, kept, watch)
    return network


def symbol_tensors(rows: SymbolRows) -> tuple[Tensor, Tensor]:
    """Without the positions that are padding in all."""
    trimmed = rows.trimmed()
    return torch.from_numpy(trimmed.symbols), torch.from_numpy(trimmed.lengths)


def lstm_logits(network: LstmNetwork, rows: SymbolRows) -> Floats:
    """The logits (n, 2), in the order given."""
    order = np.argsort(rows.lengths, kind="stable")
    logits = np.zeros((len(rows), 2))
    with torch.inference_mode():
        for first in range(0, len(order), SCORED_AT_ONCE):
            some = order[first : first + SCORED_AT_ONCE]
            logits[some] = network(*symbol_tensors(rows.take(some))).numpy()
    return logits


def head_logits(network: LatentHead, latents: Latents) -> Floats:
    """The logits (n, 2), in the order given."""
    with torch.inference_mode():
        found: Floats = network(torch.from_numpy(latents.z)).double().numpy()
    return found
