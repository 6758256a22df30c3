"""Scores of hairpins by a network: device, batches by length, halving when memory runs out, order kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding import sequence
from mirscan.errors import ModelError, UsageError
from mirscan.models import HAIRPIN_STACK, build
from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.records import Hairpin
from mirscan.runtime.batches import Batches
from mirscan.runtime.torch_threads import our_threads
from mirscan.scoring import calibration, checkpoint
from mirscan.scoring.cascade import log_odds_where
from mirscan.scoring.diva_checkpoint import latent_path
from mirscan.scoring.inputs import ColumnInputs, Inputs, StackInputs, SymbolInputs, tensors

SYMBOLS, COLUMNS = "lstm", "scan"  # kinds of checkpoints, by what their networks read
DECIMALS = 6  # of a score: far above the round-off between batches, far below what a score can mean
LOG_ODDS_DECIMALS = 10  # above the round-off, and so many that the probability keeps its own
BIT, BIT_DECIMALS = float(np.log(2.0)), 2  # natural log-odds; of what a reader adds
FURTHEST = 50.0  # log-odds: beyond, a score is 0 or 1 to any number of decimals
BATCH_SIZE = 1024
CACHED = 32  # hairpins as columns at once: what lies between its layers then stays in a processor's cache
MIN_SCORE = 0.5


def pick_device(name: str) -> torch.device:
    """The device for `auto`, `cpu`, `cuda` or `cuda:n`.

    Raises:
        UsageError: Not a device, or not one of this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = torch.device("meta")
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device {name!r}", "not known", "auto, cpu, cuda or cuda:n")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        found = f"this machine has {torch.cuda.device_count()} CUDA devices that torch can use"
        raise UsageError(f"device {name!r}", found, "auto or cpu")
    return device


def batch_of(kind: str, device: torch.device, asked: int) -> int:
    """Hairpins that a network of a kind scores at once, where so many are asked for."""
    return min(asked, CACHED) if kind == COLUMNS and device.type == "cpu" else asked


class Scorer:
    """A loaded network that scores hairpins, each independently of the others in its batch.

    Attributes:
        name: The name that the model was asked for by.
        folder: Where its checkpoint lies.
        card: The card of its checkpoint.
        device: Where it runs.
        prevalence: Precursors among candidates that somebody asked for; None for those of the card.
    """

    @our_threads()
    def __init__(
        self, model: str, device: str = "auto", batch_size: int = BATCH_SIZE, prevalence: float | None = None
    ) -> None:
        """Load a model by its shipped name or its folder.

        Args:
            model: Its name or folder.
            device: Where it runs; see `pick_device`.
            batch_size: Hairpins scored at once.
            prevalence: Precursors among candidates at which a score is a probability; None for the card's.

        Raises:
            ModelError: No such model, a damaged one, or one that does not score hairpins.
            UsageError: No such device, or a prevalence for a model that is not calibrated.
        """
        folder = checkpoint.locate(model)
        self.name = folder.name
        self.folder = folder
        self.device = pick_device(device)
        kind = checkpoint.read_card(folder).kind
        self.card, state = checkpoint.load(folder, kind if kind == COLUMNS else SYMBOLS)
        self._batches = Batches(self.device, batch_of(kind, self.device, batch_size))
        self._wide = Batches(self.device, batch_size)  # for what comes in blocks that want to be full
        network = checkpoint.filled(partial(_network, self.card), state, str(folder))
        self._inputs = _inputs(self.card)
        self.prevalence = prevalence
        self._shift = _shift(self.card, self.name, prevalence)
        # double precision: a score must not depend on its neighbours in the batch, and at 1e-15 it does not
        self._network = network.double().eval().to(self.device)
        if isinstance(self._network, HairpinStack):
            self._network.attach(latent_path(self.card, self.device))

    def state(self) -> dict[str, torch.Tensor]:
        """The tensors of the network, by name."""
        return self._network.state_dict()

    def scores(self, hairpins: Sequence[Hairpin]) -> NDArray[np.float64]:
        """The probability that each hairpin is a precursor.

        Args:
            hairpins: n folded hairpins of any lengths; of one longer than 400 the part that
                `encoding.sequence.scored_interval` names is seen.

        Returns:
            float64 (n,), 0..1, rounded to six decimals, in the order given.

        Raises:
            DeviceError: The device failed, or has no memory for a single hairpin.
        """
        scores: NDArray[np.float64] = np.round(1 / (1 + np.exp(-self.log_odds(hairpins))), DECIMALS)
        return scores

    def log_odds(
        self, hairpins: Sequence[Hairpin], worth: Callable[[int, float], bool] | None = None
    ) -> NDArray[np.float64]:
        """The natural log-odds that each hairpin is a precursor, of which `scores` are the probabilities.

        Args:
            hairpins: n of them; see `scores`.
            worth: Whether the hairpin of that place matters if its log-odds are as high as that at most;
                where it does not, some such bound is given. None where all matter.

        Returns:
            float64 (n,), within ±`FURTHEST`, rounded to ten decimals, in the order given.

        Raises:
            DeviceError: The device failed, or has no memory for a single hairpin.
        """
        encoded, network, shift = self._inputs.encode(hairpins), self._network, self._shift
        if not encoded:
            return np.zeros(0)
        if worth is None or not isinstance(network, HairpinStack):
            found = self._batches.by_length(encoded, self._log_odds)
        else:
            found = shift + log_odds_where(
                network,
                encoded,
                self._tensors,
                (self._batches, self._wide),
                lambda at, most: worth(at, most + shift),
            )
        return found.clip(-FURTHEST, FURTHEST).round(LOG_ODDS_DECIMALS)

    def readers(self, hairpins: Sequence[Hairpin]) -> list[dict[str, float]]:
        """How many bits each reader of a stack adds to the score of each hairpin; see `HairpinStack.shares`.

        Returns:
            Reader → bits, two decimals; nothing where the network is no stack.
        """
        network = self._network
        if not isinstance(network, HairpinStack):
            return [{} for _ in hairpins]
        encoded = self._inputs.encode(hairpins)
        parts = self._batches.each(
            len(encoded), lambda some: network.shares(network.logits(*self._tensors(encoded[some])))
        )
        with torch.inference_mode():
            bits = torch.cat([*parts]).cpu().numpy() / BIT if encoded else np.empty((0, len(READERS)))
        return [dict(zip(READERS, row, strict=True)) for row in bits.round(BIT_DECIMALS).tolist()]

    @property
    def together(self) -> int:
        """Hairpins worth waiting for before they are scored: a processor gains nothing, a device a lot."""
        return 0 if self.device.type == "cpu" else self._batches.size

    @property
    def min_score(self) -> float:
        """The lowest score of a call, unless the caller says another: the card's, or 0.5."""
        return self.at_prevalence(float(self.card.metrics.get("min_score", MIN_SCORE)))

    @property
    def calibrated(self) -> bool:
        """Whether its scores are probabilities at a stated prevalence."""
        return "prevalence" in self.card.metrics.get("calibration", {})

    def at_prevalence(self, score: float) -> float:
        """A score at the prevalence of the card as it is at that of this scorer; see `at_card`."""
        return round(calibration.shifted(score, self._shift), DECIMALS)

    @property
    def prior(self) -> float:
        """Precursors among candidates at which its scores are probabilities, 0..1; 0.5 where none is said."""
        if self.prevalence is not None:
            return self.prevalence
        return float(self.card.metrics.get("calibration", {}).get("prevalence", 0.5))

    def at_card(self, score: float) -> float:
        """A score of this scorer as it would be at the prevalence of the card."""
        return calibration.shifted(score, -self._shift)

    @property
    def has_attention(self) -> bool:
        """Whether the network says where it looks."""
        return hasattr(self._network, "attention")

    def attention(self, hairpin: Hairpin) -> NDArray[np.float64]:
        """The attention of each position of a hairpin; sums to 1.

        Returns:
            float64 (n,); NaN at positions that the network does not see.

        Raises:
            ModelError: The network has no attention.
        """
        return self._looked_at(hairpin, "attention")

    def class_activation(self, hairpin: Hairpin) -> NDArray[np.float64]:
        """The class activation map of a hairpin (deepMiRGene, section 4.3); see `attention`."""
        return self._looked_at(hairpin, "class_activation")

    def _looked_at(self, hairpin: Hairpin, what: str) -> NDArray[np.float64]:
        method = getattr(self._network, what, None)
        if method is None:
            raise ModelError(self.name, f"{self.card.architecture} has no attention")
        inputs = self._inputs.symbols if isinstance(self._inputs, StackInputs) else self._inputs
        assert isinstance(inputs, SymbolInputs)  # what reads by attention reads symbols
        start, end = sequence.scored_interval(hairpin.structure, inputs.longest)
        values = np.full(len(hairpin), np.nan)
        with our_threads(), torch.inference_mode():
            batch = tensors(inputs.arrays(inputs.encode([hairpin])), self.device)
            values[start:end] = method(*batch)[0].cpu().numpy()
        return values

    def _tensors(self, encoded: Sequence[Any]) -> tuple[torch.Tensor, ...]:
        return tensors(self._inputs.arrays(encoded), self.device)

    def _log_odds(self, encoded: Sequence[Any]) -> NDArray[np.float64]:
        with torch.inference_mode():
            logits = self._network(*self._tensors(encoded))
            log_odds: NDArray[np.float64] = (logits[:, 1] + self._shift - logits[:, 0]).cpu().numpy()
        return log_odds


def _shift(card: checkpoint.Card, name: str, prevalence: float | None) -> float:
    """What a prevalence adds to the log-odds of the card's scores."""
    if prevalence is None:
        return 0.0
    at = card.metrics.get("calibration", {}).get("prevalence")
    if at is None:
        found = f"the scores of {name} are not calibrated"
        raise UsageError("`prevalence`", found, "a model whose card tells its calibration, such as scan")
    return calibration.shift(prevalence, float(at))


def _network(card: checkpoint.Card) -> torch.nn.Module:
    return build(card.architecture, card.config)


def _inputs(card: checkpoint.Card) -> Inputs:
    if card.architecture == HAIRPIN_STACK:
        return StackInputs(int(card.config["lstm"]["longest"]))
    return ColumnInputs() if card.kind == COLUMNS else SymbolInputs()
