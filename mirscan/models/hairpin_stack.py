"""The model behind `scan`: three readers of one hairpin, and one calibrated score of what they say.

    columns and scalars → convolutions          (column_ensemble.py)
    symbols             → LSTM with attention   (lstm.py, deepMiRGene's)
    image → DIVA's z_m  → classifier            (latent_head.py)

Each reader has a logit for animals' and one for plants' precursors. The weighted sums of the readers' logits,
fitted on families that none of them has seen, are the log-odds of either kind; the odds of being one or the
other are the sum of the odds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mirscan.models.column_ensemble import KINDS, ColumnEnsemble
from mirscan.models.latent_head import FURTHEST, LatentHead
from mirscan.models.lstm import LstmNetwork

READERS = ("convolutions", "lstm", "z_m")
LatentPath = Callable[[NDArray[np.uint8]], NDArray[np.float64]]  # images (n, 25, 100) → z (n, d)


class HairpinStack(nn.Module):
    """Columns, symbols and images of hairpins → calibrated logits.

    DIVA's encoder is no part of it: it comes with another checkpoint, whose z_m the classifier was fitted on
    (`attach`).

    Args:
        members: The configuration of each `ColumnNetwork`, without its outputs.
        lstm: The configuration of the `LstmNetwork`.
        head: The configuration of the `LatentHead`.

    Attributes:
        weights: (2, 3), of each reader's logit, for animals and for plants.
        shifts: (2,), what is added to either sum.
        calibration: (2,), scale and shift of the logit of being either.
    """

    weights: Tensor
    shifts: Tensor
    calibration: Tensor

    def __init__(self, members: Sequence[dict[str, Any]], lstm: dict[str, Any], head: dict[str, Any]) -> None:
        super().__init__()
        self.convolutions = ColumnEnsemble(members)
        self.lstm = LstmNetwork(**lstm)
        self.head = LatentHead(**head, outputs=len(KINDS))
        self.register_buffer("weights", torch.ones(len(KINDS), len(READERS)))
        self.register_buffer("shifts", torch.zeros(len(KINDS)))
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        self._path: LatentPath | None = None

    def attach(self, path: LatentPath) -> None:
        """Say what makes z_m of images."""
        self._path = path

    def forward(
        self, columns: Tensor, scalars: Tensor, symbols: Tensor, lengths: Tensor, images: Tensor
    ) -> Tensor:
        """The log-odds of both classes.

        Args:
            columns: uint8 (n, columns), and
            scalars: (n, 35), as `encoding.columns` makes them.
            symbols: uint8 (n, positions), right-aligned, and
            lengths: (n,), as `encoding.sequence` makes them.
            images: uint8 (n, 25, 100), as `encoding.image` draws them.

        Returns:
            (n, 2): 0 and the calibrated logit of "precursor", so that a softmax gives the probability.
        """
        logit = self.calibrated(self.logits(columns, scalars, symbols, lengths, images))
        return torch.stack([torch.zeros_like(logit), logit], dim=1)

    def logits(
        self, columns: Tensor, scalars: Tensor, symbols: Tensor, lengths: Tensor, images: Tensor
    ) -> Tensor:
        """What each reader says, (n, 3, 2): of an animal's and of a plant's precursor."""
        return self.completed(self.convolutions.logits(columns, scalars), symbols, lengths, images)

    def completed(self, first: Tensor, symbols: Tensor, lengths: Tensor, images: Tensor) -> Tensor:
        """The same where the convolutions have said (n, 2) already."""
        parts = (first, self.lstm(symbols, lengths), self.head(self._z(images)))
        return torch.stack([part.to(self.weights.dtype) for part in parts], dim=1)

    def highest(self, first: Tensor) -> Tensor:
        """The highest that the calibrated logit can be where the convolutions have said (n, 2), (n,).

        What the other two can say is bounded, and no weight is negative: where even the most of it changes
        nothing, they need not be asked.
        """
        most = torch.stack([self.lstm.bounds()[1], torch.full_like(first[0].double(), FURTHEST)])
        return self.calibrated(torch.cat([first[:, None], most.to(first).expand(len(first), -1, -1)], 1))

    def calibrated(self, said: Tensor) -> Tensor:
        """What the readers say, (n, 3, 2), as the calibrated logit of being a precursor, (n,)."""
        return self.calibration[0] * self.joined(said) + self.calibration[1]

    def joined(self, said: Tensor) -> Tensor:
        """What the readers say, (n, 3, 2), as the logit of being a precursor of either kind, (n,)."""
        return ((said * self.weights.t()).sum(1) + self.shifts).logsumexp(1)

    def shares(self, said: Tensor) -> Tensor:
        """What each reader adds to the calibrated logit, (n, 3); what is missing to it is no reader's.

        Args:
            said: What the readers say, (n, 3, 2). Where a hairpin could be an animal's or a plant's, each
                counts by how probable it is.
        """
        parts = said * self.weights.t()
        kinds = (parts.sum(1) + self.shifts).softmax(1)
        return self.calibration[0] * (parts * kinds[:, None]).sum(2)

    def _z(self, images: Tensor) -> Tensor:
        assert self._path is not None, "DIVA's encoder is not attached"
        points = self._path(images.cpu().numpy())
        return torch.from_numpy(points).to(images.device, self.weights.dtype)

    def attention(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The LSTM's attention, (n, positions); see `LstmNetwork.attention`."""
        return self.lstm.attention(symbols, lengths)

    def class_activation(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """The LSTM's class activation map, (n, positions); see `LstmNetwork.class_activation`."""
        return self.lstm.class_activation(symbols, lengths)
