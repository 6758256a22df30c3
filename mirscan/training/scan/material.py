"""What the networks behind `scan` learn from: split precursors and the background of genomes, all folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import Columns, concatenate
from mirscan.models.column_ensemble import ANIMAL, PLANT
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.common.relatives import words
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan.attestation import attestation, shares
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet, numbered, training_set
from mirscan.training.scan.folds import folded
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import (
    CALIBRATION_FOLD,
    EBV_WORD,
    MOST,
    OTHER_OF_A_KIND,
    STRETCH,
    TRAINING,
    ScanSettings,
    Scope,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Stage = Callable[[str, int], Callable[[int], object]]


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
class Background:
    """The background of a genome.

    Attributes:
        name: The genome's.
        examples: Its n candidates away from known loci.
        folds: The same, folded.
        held_out: bool (n,), in a stretch that no network sees.
        megabases: Its known bases, Mb.
    """

    name: str
    examples: ScanExamples
    folds: Columns
    held_out: NDArray[np.bool_]
    megabases: float

    @property
    def megabases_held_out(self) -> float:
        """Sequence in the stretches that are held out, Mb, as the share of candidates tells."""
        return self.megabases * float(self.held_out.mean()) if len(self.held_out) else 0.0

    def part(self, held_out: bool) -> tuple[ScanExamples, Columns]:
        """The candidates that are held out, or those that are not."""
        rows = np.flatnonzero(self.held_out == held_out)
        return self.examples.take(rows), self.folds.take(rows)


@dataclass(frozen=True, slots=True)
class Material:
    """What one scope learns from and is calibrated on, as the sieve saw it.

    Attributes:
        precursors: Planted training precursors.
        calibration: Planted precursors of the calibration fold.
        backgrounds: A genome each.
        other: Planted RNAs that are no precursors.
    """

    precursors: ScanExamples
    calibration: ScanExamples
    backgrounds: Sequence[Background]
    other: ScanExamples

    def background(self, held_out: bool) -> tuple[ScanExamples, Columns]:
        """The background that is held out, or that is not, with its folds."""
        parts = [each.part(held_out) for each in self.backgrounds]
        return data.joined(part for part, _ in parts), concatenate([folds for _, folds in parts])


def background(genome: Path, settings: SieveSettings, cache: Path, stage: Stage) -> Background:
    """The background of a genome, folded."""
    examples = data.background(genome, settings, cache)
    return Background(
        genome.name,
        examples,
        folded(examples, cache, stage(f"folding {genome.name}", len(examples))),
        examples.start // STRETCH % 5 == 0,
        data.megabases(genome),
    )


def read_truth(folder: Path, settings: ScanSettings, exclude: frozenset[str]) -> Truth:
    """The precursors of the scan set without those whose family shares a word with `exclude`.

    Args:
        folder: The scan set.
        settings: The seed.
        exclude: Words of `EBV_WORD` nt.
    """
    everything = known.read_precursors(folder)
    touched = {row.family for row in everything if words(row.sequence, EBV_WORD) & exclude}
    rows = [row for row in everything if row.family not in touched]
    families = known.merged_families(rows)
    fold = np.array([known.fold_of(family) for family in families])
    chosen = known.balanced(families, MOST, np.random.default_rng(settings.seed))
    return Truth(rows, families, fold, chosen)


def words_of_loci(folder: Path, length: int = EBV_WORD) -> frozenset[str]:
    """All words of a length in the known precursors of a genome."""
    sequences = data.known_sequences(folder)
    return frozenset().union(*(words(sequence, length) for sequence in sequences))


def gather(
    folder: Path, truth: Truth, settings: ScanSettings, cache: Path, stage: Stage, scope: Scope
) -> Material:
    """Sieve and fold the genomes of a scope and plant its precursors; what the cache has is not made anew."""
    sieve = SieveSettings()
    hosts = [folder / "genomes" / name for name in TRAINING]
    seen = known.balanced(truth.families, settings.most, np.random.default_rng(settings.seed))
    training = seen[np.isin(truth.fold[seen], scope.folds)]
    flanked = np.array([row for row in training if truth.precursors[row].source == "flanked"], dtype=np.int64)
    others = known.read_other(folder / "scan")
    some = known.balanced(
        [rna.source for rna in others], OTHER_OF_A_KIND, np.random.default_rng(settings.seed)
    )

    def plant(rows: Rows, precursors: Sequence[Precursor], seed: int) -> ScanExamples:
        return data.planted_once(precursors, rows, hosts, sieve, seed, cache)

    return Material(
        plant(np.concatenate([training, flanked] * settings.plantings), truth.precursors, settings.seed),
        plant(truth.rows(CALIBRATION_FOLD), truth.precursors, settings.seed + 1),
        [background(folder / "genomes" / name, sieve, cache, stage) for name in scope.genomes],
        plant(some, others, settings.seed + 2),
    )


def training_set_of(
    material: Material, truth: Truth, settings: ScanSettings, cache: Path, stage: Stage
) -> TrainingSet[Columns]:
    """What the networks learn from: folded candidates, as a scan scores them."""

    def folds(part: ScanExamples, name: str) -> Columns:
        return folded(part, cache, stage(f"folding {name}", len(part)))

    precursors = material.precursors
    weights = attestation(truth.precursors, truth.families, settings.curated, settings.lone)
    shown = [truth.precursors[row] for row in precursors.origin]
    return training_set(
        folds(precursors, "precursors"),
        kinds_of(precursors, truth),
        numbered([precursors.origin]),
        folds(material.other, "other RNA"),
        material.background(held_out=False)[1],
        shares(weights[precursors.origin], shown),
    )


def kinds_of(examples: ScanExamples, truth: Truth) -> Rows:
    """The kind of the precursor of each planted candidate: ANIMAL or PLANT."""
    plants = np.array([precursor.plant for precursor in truth.precursors])
    kinds: Rows = np.where(plants[examples.origin], PLANT, ANIMAL)
    return kinds
