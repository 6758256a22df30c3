"""How the model of the mature arms is trained, top to bottom.

1. Plant precursors with known arms in a genome; sieve and fold them as the scan would. Only those with flanks
   of their own: one that is cut where its arm ends shows where, because a random flank does not pair on.
2. Train a network to say at each base how likely it is the first or the last of the 5′ or the 3′ arm.
3. Count lengths and overhangs of the arms, and choose by unseen families how much they count in decoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.encoding.positions import DESCRIPTION, pad
from mirscan.models.arms import ArmNetwork
from mirscan.scoring import checkpoint
from mirscan.scoring.arms import KIND, geometry_of
from mirscan.scoring.checkpoint import Card
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.arms.data import OWN_FLANK, Bounds, Example, Interval, examples, own_flank, read_arms
from mirscan.training.arms.geometry import (
    choose_weight,
    count_geometry,
    encoded,
    predicted,
    share_close,
    start_errors,
)
from mirscan.training.common.one_cycle import Cycle, RandomBatches, Watch, one_cycle
from mirscan.training.common.provenance import provenance, sha256
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.scan import precursors as known
from mirscan.training.scan.data import known_stretches

ARCHITECTURE = "facing"
HOST = "hsa_chr3_42-44M"
FOLDS, TEST_FOLD, CHOICE_FOLD = 5, 0, 1
OUTSIDE = 6  # nt; an arm that begins so far outside its hairpin is learnt as beginning at its end
SMOOTH = (0.1, 0.8, 0.1)  # target before, at and after a boundary: databases are a base off now and then
GROUPED = 16  # batches of one draw, sorted by length together

Floats = NDArray[np.float64]
Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class ArmSettings:
    """What decides the weights, with the data.

    Attributes:
        seed: Of all draws.
        most: Precursors of one family that are learnt from.
        measured: Precursors of one family that are chosen or measured by.
        steps: Batches.
        batch: Hairpins a batch.
        rate: Peak learning rate.
    """

    seed: int = 1
    most: int = 10
    measured: int = 4
    steps: int = 1200
    batch: int = 64
    rate: float = 3e-3


@dataclass(frozen=True, slots=True)
class Truth:
    """The precursors whose arms are known and that have flanks of their own.

    Attributes:
        precursors: All of the scan set.
        arms: The arms of each, by its sequence.
        rows: int64 (n,), those that may be planted.
        families: The merged family of each of these.
        fold: int64 (n,), the fold of its family.
        background: Real background to plant them in.
    """

    precursors: Sequence[known.Precursor]
    arms: dict[str, tuple[Interval | None, Interval | None]]
    rows: NDArray[np.int64]
    families: Sequence[str]
    fold: NDArray[np.int64]
    background: str

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """From the data folder: `scan/` and `genomes/`."""
        precursors, arms = known.read_precursors(folder / "scan"), read_arms(folder / "scan")
        families = np.array(known.merged_families(precursors))
        flanks = np.array([own_flank(len(one.sequence), *arms[one.sequence]) for one in precursors])
        rows = np.flatnonzero(flanks >= OWN_FLANK)
        fold = np.array([known.fold_of(family) for family in families[rows].tolist()])
        background = known_stretches(folder / "genomes" / HOST)
        return cls(precursors, arms, rows, families[rows].tolist(), fold, background)

    def plant(
        self, folds: Sequence[int], seed: int, most: int, workers: int, cache: Path, jitter: bool = False
    ) -> list[Example]:
        """Precursors of some folds, at most so many of a family, as the scan finds them."""
        mine = np.flatnonzero(np.isin(self.fold, folds))
        families = [self.families[row] for row in mine.tolist()]
        drawn = known.balanced(families, most, np.random.default_rng(seed))
        drawn_rows = self.rows[mine[drawn]].tolist()
        settings = SieveSettings()
        return examples(
            self.precursors,
            drawn_rows,
            self.arms,
            self.background,
            settings,
            seed,
            workers,
            cache,
            jitter=jitter,
        )


def targets(bounds: Sequence[Bounds], lengths: NDArray[np.int64], width: int) -> NDArray[np.float32]:
    """Where each boundary is, smoothed, float32 (n, 4, width); all 0 where it is unknown or far outside.

    Args:
        bounds: Of n hairpins.
        lengths: int64 (n,), their bases.
        width: Positions.
    """
    where = np.array(bounds)
    last = lengths[:, None] - 1
    known_ones = (where >= -OUTSIDE) & (where <= last + OUTSIDE)
    wanted = np.zeros((*where.shape, width), dtype=np.float32)
    rows, channels = np.nonzero(known_ones)
    centre = np.clip(where, 0, last)[rows, channels]
    for offset, share in zip((-1, 0, 1), SMOOTH, strict=True):
        np.add.at(wanted, (rows, channels, np.clip(centre + offset, 0, last[rows, 0])), share)
    return wanted


class ArmBatches(RandomBatches):
    """Batches of hairpins of similar length: as many as fill `GROUPED` batches are drawn and sorted at once.

    Args:
        network: What learns from them.
        some: The hairpins.
        batch: Hairpins a batch.
        seed: Of the draws.
    """

    def __init__(self, network: ArmNetwork, examples: Sequence[Example], batch: int, seed: int) -> None:
        super().__init__(seed)
        self._network, self._batch = network, batch
        self._views, self._bounds = encoded(examples), [each.bounds for each in examples]
        self._lengths = np.array([len(view) for view in self._views])
        self._drawn = np.zeros((GROUPED, batch), np.int64)

    def loss(self, step: int) -> Tensor:
        """Cross-entropy of each known boundary over the positions."""
        if step % GROUPED == 0:
            drawn = self.random.integers(len(self._views), size=GROUPED * self._batch)
            drawn = drawn[np.argsort(self._lengths[drawn], kind="stable")]
            self._drawn = self.random.permutation(drawn.reshape(GROUPED, self._batch))
        rows = self._drawn[step % GROUPED].tolist()
        symbols, facing, places = (torch.from_numpy(a) for a in pad([self._views[row] for row in rows]))
        lengths = self._lengths[rows]
        bounds = [self._bounds[row] for row in rows]
        wanted = torch.from_numpy(targets(bounds, lengths, symbols.shape[1]))
        logits = self._network(symbols, facing, places, torch.from_numpy(lengths))
        return -(torch.log_softmax(logits, 2) * wanted).sum() / wanted.sum().clamp(min=1)

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator, and the batches drawn together."""
        return {**super().state_dict(), "drawn": torch.from_numpy(self._drawn)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        super().load_state_dict(state)
        self._drawn = state["drawn"].numpy()


def train(
    folder: Path, out: Path, settings: ArmSettings, workers: int, cache: Path, stage: Stage, command: str
) -> Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder.
        settings: What decides the weights.
        workers: Processes that fold.
        cache: Where folds are kept.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card as written.
    """
    stage("planting and folding", 0)
    truth = Truth.read(folder)
    others = [fold for fold in range(FOLDS) if fold not in (TEST_FOLD, CHOICE_FOLD)]
    training = truth.plant(others, settings.seed, settings.most, workers, cache, jitter=True)
    choice = truth.plant([CHOICE_FOLD], settings.seed + 1, settings.measured, workers, cache)
    test = truth.plant([TEST_FOLD], settings.seed + 2, settings.measured, workers, cache)
    network = learn(training, settings, out / RUNS, stage("network", settings.steps))
    shares = choose_weight(network, choice)
    errors = start_errors(test, predicted(network, test), geometry_of(network))
    figures = {
        "starts_within_2_nt_unseen_families": {
            "both_arms": share_close(errors),
            "arm_5p": share_close(errors[:, 0]),
            "arm_3p": share_close(errors[:, 1]),
            "hairpins": len(test),
        },
        "starts_within_2_nt_by_geometry_weight": shares,
    }
    counts = {"training": len(training), "choice": len(choice), "test": len(test)}
    card = Card(
        KIND,
        ARCHITECTURE,
        encoding=DESCRIPTION,
        metrics=figures,
        provenance=_made_of(command, settings, training, counts),
    )
    return checkpoint.save(out, card, network.state_dict())


def _made_of(
    command: str, settings: ArmSettings, training: Sequence[Example], counts: dict[str, int]
) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    data = {
        "precursors": f"those with at least {OWN_FLANK} nt of their own beyond their arms; families of fold "
        f"{TEST_FOLD} held out for tests, of fold {CHOICE_FOLD} to choose the geometry's weight",
        "hairpins": counts,
    }
    trained_on = "precursors of scan/ with known arms, planted in genomes/" + HOST
    return provenance(command, trained_on, data_sha256(training), settings=asdict(settings), data=data)


def learn(training: Sequence[Example], settings: ArmSettings, runs: Path | None, watch: Watch) -> ArmNetwork:
    """The network with its geometry, whose weight is still to be chosen.

    Args:
        training: Hairpins to learn from.
        settings: How.
        runs: The folder of the state that a training goes on from; None keeps none.
        watch: Called with the steps done since the last call.

    Raises:
        TrainingError: The loss is no longer finite, or the state is that of another training.
    """
    torch.manual_seed(settings.seed)
    network = ArmNetwork()
    torch.manual_seed(settings.seed)
    identity = {**asdict(settings), "data_sha256": data_sha256(training)}
    kept = StateFile(runs / "arms.safetensors", identity) if runs else None
    batches = ArmBatches(network, training, settings.batch, settings.seed)
    one_cycle(network, batches, Cycle(settings.steps, settings.rate, clip=1.0), kept, watch)
    lengths, ends = count_geometry(training)
    network.lengths.copy_(torch.from_numpy(lengths))
    network.overhangs.copy_(torch.from_numpy(ends))
    return network


def data_sha256(examples: Sequence[Example]) -> str:
    """The checksum of hairpins and the bounds of their arms."""
    return sha256(f"{each.hairpin.sequence} {each.bounds}\n".encode() for each in examples)
