"""How the model of the mature arms is trained, top to bottom.

1. Plant precursors with known arms in a genome; sieve and fold them as the scan would. Only those with flanks
   of their own: one that is cut where its arm ends shows where, because a random flank does not pair on. To
   those of MirGeneDB, which are listed from cut to cut, flanks of others are grafted.
2. Train a network to say at each base how likely it is the first or the last of the 5′ or the 3′ arm. What
   curators have seen counts more, what only miRBase lists, alone in its family, less.
3. Let the learning rate rise and fall again, some times: where each cycle ends stands a member, and the
   members' probabilities are averaged (snapshot ensembles, Huang 2017).
4. Count lengths and overhangs of the arms.

Weights, grafts and averaging were tried with networks that had not learned from the families of fold 1, and
judged by these; what ships learns from them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.encoding.positions import DESCRIPTION, Positions, pad
from mirscan.models.arms import ArmNetwork, ArmNetworks
from mirscan.scoring import checkpoint
from mirscan.scoring.arms import KIND, geometry_of
from mirscan.scoring.checkpoint import Card
from mirscan.training.arms.augment import mutated
from mirscan.training.arms.data import OWN_FLANK, Bounds, Example
from mirscan.training.arms.geometry import (
    count_geometry,
    encoded,
    predicted,
    share_close,
    start_errors,
)
from mirscan.training.arms.sources import HOST, LEARNT, TEST_FOLD, Truth
from mirscan.training.common.one_cycle import Cycle, RandomBatches, Watch, one_cycle
from mirscan.training.common.provenance import provenance, sha256
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.scan.attestation import attestation, shares

ARCHITECTURE = "facing"
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
        plantings: How often each is planted; its ends vary.
        measured: Precursors of one family that are measured by.
        curated: Weight of a precursor whose family MirGeneDB has, or whose cuts are known.
        lone: Weight of a precursor that only miRBase lists, alone in its family. Plants and viruses are
            drawn as often as without weights.
        grafted: By how much a precursor with the flanks of another one counts less.
        changed: Mean share of the bases of a hairpin that change whenever it is learnt from.
        dropout: Share of a block's inner channels that training drops.
        steps: Batches until the first member.
        members: Networks whose probabilities are averaged.
        further: Batches from one member to the next.
        batch: Hairpins a batch.
        rate: Peak learning rate.
        geometry: How much lengths and overhangs count beside the boundaries.
    """

    seed: int = 1
    most: int = 30
    plantings: int = 2
    measured: int = 4
    curated: float = 2.0
    lone: float = 0.5
    grafted: float = 0.4
    changed: float = 0.03
    dropout: float = 0.1
    steps: int = 1500
    members: int = 4
    further: int = 600
    batch: int = 64
    rate: float = 3e-3
    geometry: float = 0.2


@dataclass(frozen=True, slots=True)
class Material:
    """Hairpins to learn from.

    Attributes:
        examples: n of them.
        weights: How often each is drawn, (n,).
    """

    examples: Sequence[Example]
    weights: Floats

    @property
    def sha256(self) -> str:
        """The checksum of hairpins, bounds of their arms, and weights."""
        rows = zip(self.examples, self.weights.tolist(), strict=True)
        return sha256(
            f"{each.hairpin.sequence} {each.bounds} {weight:.6g}\n".encode() for each, weight in rows
        )


def material(truth: Truth, settings: ArmSettings, folds: Sequence[int] = LEARNT) -> Material:
    """What is learnt from: what is listed with flanks, human genes with real ones, and grafts.

    Args:
        truth: All that is known.
        settings: How many of a family, and what they weigh.
        folds: Of the families.
    """
    found: list[Example] = []
    drawn = truth.drawn(folds, settings.seed, settings.most)
    drawn = np.concatenate([drawn, truth.of_folds(truth.primaries, folds)])
    grafts = truth.grafts(folds, settings.seed, settings.most)
    for number in range(settings.plantings):
        found += truth.plant(drawn.tolist(), settings.seed + number, True, () if number else grafts)
    names = truth.names.tolist()
    listed = attestation(truth.precursors, names, settings.curated, settings.lone)
    of_grafts = np.full(len(grafts), settings.curated * settings.grafted)
    origins = [each.origin for each in found]
    precursors = [*truth.precursors, *(each.precursor for each in grafts)]
    weights = np.concatenate([listed, of_grafts])[origins]
    return Material(found, shares(weights, [precursors[row] for row in origins]))


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
        known: The hairpins.
        settings: How many a batch, how much of them changes, and the seed of the draws.
    """

    def __init__(self, network: ArmNetwork, known: Material, settings: ArmSettings) -> None:
        super().__init__(settings.seed)
        self._network, self._batch, self._changed = network, settings.batch, settings.changed
        self._views, self._bounds = encoded(known.examples), [each.bounds for each in known.examples]
        self._lengths = np.array([len(view) for view in self._views])
        self._share = known.weights / known.weights.sum()
        self._drawn = np.zeros((GROUPED, self._batch), np.int64)

    def loss(self, step: int) -> Tensor:
        """Cross-entropy of each known boundary over the positions."""
        if step % GROUPED == 0:
            drawn = self.random.choice(len(self._views), size=GROUPED * self._batch, p=self._share)
            drawn = drawn[np.argsort(self._lengths[drawn], kind="stable")]
            self._drawn = self.random.permutation(drawn.reshape(GROUPED, self._batch))
        rows = self._drawn[step % GROUPED].tolist()
        views = [self._changed_view(self._views[row]) for row in rows]
        symbols, facing, places = (torch.from_numpy(a) for a in pad(views))
        lengths = self._lengths[rows]
        bounds = [self._bounds[row] for row in rows]
        wanted = torch.from_numpy(targets(bounds, lengths, symbols.shape[1]))
        logits = self._network(symbols, facing, places, torch.from_numpy(lengths))
        return -(torch.log_softmax(logits, 2) * wanted).sum() / wanted.sum().clamp(min=1)

    def _changed_view(self, view: Positions) -> Positions:
        return replace(view, symbols=mutated(view, self.random, self._changed))

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator, and the batches drawn together."""
        return {**super().state_dict(), "drawn": torch.from_numpy(self._drawn)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        super().load_state_dict(state)
        self._drawn = state["drawn"].numpy()


def train(folder: Path, out: Path, settings: ArmSettings, stage: Stage, command: str) -> Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder.
        settings: What decides the weights.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card as written.
    """
    stage("planting and folding", 0)
    truth = Truth.read(folder)
    learnt = material(truth, settings)
    test = measured(truth, settings)
    steps = settings.steps + (settings.members - 1) * settings.further
    network = learn(learnt, settings, out / RUNS, stage("network", steps))
    errors = start_errors(test, predicted(network, test), geometry_of(network))
    figures = {
        "starts_within_2_nt_unseen_families": {
            "both_arms": share_close(errors),
            "arm_5p": share_close(errors[:, 0]),
            "arm_3p": share_close(errors[:, 1]),
            "hairpins": len(test),
        },
    }
    counts = {"training": len(learnt.examples), "test": len(test)}
    card = Card(
        KIND,
        ARCHITECTURE,
        config={"members": settings.members},
        encoding=DESCRIPTION,
        metrics=figures,
        provenance=_made_of(command, settings, learnt, counts),
    )
    return checkpoint.save(out, card, network.state_dict())


def measured(truth: Truth, settings: ArmSettings) -> list[Example]:
    """Hairpins of families that are held out."""
    rows = truth.drawn([TEST_FOLD], settings.seed + 2, settings.measured)
    return truth.plant(rows.tolist(), settings.seed + 2)


def _made_of(command: str, settings: ArmSettings, learnt: Material, counts: dict[str, int]) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    data = {
        "precursors": f"those with at least {OWN_FLANK} nt of their own beyond their arms, human genes with "
        "real flanks, and those of MirGeneDB between the flanks of others; families of fold "
        f"{TEST_FOLD} held out for tests",
        "hairpins": counts,
    }
    trained_on = "precursors of scan/ with known arms, planted in genomes/" + HOST
    return provenance(command, trained_on, learnt.sha256, settings=asdict(settings), data=data)


def _identity(settings: ArmSettings, learnt: Material) -> dict[str, Any]:
    """What a member depends on: how many follow does not count, so that a training can be given more."""
    told = asdict(settings) | {"data_sha256": learnt.sha256}
    del told["members"]
    return told


def learn(learnt: Material, settings: ArmSettings, runs: Path | None, watch: Watch) -> ArmNetworks:
    """The networks with their geometry.

    Args:
        learnt: Hairpins to learn from.
        settings: How.
        runs: The folder of the states that a training goes on from; None keeps none.
        watch: Called with the steps done since the last call.

    Raises:
        TrainingError: The loss is no longer finite, or a state is that of another training.
    """
    torch.manual_seed(settings.seed)
    network = ArmNetwork(dropout=settings.dropout)
    batches = ArmBatches(network, learnt, settings)
    found = ArmNetworks(settings.members)
    for number, member in enumerate(found.members):
        torch.manual_seed(settings.seed + number)
        identity = _identity(settings, learnt) | {"member": number}
        kept = StateFile(runs / f"arms-{number}.safetensors", identity) if runs else None
        cycle = Cycle(settings.further if number else settings.steps, settings.rate, clip=1.0)
        one_cycle(network, batches, cycle, kept, watch)
        member.load_state_dict(network.state_dict())
    lengths, ends = count_geometry(learnt.examples)
    found.lengths.copy_(torch.from_numpy(lengths))
    found.overhangs.copy_(torch.from_numpy(ends))
    found.weight.fill_(settings.geometry)
    return found.eval()
