"""How the model behind `scan` is trained, top to bottom.

1. Sieve the genomes; plant precursors in them and sieve those. Candidates carry the sieve's own structure.
2. Train on all of them; no fold by ViennaRNA is needed. Mine: rank the background, and train on with what
   ranks high.
3. Fold precursors and background that the network has not seen: those that it ranks highest, and a random
   sample of the rest, which stands for it with a weight. Calibrate the network on the folds, at the
   prevalence of precursors among candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from mirscan.training import precursors as known
from mirscan.training import scan_data as data
from mirscan.training.folds import Fold, fold_all
from mirscan.training.precursors import Precursor
from mirscan.training.scan_data import Examples
from mirscan.training.scan_fit import Pool, calibrate, fit, raw_logits, standardise, worth_folding

KIND, ARCHITECTURE = "scan", "duplex"
HELD_OUT = ("hsa_chr20_0-7.39M", "sce_R64", "eco_K12", "ebv")
TRAINING = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_chr22_470kb", "cel_chrI_1Mb", "cel_start",
    "cel_chrIII_1-2M", "dme_chr4", "ath_1pct", "ath_1Mb", "hsv1", "vzv",
)  # fmt: skip
TEST_FOLD, CALIBRATION_FOLD = 0, 1
STRETCH = 100_000  # nt; every fifth stretch of the training genomes is kept for calibration
MIN_SCORE = 0.1  # of a hit: about ten false ones a Mb of human, see benchmarks/results/genome.json
WORTH, LOST = 0.01, 0.01  # the first look may lose one in 100 of the precursors that score as much on folds
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
        steps: Batches before mining, and after.
        mined: Background that the network ranks highest, of which it then sees more.
        folded: Background folded for the calibration: highest ranked, and sampled of the rest.
        prevalence: Precursors among candidates, at which the score is a probability.
    """

    seed: int = 1
    most: int = 12
    plantings: int = 2
    steps: tuple[int, int] = (1000, 1000)
    mined: int = 40_000
    folded: tuple[int, int] = (4000, 2400)
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
    everything = known.read_precursors(folder)
    touched = {row.family for row in everything if known.words(row.sequence, EBV_WORD) & exclude}
    rows = [row for row in everything if row.family not in touched]
    families = known.merged_families(rows)
    fold = np.array([known.fold_of(family) for family in families])
    chosen = known.balanced(families, options.most, np.random.default_rng(options.seed))
    return Truth(rows, families, fold, chosen)


def words_of_loci(folder: Path, length: int = EBV_WORD) -> frozenset[str]:
    """All words of a length in the known precursors of a genome."""
    sequences = data.known_sequences(folder)
    return frozenset().union(*(known.words(sequence, length) for sequence in sequences))


def gather(folder: Path, truth: Truth, options: Options, cache: Path, settings: SieveSettings) -> Material:
    """Sieve the training genomes and plant precursors in them; all from the cache where it is there."""
    genomes = [folder / "genomes" / name for name in TRAINING]
    grounds = [data.background(genome, settings, cache) for genome in genomes]
    unseen = [ground.start // STRETCH % 5 == 0 for ground in grounds]
    training = truth.rows(*(fold for fold in range(5) if fold not in (TEST_FOLD, CALIBRATION_FOLD)))
    flanked = np.array([row for row in training if truth.precursors[row].source == "flanked"], dtype=np.int64)
    others = known.read_other(folder / "scan")
    some = known.balanced(
        [one.source for one in others], OTHER_OF_A_KIND, np.random.default_rng(options.seed)
    )

    def plant(rows: Rows, precursors: Sequence[Precursor], seed: int) -> Examples:
        return data.planted_once(precursors, rows, genomes, settings, seed, cache)

    return Material(
        plant(np.concatenate([training, flanked] * options.plantings), truth.precursors, options.seed),
        plant(truth.rows(CALIBRATION_FOLD), truth.precursors, options.seed + 1),
        data.joined(ground.take(np.flatnonzero(~away)) for ground, away in zip(grounds, unseen, strict=True)),
        data.joined(ground.take(np.flatnonzero(away)) for ground, away in zip(grounds, unseen, strict=True)),
        plant(some, others, options.seed + 2),
    )


def train_network(material: Material, options: Options, stage: Stage) -> DuplexNetwork:
    """The network, trained on the sieve's own structures, not calibrated."""
    torch.manual_seed(options.seed)
    network = DuplexNetwork()
    first, second = options.steps
    precursors, other, background = (
        part.drafts for part in (material.precursors, material.other, material.background)
    )
    pools = [Pool(precursors, 1, 0.25), Pool(other, 0, 0.05), Pool(background, 0, 0.7)]
    standardise(network, pools)
    fit(network, pools, first, options.seed, watch=stage("network", first))
    logits = raw_logits(network, background, stage("ranking background", len(background)))
    hard = background.take(np.argsort(-logits, kind="stable")[: options.mined])
    mined = [Pool(precursors, 1, 0.25), Pool(other, 0, 0.05), Pool(background, 0, 0.3), Pool(hard, 0, 0.4)]
    fit(network, mined, second, options.seed + 1, MINED_RATE, stage("network, mined", second))
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


def train(
    folder: Path, out: Path, options: Options, workers: int, cache: Path, stage: Stage, command: str
) -> checkpoint.Card:
    """Rebuild the weights from the data.

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
    network = train_network(material, options, stage)
    figures = _calibrated(network, material, options, workers, cache, stage)
    made_of = provenance(command, options, material)
    card = Card(KIND, ARCHITECTURE, encoding=DESCRIPTION, metrics=figures, provenance=made_of)
    return checkpoint.save(out, card, network.state_dict())


def provenance(command: str, options: Options, material: Material) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    return {
        "command": command,
        "trained_on": "scan/ and background of genomes/",
        "options": asdict(options),
        "data": {
            "precursors": "scan/precursors.tsv.gz and scan/flanked_precursors.tsv.gz without every family of "
            f"which one member shares {EBV_WORD} nt with a precursor of EBV; families of fold {TEST_FOLD} "
            f"held out for tests, of fold {CALIBRATION_FOLD} for calibration",
            "genomes": list(TRAINING),
            "genomes held out": list(HELD_OUT),
            "precursor candidates": len(material.precursors),
            "background candidates": len(material.background),
            "other RNA candidates": len(material.other),
        },
        "versions": {name: version(name) for name in ("mirscan", "torch", "viennarna")},
    }


def _calibrated(
    network: DuplexNetwork,
    material: Material,
    options: Options,
    workers: int,
    cache: Path,
    stage: Stage,
) -> dict[str, Any]:
    """Calibrate on the material kept for it; what that was."""
    ranked = raw_logits(network, material.unseen.drafts)
    rows, weights = worth_folding(ranked, *options.folded, options.seed)
    parts = (
        (material.calibration, "precursors to calibrate"),
        (material.unseen.take(rows), "background to calibrate"),
    )
    precursors, background = (
        raw_logits(network, folded(part, workers, cache, stage, name)) for part, name in parts
    )
    calibrate(network, precursors, background, weights, options.prevalence)
    scale, shift = (float(value) for value in network.calibration)
    worth = 1 / (1 + np.exp(-scale * precursors - shift)) >= WORTH
    looked = raw_logits(network, material.calibration.drafts)[worth]
    return {
        "min_score": MIN_SCORE,
        "first look": {
            "cut": round(float(np.quantile(looked, LOST)), 2) if len(looked) else -1e9,
            "lowest score": WORTH,
        },
        "calibration": {"prevalence": options.prevalence, "scale": scale, "shift": shift},
    }
