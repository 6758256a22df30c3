"""What the LSTM and the classifier of z_m learn from, and what weighs the readers against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.symbol_rows import SymbolRows
from mirscan.scoring.prefilter import Prefilter
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import BACKGROUND, OTHER, PRECURSOR, TrainingSet, numbered
from mirscan.training.scan.material import Stage, Truth, kinds_of
from mirscan.training.scan.promising import promising
from mirscan.training.scan.readings import Latents, Readings, joined
from mirscan.training.scan.settings import (
    BLIND,
    CALIBRATION_FOLD,
    OTHER_OF_A_KIND,
    REST,
    STRETCH,
    TRAINING,
    ScanSettings,
)

Read = Callable[[NDArray[np.bytes_], str], Readings]  # of sequences, which are called so


@dataclass(frozen=True, slots=True)
class Unseen:
    """Background in stretches that nothing learnt from.

    Attributes:
        name: The genome's.
        examples: n candidates, the promising ones and a sample of the rest.
        readings: The same, as they are read.
        weights: float64 (n,), candidates that each stands for.
        megabases: Sequence in those stretches, Mb.
    """

    name: str
    examples: ScanExamples
    readings: Readings
    weights: NDArray[np.float64]
    megabases: float


class ReaderMaterial:
    """Planted precursors, other RNAs and promising background, as `material.py` has them for the networks.

    Args:
        folder: The data folder.
        truth: The precursors.
        settings: Seed and the like.
        first: The prefilter that says what is promising.
        read: Folds and reads; what the cache has is not made anew.
        cache: Folder of kept work.
        stage: Called with the name of a stage and its size.
    """

    def __init__(
        self,
        folder: Path,
        truth: Truth,
        settings: ScanSettings,
        first: Prefilter,
        read: Read,
        cache: Path,
        stage: Stage,
    ) -> None:
        self._folder, self._truth, self._settings = folder, truth, settings
        self._first, self._read, self._cache, self._stage = first, read, cache, stage

    def training(self) -> tuple[TrainingSet[SymbolRows], TrainingSet[Latents]]:
        """What the LSTM and what the classifier of z_m learns from, the same candidates.

        Of planted precursors the first half, nearly one planting of each.
        """
        planted, other = self._planted(), self._others()
        half = planted.take(np.arange(len(planted) // 2))
        background = [self._background(name, held_out=False)[1] for name in BLIND.genomes]
        parts = [self._read(half.sequences, "precursors"), self._read(other.sequences, "other RNA")]
        parts.append(joined(background))
        rest = np.zeros(len(parts[1]) + len(parts[2]), np.int64)
        everything = joined(parts)
        role = np.repeat([PRECURSOR, OTHER, BACKGROUND], [len(part) for part in parts])
        kind = np.concatenate([kinds_of(half, self._truth), rest])
        planting, weight = np.concatenate([numbered([half.origin]), rest]), np.ones(len(role))
        return (
            TrainingSet(everything.symbols, role, kind, planting, weight),
            TrainingSet(everything.latents, role, kind, planting, weight),
        )

    def calibration(self) -> tuple[ScanExamples, Readings]:
        """Planted precursors of the fold that calibrates."""
        rows, seed = self._truth.rows(CALIBRATION_FOLD), self._settings.seed + 1
        planted = self._plant(self._truth.precursors, rows, seed)
        return planted, self._read(planted.sequences, "precursors to calibrate")

    def unseen(self, genomes: Sequence[str]) -> list[Unseen]:
        """The background of the stretches that are held out."""
        found = []
        for name in genomes:
            parts = [self._background(name, held_out=True, rest=rest) for rest in (False, True)]
            weights = np.repeat([1.0, 1 / REST], [len(examples) for examples, _, _ in parts])
            megabases = parts[0][2] * data.megabases(self._folder / "genomes" / name)
            examples = data.joined(examples for examples, _, _ in parts)
            readings = joined([readings for _, readings, _ in parts])
            found.append(Unseen(name, examples, readings, weights, megabases))
        return found

    def _background(
        self, name: str, held_out: bool, rest: bool = False
    ) -> tuple[ScanExamples, Readings, float]:
        """What is promising, or some of the rest, in the stretches that are held out, or in the others; its
        share of the genome's."""
        self._stage(f"sieving {name}", 1)(1)
        genome = self._folder / "genomes" / name
        examples = promising(genome, self._first, SieveSettings(), self._cache, rest)
        rows = np.flatnonzero((examples.start // STRETCH % 5 == 0) == held_out)
        readings = self._read(examples.sequences, name)
        return examples.take(rows), readings.take(rows), len(rows) / max(1, len(examples))

    def _planted(self) -> ScanExamples:
        random = np.random.default_rng(self._settings.seed)
        seen = known.balanced(self._truth.families, self._settings.most, random)
        training = seen[np.isin(self._truth.fold[seen], BLIND.folds)]
        sources = np.array([self._truth.precursors[row].source for row in training.tolist()])
        twice = np.concatenate([training, training[sources == "flanked"]] * self._settings.plantings)
        return self._plant(self._truth.precursors, twice, self._settings.seed)

    def _others(self) -> ScanExamples:
        others, random = known.read_other(self._folder / "scan"), np.random.default_rng(self._settings.seed)
        some = known.balanced([each.source for each in others], OTHER_OF_A_KIND, random)
        return self._plant(others, some, self._settings.seed + 2)

    def _plant(
        self, precursors: Sequence[known.Precursor], rows: NDArray[np.int64], seed: int
    ) -> ScanExamples:
        hosts = [self._folder / "genomes" / name for name in TRAINING]
        return data.planted_once(precursors, rows, hosts, SieveSettings(), seed, self._cache)
