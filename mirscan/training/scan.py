"""How the model behind `scan` is trained, top to bottom.

1. Sieve the genomes; plant precursors in them and sieve those. Candidates carry the sieve's own structure;
   fold them as well: each is shown both ways.
2. Train the members of the ensemble, which differ by their seeds alone. What a batch holds is chosen by what
   the network last said of it (`scan_draw.py`), and changed a little (`scan_augment.py`).
3. Calibrate on folded precursors and background that no member has seen, at the prevalence of precursors
   among candidates.
4. Teach the looks, small networks that rule out most candidates at little cost (`looks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan import checkpoint
from mirscan.checkpoint import Card
from mirscan.encoding.duplex import DESCRIPTION, Duplexes, concatenate
from mirscan.models.duplex_ensemble import ANIMAL, PLANT, DuplexEnsemble
from mirscan.sieve import SieveSettings
from mirscan.training import looks
from mirscan.training import precursors as known
from mirscan.training import scan_data as data
from mirscan.training.precursors import Precursor
from mirscan.training.scan_calibration import best_of_each, calibrate, joined, lowest_of_hits
from mirscan.training.scan_data import Examples
from mirscan.training.scan_draw import Lessons, lessons, numbered
from mirscan.training.scan_fit import fit, kind_logits, standardise
from mirscan.training.scan_folds import folded

KIND, ARCHITECTURE = "scan", "duplex-ensemble"
HELD_OUT = ("hsa_chr20_0-7.39M", "sce_R64", "eco_K12", "ebv")
TRAINING = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_chr22_470kb", "cel_chrI_1Mb", "cel_start",
    "cel_chrIII_1-2M", "dme_chr4", "ath_1pct", "ath_1Mb", "hsv1", "vzv",
)  # fmt: skip
HUMAN = "hsa"
TEST_FOLD, CALIBRATION_FOLD = 0, 1
MOST = 12  # precursors of one family that test and calibrate
STRETCH = 100_000  # nt; every fifth stretch of the training genomes is kept for calibration
LOWEST = 0.01  # score from which on the first look answers for its losses
FALSE_PER_MB = 1.0  # of human kept for calibration, at the lowest score of a hit
OTHER_OF_A_KIND = 700  # RNAs of a class that is no precursor
EBV_WORD = 15  # nt; no precursor that shares so many with one of EBV is seen

SHAPE: dict[str, Any] = {"width": 64, "heads": 4, "hidden": 96}

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the weights, with the data.

    Attributes:
        seed: Of all draws.
        most: Precursors of one family that are learnt from.
        plantings: Times that each is planted.
        members: Networks that score together.
        steps: Batches for each of them.
        shape: Configuration of each.
        prevalence: Precursors among candidates, at which the score is a probability.
    """

    seed: int = 1
    most: int = 40
    plantings: int = 2
    members: int = 2
    steps: int = 2600
    shape: dict[str, Any] = field(default_factory=lambda: dict(SHAPE))
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
    """What one run learns from and is calibrated on, as the sieve saw it.

    Attributes:
        precursors: Planted training precursors.
        calibration: Planted precursors of the calibration fold.
        background: Background to train on.
        unseen: Background kept for calibration.
        genome: int64, where each row of it lies, by its place in `TRAINING`.
        human: Human sequence that it was found in, Mb.
        other: Planted RNAs that are no precursors.
    """

    precursors: Examples
    calibration: Examples
    background: Examples
    unseen: Examples
    genome: Rows
    human: float
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
    chosen = known.balanced(families, MOST, np.random.default_rng(options.seed))
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
    seen = known.balanced(truth.families, options.most, np.random.default_rng(options.seed))
    training = seen[~np.isin(truth.fold[seen], (TEST_FOLD, CALIBRATION_FOLD))]
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
        np.repeat(np.arange(len(grounds)), [away.sum() for away in unseen]),
        sum(
            data.megabases(genome) * away.mean()
            for genome, away in zip(genomes, unseen, strict=True)
            if genome.name.startswith(HUMAN)
        ),
        plant(some, others, options.seed + 2),
    )


def taught(material: Material, truth: Truth, cache: Path, stage: Stage) -> Lessons:
    """What the members learn from: every candidate as the sieve saw it, and folded."""

    def both_ways(part: Examples, name: str) -> Duplexes:
        return concatenate([part.drafts, folded(part, cache, stage(f"folding {name}", len(part)))])

    precursors = material.precursors
    return lessons(
        both_ways(precursors, "precursors"),
        np.tile(kinds_of(precursors, truth), 2),
        np.tile(numbered([precursors.origin]), 2),
        both_ways(material.other, "other RNA"),
        both_ways(material.background, "background"),
    )


def kinds_of(examples: Examples, truth: Truth) -> Rows:
    """The kind of the precursor of each planted candidate: ANIMAL or PLANT."""
    plants = np.array([one.plant for one in truth.precursors])
    kinds: Rows = np.where(plants[examples.origin], PLANT, ANIMAL)
    return kinds


def train_members(material: Lessons, options: Options, stage: Stage) -> DuplexEnsemble:
    """The networks, trained and not calibrated."""
    torch.manual_seed(options.seed)
    ensemble = DuplexEnsemble([options.shape] * options.members)
    for number, member in enumerate(ensemble.networks()):
        classes = [material.examples.take(np.flatnonzero(material.role == role)) for role in (0, 2)]
        standardise(member, classes)
        watch = stage(f"network {number + 1} of {options.members}", options.steps)
        fit(member, material, options.steps, options.seed + number, watch=watch)
    return ensemble


def train(
    folder: Path, out: Path, options: Options, cache: Path, stage: Stage, command: str
) -> checkpoint.Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder.
        options: What decides the weights.
        cache: Where sieved genomes, planted precursors and folds are kept: an interrupted run finds them.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card as written.
    """
    settings = SieveSettings()
    truth = read_truth(folder / "scan", options, words_of_loci(folder / "genomes" / "ebv"))
    material = gather(folder, truth, options, cache, settings)
    network = train_members(taught(material, truth, cache, stage), options, stage)
    figures = calibrated(network, material, truth, options, cache, stage)
    made_of = provenance(command, options, material)
    config = {"members": [options.shape] * options.members}
    card = Card(KIND, ARCHITECTURE, config, DESCRIPTION, figures, made_of)
    written = checkpoint.save(out, card, network.state_dict())
    look_at(out, network, material, options, stage, command)
    return written


def look_at(
    out: Path, network: DuplexEnsemble, material: Material, options: Options, stage: Stage, command: str
) -> None:
    """Make the looks that go with the network: small ones that tell what is worth its time."""
    seen = {"background": material.background, "precursors": material.precursors}
    unseen = {"background": material.unseen, "precursors": material.calibration}
    looks.train(out, network, seen, unseen, options.seed, stage, command)


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


def calibrated(
    network: DuplexEnsemble, material: Material, truth: Truth, options: Options, cache: Path, stage: Stage
) -> dict[str, Any]:
    """Calibrate on the material kept for it; what that was, for the card."""
    precursors, background = (
        kind_logits(network, folded(part, cache), stage(f"scoring {name}", len(part)))
        for part, name in (
            (material.calibration, "precursors to calibrate"),
            (material.unseen, "background to calibrate"),
        )
    )
    kinds = kinds_of(material.calibration, truth)
    calibrate(
        network, *best_of_each(precursors, kinds, material.calibration.origin), background, options.prevalence
    )
    scale, shift = (float(value) for value in network.calibration)
    human = np.flatnonzero([TRAINING[genome].startswith(HUMAN) for genome in material.genome])
    scores = 1 / (1 + np.exp(-scale * joined(network, background[human]) - shift))
    place = material.genome[human]
    lowest = lowest_of_hits(material.unseen.take(human), place, scores, material.human, FALSE_PER_MB)
    return {
        "min_score": round(lowest, 3),
        "first look": {"lowest score": LOWEST},
        "calibration": {"prevalence": options.prevalence, "scale": scale, "shift": shift},
    }
