"""How the model behind `scan` is trained, top to bottom.

1. Sieve the genomes; plant precursors in them and sieve those. Fold all candidates.
2. Train networks that differ by their seeds and by what they may see (`Scope`): some see neither the families
   nor the genomes that tests are made of, the others all but what calibrates. What a batch holds is chosen by
   what the network last said of it (`draw.py`), and changed a little (`training/scan/augment.py`).
3. Calibrate on folded precursors and background that no network has seen, at the prevalence of precursors
   among candidates.
4. Teach the looks, small networks that rule out most candidates at little cost (`prefilters.py`).

Two models come of it: the scan's, of all networks, and beside it the one that tests may be held against, of
the blind ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from mirscan.encoding.columns import DESCRIPTION, Columns
from mirscan.models.column_ensemble import ANIMAL, KINDS, PLANT, ColumnEnsemble
from mirscan.models.columns import ColumnNetwork
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan import prefilters as looks
from mirscan.training.scan.calibration import best_of_each, calibrate, joined, lowest_of_hits
from mirscan.training.scan.data import Examples
from mirscan.training.scan.draw import BACKGROUND, PRECURSOR, Lessons, lessons, numbered
from mirscan.training.scan.fit import fit, kind_logits, standardise
from mirscan.training.scan.folds import folded
from mirscan.training.scan.material import STRETCH, Material, Scope, Stage, ground
from mirscan.training.scan.precursors import Precursor

KIND, ARCHITECTURE = "scan", "duplex-ensemble"
HELD_OUT = ("hsa_chr20_0-7.39M", "sce_R64", "eco_K12", "ebv")
TRAINING = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_chr22_470kb", "cel_chrI_1Mb", "cel_start",
    "cel_chrIII_1-2M", "dme_chr4", "ath_1pct", "ath_1Mb", "hsv1", "vzv", "hsa_chr20_63Mb_mostlyN",
)  # fmt: skip
BLIND_TO = "ebv"  # never seen, nor any family like one of its precursors
HUMAN = "hsa"
TEST_FOLD, CALIBRATION_FOLD = 0, 1
MOST = 12  # precursors of one family that test and calibrate
LOWEST = 0.01  # score from which on the prefilters answer for their losses
FALSE_PER_MB = 2.0  # places of human kept for calibration, at the lowest score of a hit
OTHER_OF_A_KIND = 700  # RNAs of a class that is no precursor
BLIND_SUFFIX = "-held-out"  # of the name of the model that has not seen what tests are made of
EBV_WORD = 15  # nt; no precursor that shares so many with one of EBV is seen

SHAPE: dict[str, Any] = {"width": 64, "heads": 4, "hidden": 96}

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the weights, with the data.

    Attributes:
        seed: Of all draws.
        most: Precursors of one family that are learnt from.
        plantings: Times that each is planted.
        members: Networks of each scope.
        steps: Batches for each of them.
        shape: Configuration of each.
        prevalence: Precursors among candidates, at which the score is a probability.
    """

    seed: int = 1
    most: int = 40
    plantings: int = 2
    members: int = 4
    steps: int = 2000
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


BLIND = Scope((2, 3, 4), TRAINING)
WHOLE = Scope((TEST_FOLD, 2, 3, 4), (*TRAINING, *(name for name in HELD_OUT if name != BLIND_TO)))


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


def gather(folder: Path, truth: Truth, options: Options, cache: Path, stage: Stage, scope: Scope) -> Material:
    """Sieve and fold the genomes of a scope and plant its precursors; what the cache has is not made anew."""
    settings = SieveSettings()
    hosts = [folder / "genomes" / name for name in TRAINING]
    seen = known.balanced(truth.families, options.most, np.random.default_rng(options.seed))
    training = seen[np.isin(truth.fold[seen], scope.folds)]
    flanked = np.array([row for row in training if truth.precursors[row].source == "flanked"], dtype=np.int64)
    others = known.read_other(folder / "scan")
    some = known.balanced(
        [one.source for one in others], OTHER_OF_A_KIND, np.random.default_rng(options.seed)
    )

    def plant(rows: Rows, precursors: Sequence[Precursor], seed: int) -> Examples:
        return data.planted_once(precursors, rows, hosts, settings, seed, cache)

    return Material(
        plant(np.concatenate([training, flanked] * options.plantings), truth.precursors, options.seed),
        plant(truth.rows(CALIBRATION_FOLD), truth.precursors, options.seed + 1),
        [ground(folder / "genomes" / name, settings, cache, stage) for name in scope.genomes],
        plant(some, others, options.seed + 2),
    )


def taught(material: Material, truth: Truth, cache: Path, stage: Stage) -> Lessons:
    """What the networks learn from: folded candidates, as a scan scores them."""

    def folds(part: Examples, name: str) -> Columns:
        return folded(part, cache, stage(f"folding {name}", len(part)))

    precursors = material.precursors
    return lessons(
        folds(precursors, "precursors"),
        kinds_of(precursors, truth),
        numbered([precursors.origin]),
        folds(material.other, "other RNA"),
        material.background(kept=False)[1],
    )


def kinds_of(examples: Examples, truth: Truth) -> Rows:
    """The kind of the precursor of each planted candidate: ANIMAL or PLANT."""
    plants = np.array([one.plant for one in truth.precursors])
    kinds: Rows = np.where(plants[examples.origin], PLANT, ANIMAL)
    return kinds


def train_members(material: Lessons, options: Options, seed: int, stage: Stage) -> list[ColumnNetwork]:
    """The networks of one scope, trained and not calibrated; the first has this seed, the next the next."""
    classes = [
        material.examples.take(np.flatnonzero(material.role == role)) for role in (PRECURSOR, BACKGROUND)
    ]
    networks = []
    for number in range(options.members):
        torch.manual_seed(seed + number)
        network = ColumnNetwork(**options.shape, outputs=len(KINDS))
        standardise(network, classes)
        watch = stage(f"network {number + 1} of {options.members}", options.steps)
        fit(network, material, options.steps, seed + number, watch=watch)
        networks.append(network)
    return networks


def train(folder: Path, out: Path, options: Options, cache: Path, stage: Stage, command: str) -> Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder; that of the blind networks alone gets the same name with `BLIND_SUFFIX`.
        options: What decides the weights.
        cache: Where sieved genomes, planted precursors and folds are kept: an interrupted run finds them.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card of the scan's model as written.
    """
    truth = read_truth(folder / "scan", options, words_of_loci(folder / "genomes" / BLIND_TO))
    networks: list[ColumnNetwork] = []
    for scope, place in ((BLIND, out.with_name(out.name + BLIND_SUFFIX)), (WHOLE, out)):
        material = gather(folder, truth, options, cache, stage, scope)
        seed = options.seed + len(networks)
        networks += train_members(taught(material, truth, cache, stage), options, seed, stage)
        card = finish(place, networks, material, truth, options, cache, stage, command)
    return card


def finish(
    out: Path,
    networks: Sequence[ColumnNetwork],
    material: Material,
    truth: Truth,
    options: Options,
    cache: Path,
    stage: Stage,
    command: str,
) -> Card:
    """Make a model of trained networks: calibrate it, save it, and give it its looks."""
    config = {"members": [options.shape] * len(networks)}
    ensemble = ColumnEnsemble(**config)
    for member, network in zip(ensemble.networks(), networks, strict=True):
        member.load_state_dict(network.state_dict())
    figures = calibrated(ensemble, material, truth, options, cache, stage)
    made_of = provenance(command, options, material)
    card = Card(KIND, ARCHITECTURE, config, DESCRIPTION, figures, made_of)
    written = checkpoint.save(out, card, ensemble.state_dict())
    seen = {"background": material.background(kept=False)[0], "precursors": material.precursors}
    unseen = {"background": material.background(kept=True)[0], "precursors": material.calibration}
    looks.train(out, ensemble, seen, unseen, options.seed, stage, command)
    return written


def provenance(command: str, options: Options, material: Material) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    return {
        "command": command,
        "trained_on": "scan/ and background of genomes/",
        "settings": asdict(options),
        "data": {
            "precursors": "scan/precursors.tsv.gz and scan/flanked_precursors.tsv.gz without every family of "
            f"which one member shares {EBV_WORD} nt with a precursor of EBV; the first networks see the "
            f"families of folds {BLIND.folds}, the others those of {WHOLE.folds}; fold {CALIBRATION_FOLD} "
            "calibrates",
            "genomes": [ground.name for ground in material.grounds],
            "genomes_of_the_first_networks": list(BLIND.genomes),
            "stretches": f"every fifth of {STRETCH} nt is kept for calibration",
            "precursor_candidates": len(material.precursors),
            "background_candidates": sum(int((~ground.kept).sum()) for ground in material.grounds),
            "other_rna_candidates": len(material.other),
        },
        "versions": {name: version(name) for name in ("mirscan", "torch", "viennarna")},
    }


def calibrated(
    network: ColumnEnsemble, material: Material, truth: Truth, options: Options, cache: Path, stage: Stage
) -> dict[str, Any]:
    """Calibrate on the material kept for it; what that was, for the card."""
    known_folds = folded(material.calibration, cache)
    precursors = kind_logits(network, known_folds, stage("precursors to calibrate", len(known_folds)))
    kept, folds = material.background(kept=True)
    background = kind_logits(network, folds, stage("background to calibrate", len(folds)))
    kinds = kinds_of(material.calibration, truth)
    calibrate(
        network, *best_of_each(precursors, kinds, material.calibration.origin), background, options.prevalence
    )
    scale, shift = (float(value) for value in network.calibration)
    scores = expit(scale * joined(network, background) + shift)
    place = np.repeat(np.arange(len(material.grounds)), [int(one.kept.sum()) for one in material.grounds])
    human = [number for number, one in enumerate(material.grounds) if one.name.startswith(HUMAN)]
    rows = np.flatnonzero(np.isin(place, human))
    megabases = sum(material.grounds[number].megabases_kept for number in human)
    lowest = lowest_of_hits(kept.take(rows), place[rows], scores[rows], megabases, FALSE_PER_MB)
    return {
        "min_score": round(lowest, 3),
        "prefilters": {"lowest_score": LOWEST},
        "calibration": {"prevalence": options.prevalence, "scale": scale, "shift": shift},
    }
