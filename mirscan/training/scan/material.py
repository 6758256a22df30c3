"""What the networks behind `scan` may see, and what they learn from: background by genome, and precursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import Columns, concatenate
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan.data import Examples
from mirscan.training.scan.folds import folded

STRETCH = 100_000  # nt; every fifth stretch of each genome is kept for calibration

Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What some of the networks may see.

    Attributes:
        folds: Folds of the families that they learn from.
        genomes: Genomes whose background they learn from.
    """

    folds: tuple[int, ...]
    genomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The background of a genome.

    Attributes:
        name: The genome's.
        examples: Its n candidates away from known loci.
        folds: The same, folded.
        kept: bool (n,), in a stretch that no network sees.
        megabases: Its known bases, Mb.
    """

    name: str
    examples: Examples
    folds: Columns
    kept: NDArray[np.bool_]
    megabases: float

    @property
    def megabases_kept(self) -> float:
        """Sequence in the stretches that are kept, Mb, as the share of candidates tells."""
        return self.megabases * float(self.kept.mean()) if len(self.kept) else 0.0

    def part(self, kept: bool) -> tuple[Examples, Columns]:
        """The candidates that are kept, or those that are not."""
        rows = np.flatnonzero(self.kept == kept)
        return self.examples.take(rows), self.folds.take(rows)


@dataclass(frozen=True, slots=True)
class Material:
    """What one scope learns from and is calibrated on, as the sieve saw it.

    Attributes:
        precursors: Planted training precursors.
        calibration: Planted precursors of the calibration fold.
        grounds: Background, a genome each.
        other: Planted RNAs that are no precursors.
    """

    precursors: Examples
    calibration: Examples
    grounds: Sequence[Ground]
    other: Examples

    def background(self, kept: bool) -> tuple[Examples, Columns]:
        """The background that is kept, or that is not, with its folds."""
        parts = [ground.part(kept) for ground in self.grounds]
        return data.joined(part for part, _ in parts), concatenate([folds for _, folds in parts])


def ground(genome: Path, settings: SieveSettings, cache: Path, stage: Stage) -> Ground:
    """The background of a genome, folded."""
    examples = data.background(genome, settings, cache)
    return Ground(
        genome.name,
        examples,
        folded(examples, cache, stage(f"folding {genome.name}", len(examples))),
        examples.start // STRETCH % 5 == 0,
        data.megabases(genome),
    )
