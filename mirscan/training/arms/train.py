"""How the model of the mature arms is trained, top to bottom.

1. Plant precursors with known arms in a genome; sieve and fold them as the scan would. Only those with flanks
   of their own: one that is cut where its arm ends shows where, because a random flank does not pair on.
2. Train a network to say at each base how likely it is the first or the last of the 5′ or the 3′ arm.
3. Count lengths and overhangs of the arms, and choose by unseen families how much they count in decoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.encoding.positions import DESCRIPTION, Positions, encode, opposite, pad
from mirscan.errors import TrainingError
from mirscan.folding.dot_bracket import pair_table
from mirscan.models.arms import ArmNetwork
from mirscan.scoring import checkpoint
from mirscan.scoring.arm_decoding import LONGEST, SHORTEST, WIDEST, Geometry, decode, overhangs
from mirscan.scoring.arms import KIND, geometry_of, log_probabilities
from mirscan.scoring.checkpoint import Card
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.arms.data import OWN_FLANK, Bounds, Example, Interval, examples, own_flank, read_arms
from mirscan.training.scan import precursors as known
from mirscan.training.scan.data import known_stretches

ARCHITECTURE = "facing"
GROUND = "hsa_chr3_42-44M"
FOLDS, TEST_FOLD, CHOICE_FOLD = 5, 0, 1
CLOSE = 2  # nt; a start that is off by no more counts as found
OUTSIDE = 6  # nt; an arm that begins so far outside its hairpin is learnt as beginning at its end
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # tried for the geometry
SMOOTH = (0.1, 0.8, 0.1)  # target before, at and after a boundary: databases are a base off now and then
GROUPED = 16  # batches of one draw, sorted by length together

Floats = NDArray[np.float64]
Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Options:
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
        ground: Real background to plant them in.
    """

    precursors: Sequence[known.Precursor]
    arms: dict[str, tuple[Interval | None, Interval | None]]
    rows: NDArray[np.int64]
    families: Sequence[str]
    fold: NDArray[np.int64]
    ground: str

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """From the data folder: `scan/` and `genomes/`."""
        precursors, arms = known.read_precursors(folder / "scan"), read_arms(folder / "scan")
        families = np.array(known.merged_families(precursors))
        flanks = np.array([own_flank(len(one.sequence), *arms[one.sequence]) for one in precursors])
        rows = np.flatnonzero(flanks >= OWN_FLANK)
        fold = np.array([known.fold_of(family) for family in families[rows].tolist()])
        ground = known_stretches(folder / "genomes" / GROUND)
        return cls(precursors, arms, rows, families[rows].tolist(), fold, ground)

    def plant(
        self, folds: Sequence[int], seed: int, most: int, workers: int, cache: Path, jitter: bool = False
    ) -> list[Example]:
        """Precursors of some folds, at most so many of a family, as the scan finds them."""
        mine = np.flatnonzero(np.isin(self.fold, folds))
        families = [self.families[row] for row in mine.tolist()]
        drawn = known.balanced(families, most, np.random.default_rng(seed))
        some = self.rows[mine[drawn]].tolist()
        settings = SieveSettings()
        return examples(
            self.precursors, some, self.arms, self.ground, settings, seed, workers, cache, jitter=jitter
        )


def encoded(some: Sequence[Example]) -> list[Positions]:
    """The network's view of the hairpins."""
    return [encode(one.hairpin.sequence, one.hairpin.structure) for one in some]


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


def fit(
    network: ArmNetwork, some: Sequence[Example], options: Options, watch: Callable[[int], object]
) -> None:
    """Train in place: AdamW, one cycle of the rate, batches of similar length.

    Raises:
        TrainingError: The loss is no longer finite.
    """
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    views, bounds = encoded(some), [one.bounds for one in some]
    lengths = np.array([len(view) for view in views])
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, options.steps, pct_start=0.1)
    network.train()
    for step in range(options.steps):
        if step % GROUPED == 0:
            drawn = random.integers(len(views), size=GROUPED * options.batch)
            drawn = drawn[np.argsort(lengths[drawn], kind="stable")]
            batches = random.permutation(drawn.reshape(GROUPED, options.batch))
        rows = batches[step % GROUPED].tolist()
        loss = _loss(network, [views[row] for row in rows], [bounds[row] for row in rows])
        if not torch.isfinite(loss):
            raise TrainingError(f"step {step}", "the loss is not finite", hint="Try a lower rate.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        watch(1)
    network.eval()


def _loss(network: ArmNetwork, views: Sequence[Positions], bounds: Sequence[Bounds]) -> Tensor:
    """Cross-entropy of each known boundary over the positions."""
    symbols, facing, places = (torch.from_numpy(array) for array in pad(views))
    lengths = np.array([len(view) for view in views])
    wanted = torch.from_numpy(targets(bounds, lengths, symbols.shape[1]))
    logits = network(symbols, facing, places, torch.from_numpy(lengths))
    return -(torch.log_softmax(logits, 2) * wanted).sum() / wanted.sum().clamp(min=1)


def count_geometry(some: Sequence[Example]) -> tuple[Floats, Floats]:
    """Log-probabilities of lengths (2, 9) and overhangs (2, 21), each count one higher than found."""
    lengths = np.ones((2, LONGEST - SHORTEST + 1))
    ends = np.ones((2, 2 * WIDEST + 1))
    for one in some:
        five, three = (np.array([one.bounds[i], one.bounds[i + 1] + 1]) for i in (0, 2))
        size = len(one.hairpin)
        inside = [arm[0] >= 0 and arm[1] <= size for arm in (five, three)]
        for arm, (there, (start, end)) in enumerate(zip(inside, (five, three), strict=True)):
            if there and SHORTEST <= end - start <= LONGEST:
                lengths[arm, end - start - SHORTEST] += 1
        if all(inside):
            found = overhangs(five, three, opposite(pair_table(one.hairpin.structure)))
            for side, overhang in enumerate(found):
                ends[side, int(overhang) + WIDEST] += 1
    return np.log(lengths / lengths.sum(1, keepdims=True)), np.log(ends / ends.sum(1, keepdims=True))


def start_errors(
    some: Sequence[Example], boundaries: Sequence[Floats], geometry: Geometry
) -> NDArray[np.float64]:
    """Predicted minus true first base of the 5′ and the 3′ arm, nt, (n, 2); NaN where the truth is unknown.

    A hairpin too short for two arms is infinitely far off.
    """
    errors = np.full((len(some), 2), np.nan)
    for row, (one, values) in enumerate(zip(some, boundaries, strict=True)):
        arms = decode(values, opposite(pair_table(one.hairpin.structure)), geometry)
        for arm, boundary in enumerate((0, 2)):
            if one.bounds[boundary] >= -len(one.hairpin):
                errors[row, arm] = arms[arm][0] - one.bounds[boundary] if arms else np.inf
    return errors


def share_close(errors: NDArray[np.float64]) -> float:
    """Share of the known starts that are off by no more than `CLOSE`."""
    there = errors[~np.isnan(errors)]
    return float((np.abs(there) <= CLOSE).mean())


def choose_weight(network: ArmNetwork, some: Sequence[Example]) -> dict[str, float]:
    """Set how much the geometry counts; the share of close starts by the weights tried."""
    boundaries = predicted(network, some)
    told = geometry_of(network)
    shares = {
        weight: share_close(start_errors(some, boundaries, Geometry(told.lengths, told.overhangs, weight)))
        for weight in WEIGHTS
    }
    network.weight.fill_(max(shares, key=lambda weight: shares[weight]))
    return {f"{weight:g}": share for weight, share in shares.items()}


def predicted(network: ArmNetwork, some: Sequence[Example], batch: int = 64) -> list[Floats]:
    """The log-probabilities of the boundaries of each hairpin, in order."""
    views = encoded(some)
    order = sorted(range(len(views)), key=lambda row: len(views[row]))
    found: dict[int, Floats] = {}
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        values = log_probabilities(network, [views[row] for row in rows], torch.device("cpu"))
        found.update(zip(rows, values, strict=True))
    return [found[row] for row in range(len(views))]


def train(
    folder: Path, out: Path, options: Options, workers: int, cache: Path, stage: Stage, command: str
) -> Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder.
        options: What decides the weights.
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
    training = truth.plant(others, options.seed, options.most, workers, cache, jitter=True)
    choice = truth.plant([CHOICE_FOLD], options.seed + 1, options.measured, workers, cache)
    test = truth.plant([TEST_FOLD], options.seed + 2, options.measured, workers, cache)
    network = learn(training, options, stage)
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
        provenance=provenance(command, options, counts),
    )
    return checkpoint.save(out, card, network.state_dict())


def learn(training: Sequence[Example], options: Options, stage: Stage) -> ArmNetwork:
    """The network with its geometry, whose weight is still to be chosen."""
    torch.manual_seed(options.seed)
    network = ArmNetwork()
    fit(network, training, options, stage("network", options.steps))
    lengths, ends = count_geometry(training)
    network.lengths.copy_(torch.from_numpy(lengths))
    network.overhangs.copy_(torch.from_numpy(ends))
    return network


def provenance(command: str, options: Options, counts: dict[str, int]) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    return {
        "command": command,
        "trained_on": "precursors of scan/ with known arms, planted in genomes/" + GROUND,
        "settings": asdict(options),
        "data": {
            "precursors": f"those with at least {OWN_FLANK} nt of their own beyond their arms; families of "
            f"fold {TEST_FOLD} held out for tests, of fold {CHOICE_FOLD} to choose the geometry's weight",
            "hairpins": counts,
        },
        "versions": {name: version(name) for name in ("mirscan", "torch", "viennarna")},
    }
