"""How the model behind `scan` is trained, top to bottom.

1. Sieve the genomes; plant precursors in them and sieve those. Candidates carry the sieve's own structure.
2. Train a draft network on these: all background, no fold needed. Mine: rank the background, and train on
   with what ranks high.
3. Fold by ViennaRNA the precursors, the background that the draft ranks highest, and a random sample of the
   rest, which stands for it with a weight.
4. Train the draft network on with the folds, into the one that is shipped; mine once more among them.
5. Calibrate it on families and stretches of genome that it has not seen, at the prevalence of precursors
   among candidates.
6. Measure it on further families, in genomes of which it has seen nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan import checkpoint
from mirscan.checkpoint import Card
from mirscan.encoding.duplex import DESCRIPTION, Duplexes, encode
from mirscan.models.duplex import DuplexNetwork
from mirscan.sieve import SieveSettings
from mirscan.training import scan_data as data
from mirscan.training.folds import Fold, fold_all
from mirscan.training.scan_data import Examples, Precursor
from mirscan.training.scan_fit import Pool, fit, raw_logits, standardise

KIND, DRAFT, ARCHITECTURE = "scan", "draft", "duplex"
HELD_OUT = ("hsa_chr20_0-7.39M", "sce_R64", "eco_K12", "ebv")
TRAINING = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_chr22_470kb", "cel_chrI_1Mb", "cel_start",
    "cel_chrIII_1-2M", "dme_chr4", "ath_1pct", "ath_1Mb", "hsv1", "vzv",
)  # fmt: skip
TEST_FOLD, CALIBRATION_FOLD = 0, 1
STRETCH = 100_000  # nt; every fifth stretch of the training genomes is kept for calibration
DECIDE_DRAFT = ("seed", "most", "plantings", "draft_steps", "hard")
OTHER_OF_A_KIND = 700  # RNAs of a class that is no precursor
MINED_RATE = 1.5e-3  # peak, of a network that goes on with mined background
EBV_WORD = 15  # nt; no precursor that shares so many with one of EBV is seen

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the weights, with the data.

    Attributes:
        seed: Of all draws.
        most: Precursors of one family that are planted.
        plantings: Times that each is planted.
        draft_steps: Batches of the draft network, before and after its mining.
        steps: Batches of the network, before and after its mining.
        hard: Background that the draft ranks highest, folded.
        sampled: Background folded of the rest.
        prevalence: Precursors among candidates, at which the score is a probability.
    """

    seed: int = 1
    most: int = 12
    plantings: int = 2
    draft_steps: tuple[int, int] = (2000, 2000)
    steps: tuple[int, int] = (6000, 5000)
    hard: int = 20_000
    sampled: int = 12_000
    prevalence: float = 1e-3


@dataclass(frozen=True, slots=True)
class Truth:
    """The precursors and how they are split.

    Attributes:
        precursors: All that may be used.
        families: The merged family of each.
        fold: int64 (n,), the fold of its family.
        chosen: Rows with at most so many of each family.
    """

    precursors: Sequence[Precursor]
    families: Sequence[str]
    fold: Rows
    chosen: Rows

    def rows(self, *folds: int) -> Rows:
        """The chosen rows of some folds."""
        return self.chosen[np.isin(self.fold[self.chosen], folds)]


@dataclass(frozen=True, slots=True)
class Material:
    """What one run learns from and is calibrated on, before any fold by ViennaRNA.

    Attributes:
        precursors: Planted training precursors.
        calibration: Planted precursors of the calibration fold.
        background: Background to train on.
        unseen: Background kept for calibration.
        other: Planted RNAs that are no precursors.
    """

    precursors: Examples
    calibration: Examples
    background: Examples
    unseen: Examples
    other: Examples


def read_truth(folder: Path, options: Options, exclude: frozenset[str]) -> Truth:
    """The precursors of the scan set without those whose family shares a word with `exclude`.

    Args:
        folder: The scan set.
        options: Seed and most of a family.
        exclude: Words of `EBV_WORD` nt.
    """
    everything = data.read_precursors(folder)
    touched = {row.family for row in everything if data.words(row.sequence, EBV_WORD) & exclude}
    rows = [row for row in everything if row.family not in touched]
    families = data.merged_families(rows)
    fold = np.array([data.fold_of(family) for family in families])
    chosen = data.balanced(families, options.most, np.random.default_rng(options.seed))
    return Truth(rows, families, fold, chosen)


def words_of_loci(folder: Path, length: int = EBV_WORD) -> frozenset[str]:
    """All words of a length in the known precursors of a genome."""
    sequences = data.known_sequences(folder)
    return frozenset().union(*(data.words(sequence, length) for sequence in sequences))


def gather(folder: Path, truth: Truth, options: Options, cache: Path, settings: SieveSettings) -> Material:
    """Sieve the training genomes and plant precursors in them; all from the cache where it is there."""
    genomes = [folder / "genomes" / name for name in TRAINING]
    grounds = [data.background(genome, settings, cache) for genome in genomes]
    unseen = [ground.start // STRETCH % 5 == 0 for ground in grounds]
    training = truth.rows(*(fold for fold in range(5) if fold not in (TEST_FOLD, CALIBRATION_FOLD)))
    flanked = np.array([row for row in training if truth.precursors[row].source == "flanked"], dtype=np.int64)
    others = data.read_other(folder / "scan")
    some = data.balanced([one.source for one in others], OTHER_OF_A_KIND, np.random.default_rng(options.seed))

    def plant(rows: Rows, precursors: Sequence[Precursor], seed: int) -> Examples:
        return data.planted_once(precursors, rows, genomes, settings, seed, cache)

    return Material(
        plant(np.concatenate([training, flanked] * options.plantings), truth.precursors, options.seed),
        plant(truth.rows(CALIBRATION_FOLD), truth.precursors, options.seed + 1),
        data.joined(ground.take(np.flatnonzero(~away)) for ground, away in zip(grounds, unseen, strict=True)),
        data.joined(ground.take(np.flatnonzero(away)) for ground, away in zip(grounds, unseen, strict=True)),
        plant(some, others, options.seed + 2),
    )


def train_draft(material: Material, options: Options, stage: Stage) -> DuplexNetwork:
    """The network that ranks background by the sieve's own structures."""
    torch.manual_seed(options.seed)
    network = DuplexNetwork()
    first, second = options.draft_steps
    precursors, other, background = (
        part.drafts for part in (material.precursors, material.other, material.background)
    )
    pools = [Pool(precursors, 1, 0.25), Pool(other, 0, 0.05), Pool(background, 0, 0.7)]
    standardise(network, pools)
    fit(network, pools, first, options.seed, watch=stage("draft", first))
    logits = raw_logits(network, background, stage("ranking background", len(background)))
    hard = background.take(np.argsort(-logits, kind="stable")[: 2 * options.hard])
    mined = [Pool(precursors, 1, 0.25), Pool(other, 0, 0.05), Pool(background, 0, 0.3), Pool(hard, 0, 0.4)]
    fit(network, mined, second, options.seed + 1, MINED_RATE, stage("draft, mined", second))
    return network


def folded(examples: Examples, workers: int, cache: Path, stage: Stage, name: str) -> Duplexes:
    """Encode candidates with their folds by ViennaRNA."""
    letters = examples.letters()

    def shown(chunks: Iterable[list[Fold]], count: int) -> Iterable[list[Fold]]:
        step = stage(f"folding {name}", count)
        for chunk in chunks:
            step(1)
            yield chunk

    folds = fold_all(letters, workers, cache, shown)
    return encode(letters, [structure for structure, _ in folds], [energy for _, energy in folds])


def worth_folding(logits: Floats, hard: int, sampled: int, seed: int) -> tuple[Rows, Floats]:
    """The highest of the ranked rows, and a random sample of the rest.

    Returns:
        Rows, the `hard` highest first, and how many rows each stands for.
    """
    order = np.argsort(-logits, kind="stable")
    rest = np.random.default_rng(seed).permutation(order[hard:])[:sampled]
    weight = (len(order) - hard) / max(1, len(rest))
    weights = np.concatenate([np.ones(min(hard, len(order))), np.full(len(rest), weight)])
    return np.concatenate([order[:hard], rest]), weights


def train_network(
    network: DuplexNetwork,
    precursors: Duplexes,
    other: Duplexes,
    background: Duplexes,
    hard: int,
    options: Options,
    stage: Stage,
) -> None:
    """Train the network that is shipped, in place, on folds.

    Args:
        network: The draft network, which goes on: the same columns, better paired.
        precursors: Planted precursors.
        other: Planted RNAs that are none.
        background: Folded background, the first `hard` rows those that the draft ranks highest.
        hard: How many.
        options: Steps and seed.
        stage: Shows how far it is.
    """
    rows = np.arange(len(background))
    high, rest = background.take(rows[:hard]), background.take(rows[hard:])
    first, second = options.steps
    pools = [
        Pool(precursors, 1, 0.25), Pool(other, 0, 0.07), Pool(rest, 0, 0.28), Pool(high, 0, 0.4),
    ]  # fmt: skip
    standardise(network, pools)
    fit(network, pools, first, options.seed + 2, watch=stage("network", first))
    logits = raw_logits(network, background)
    hardest = background.take(np.argsort(-logits, kind="stable")[: hard // 4])
    pools = [
        Pool(precursors, 1, 0.25), Pool(other, 0, 0.05), Pool(rest, 0, 0.2), Pool(high, 0, 0.3),
        Pool(hardest, 0, 0.2),
    ]  # fmt: skip
    fit(network, pools, second, options.seed + 3, MINED_RATE, stage("network, mined", second))


def calibrate(
    network: DuplexNetwork, precursors: Floats, background: Floats, weights: Floats, prevalence: float
) -> None:
    """Set scale and shift of the logit (Platt) so that its sigmoid is a probability at `prevalence`.

    Args:
        network: Changed in place.
        precursors: Logits of precursors that it has not seen.
        background: Logits of background that it has not seen.
        weights: Candidates that each row of the background stands for.
        prevalence: Precursors among candidates, 0..1.
    """
    from sklearn.linear_model import LogisticRegression

    logits = np.concatenate([precursors, background])[:, None]
    labels = np.repeat([1, 0], [len(precursors), len(background)])
    share = np.concatenate(
        [np.full(len(precursors), prevalence / len(precursors)), (1 - prevalence) * weights / weights.sum()]
    )
    fitted = LogisticRegression(C=np.inf, max_iter=1000).fit(logits, labels, share * len(logits))
    values = [float(fitted.coef_[0, 0]), float(fitted.intercept_[0])]
    network.calibration.copy_(torch.tensor(values))


def train(
    folder: Path, out: Path, options: Options, workers: int, cache: Path, stage: Stage, command: str
) -> checkpoint.Card:
    """Rebuild the weights from the data: `OUT` is the network, `OUT/draft` the draft network.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder.
        options: What decides the weights.
        workers: Processes that fold.
        cache: Where sieved genomes, planted precursors and folds are kept: an interrupted run finds them.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card as written.
    """
    settings = SieveSettings()
    truth = read_truth(folder / "scan", options, words_of_loci(folder / "genomes" / "ebv"))
    material = gather(folder, truth, options, cache, settings)
    draft = _draft(out / "draft", material, options, stage)

    ranked = raw_logits(draft, material.background.drafts)
    rows, _ = worth_folding(ranked, options.hard, options.sampled, options.seed)
    parts = [material.precursors, material.other, material.background.take(rows)]
    precursors, other, background = (
        folded(part, workers, cache, stage, name)
        for part, name in zip(parts, ("precursors", "other RNA", "background"), strict=True)
    )
    network = deepcopy(draft)
    train_network(network, precursors, other, background, options.hard, options, stage)
    figures = _calibrated(network, draft, material, options, workers, cache, stage)
    provenance = {
        "command": command,
        "options": asdict(options),
        "data": {
            "precursors": "scan/precursors.tsv.gz and scan/flanked_precursors.tsv.gz without every family of "
            f"which one member shares {EBV_WORD} nt with a precursor of EBV; families of fold {TEST_FOLD} "
            f"held out for tests, of fold {CALIBRATION_FOLD} for calibration",
            "genomes": list(TRAINING),
            "genomes held out": list(HELD_OUT),
            "precursor candidates": len(precursors),
            "background candidates": {"drafted": len(material.background), "folded": len(background)},
            "other RNA candidates": len(other),
        },
        "versions": {name: version(name) for name in ("mirscan", "torch", "viennarna")},
    }
    card = Card(KIND, ARCHITECTURE, encoding=DESCRIPTION, metrics=figures, provenance=provenance)
    return checkpoint.save(out, card, network.state_dict())


def _draft(folder: Path, material: Material, options: Options, stage: Stage) -> DuplexNetwork:
    """The draft network of an interrupted run with the same options, or a new one."""
    made_of = {name: value for name, value in asdict(options).items() if name in DECIDE_DRAFT}
    made_of["draft_steps"] = list(options.draft_steps)
    if (folder / checkpoint.CARD).exists():
        card, state = checkpoint.load(folder, DRAFT)
        if card.provenance == made_of:
            network = DuplexNetwork()
            network.load_state_dict(state)
            return network
    network = train_draft(material, options, stage)
    card = Card(DRAFT, ARCHITECTURE, encoding=DESCRIPTION, provenance=made_of)
    checkpoint.save(folder, card, network.state_dict())
    return network


def _calibrated(
    network: DuplexNetwork,
    draft: DuplexNetwork,
    material: Material,
    options: Options,
    workers: int,
    cache: Path,
    stage: Stage,
) -> dict[str, Any]:
    """Calibrate on the material kept for it; what that was."""
    ranked = raw_logits(draft, material.unseen.drafts)
    rows, weights = worth_folding(ranked, options.hard // 5, options.sampled // 5, options.seed)
    parts = (
        (material.calibration, "precursors to calibrate"),
        (material.unseen.take(rows), "background to calibrate"),
    )
    precursors, background = (
        raw_logits(network, folded(part, workers, cache, stage, name)) for part, name in parts
    )
    calibrate(network, precursors, background, weights, options.prevalence)
    scale, shift = (float(value) for value in network.calibration)
    return {"calibration": {"prevalence": options.prevalence, "scale": scale, "shift": shift}}
