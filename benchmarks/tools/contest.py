"""Networks of columns on the same precursors and the same background: recall, and how it differs, in pairs.

A panel is planted precursors and background that none of the networks saw. Of the background the candidates
count that the first prefilter ranks highest; of overlapping ones the best, as in a scan. A network is heard
as it is, by the logit of the precursors' kind: nothing is calibrated, so that nothing else can differ.

Intervals come of resamples of whole families, and of stretches of 100 kb of the background. Each resample is
the same for all networks, so that differences are those of pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import Columns, concatenate
from mirscan.models.column_ensemble import ANIMAL, PLANT
from mirscan.models.columns import ColumnNetwork
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan.calibration import loci
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.evaluation import HOST, as_listed
from mirscan.training.scan.folds import folded
from mirscan.training.scan.logits import kind_logits
from mirscan.training.scan.material import Truth, read_truth, words_of_loci
from mirscan.training.scan.metrics import best_per_precursor, thresholds
from mirscan.training.scan.promising import promising
from mirscan.training.scan.settings import (
    BLIND,
    BLIND_TO,
    CALIBRATION_FOLD,
    STRETCH,
    TEST_FOLD,
    TRAINING,
    ScanSettings,
)
from mirscan.training.scan.stacking import prefilter

RATES = (1.0, 10.0, 100.0)  # false hits a Mb
RESAMPLES = 500
RANKED = 8000  # background candidates that could be among those counted
ANIMALS = tuple(name for name in BLIND.genomes if name.startswith(("hsa", "cel", "dme")))

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Said = tuple[Floats, Floats]  # a network's logits of both kinds: of precursors (n, 2), of background (m, 2)


@dataclass(frozen=True, slots=True)
class Panel:
    """Precursors and background.

    Attributes:
        rows: int64 (p,), the precursors, sorted.
        families: int64 (p,), the number of the family of each.
        groups: Name → bool (p,), who belongs to it.
        planted: Candidates of the precursors.
        known: The same, folded.
        ground: m candidates of the background.
        folds: The same, folded.
        genome: int64 (m,), the genome of each.
        megabases: Sequence of the background, Mb.
    """

    rows: Rows
    families: Rows
    groups: dict[str, NDArray[np.bool_]]
    planted: ScanExamples
    known: Columns
    ground: ScanExamples
    folds: Columns
    genome: Rows
    megabases: float

    def said_by(self, network: ColumnNetwork) -> Said:
        """The logits of a network."""
        return kind_logits(network, self.known), kind_logits(network, self.folds)

    def recalls(self, networks: Sequence[Said], group: str) -> Floats:
        """Recall of the mean of networks, (1 + RESAMPLES, rates): first as counted, then of each resample."""
        kind = PLANT if group == "plant" else ANIMAL
        known, ground = (np.mean([said[at][:, kind] for said in networks], axis=0) for at in (0, 1))
        best = best_per_precursor(self.planted.origin, known, self.rows)
        counted = np.argsort(-ground, kind="stable")[:RANKED]
        hits = loci(self.ground, self.genome, ground, counted)
        scores = np.array([hit.score for hit in hits])
        cuts = thresholds(
            scores, self._drawn_stretches([int(hit.name) for hit in hits]), self.megabases, RATES
        )
        counts = self._drawn_families() * self.groups[group]
        found = best[None, :, None] > np.maximum(cuts, np.finfo(np.float64).min)[:, None, :]
        recalls: Floats = np.einsum("rp,rpk->rk", counts, found) / counts.sum(1)[:, None]
        return recalls

    def _drawn_stretches(self, rows: Sequence[int]) -> Floats:
        """How often some rows of the background count, (1 + RESAMPLES, n)."""
        places = np.stack([self.genome, self.ground.start // STRETCH], axis=1)
        stretch = np.unique(places, axis=0, return_inverse=True)[1].reshape(-1)
        drawn = np.random.default_rng(0).poisson(1.0, (RESAMPLES, stretch.max() + 1))
        return np.append(np.ones((1, len(rows))), drawn[:, stretch[list(rows)]], axis=0)

    def _drawn_families(self) -> Floats:
        """How often each precursor counts, (1 + RESAMPLES, p)."""
        n = int(self.families.max()) + 1
        drawn = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), RESAMPLES)
        return np.append(np.ones((1, n)), drawn, axis=0)[:, self.families]


class Panels:
    """The panel that a choice may look at, and that of the test.

    Args:
        folder: The data folder.
        model: Folder of the model whose first prefilter ranks the background.
        cache: Of kept work.
    """

    def __init__(self, folder: Path, model: Path, cache: Path) -> None:
        self._genomes, self._cache, self._first = folder / "genomes", cache, prefilter(model)
        self.truth = read_truth(folder / "scan", ScanSettings(), words_of_loci(folder / "genomes" / BLIND_TO))

    def validation(self) -> Panel:
        """Families that calibrate, and stretches of animals' genomes that no network learns from."""
        rows = self.truth.rows(CALIBRATION_FOLD)
        return self._panel(rows, rows, ANIMALS, TRAINING, ScanSettings().seed + 1, held_out=True)

    def test(self) -> Panel:
        """Families of the test, in a chromosome that no blind network saw."""
        few = self.truth.rows(TEST_FOLD)
        rows = np.union1d(few, as_listed(self.truth))
        return self._panel(rows, few, [HOST], [HOST], 0, held_out=None)

    def learnt(self) -> Columns:
        """The background of animals that networks may learn from, folded."""
        return concatenate([folded(self._promising(name, held_out=False), self._cache) for name in ANIMALS])

    def _panel(
        self,
        rows: Rows,
        few: Rows,
        names: Sequence[str],
        hosts: Sequence[str],
        seed: int,
        held_out: bool | None,
    ) -> Panel:
        parts = [self._promising(name, held_out) for name in names]
        shares = [
            len(part) / max(1, len(self._promising(name))) for part, name in zip(parts, names, strict=True)
        ]
        bases = [data.megabases(self._genomes / name) for name in names]
        settings = SieveSettings()
        folders = [self._genomes / name for name in hosts]
        planted = data.planted_once(self.truth.precursors, rows, folders, settings, seed, self._cache)
        return Panel(
            rows,
            np.unique([self.truth.families[row] for row in rows.tolist()], return_inverse=True)[1],
            groups(self.truth, rows, few),
            planted,
            folded(planted, self._cache),
            data.joined(parts),
            concatenate([folded(part, self._cache) for part in parts]),
            np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
            float(np.dot(shares, bases)),
        )

    def _promising(self, name: str, held_out: bool | None = None) -> ScanExamples:
        """The background of a genome in the stretches that are held out, in the others, or in all."""
        part = promising(self._genomes / name, self._first, SieveSettings(), self._cache)
        if held_out is None:
            return part
        return part.take(np.flatnonzero((part.start // STRETCH % 5 == 0) == held_out))


def groups(truth: Truth, rows: Rows, few: Rows) -> dict[str, NDArray[np.bool_]]:
    """Who counts where; see `evaluation.plant`."""
    chosen = [truth.precursors[row] for row in rows.tolist()]
    plants = np.array([precursor.plant for precursor in chosen])
    source, balanced = np.array([precursor.source for precursor in chosen]), np.isin(rows, few)
    return {
        "animal": balanced & ~plants,
        "animal_mirgenedb": balanced & (source == "mirgenedb"),
        "animal_real_flanks": balanced & (source == "flanked"),
        "plant": balanced & plants,
    }


def compared(panel: Panel, teams: dict[str, Sequence[Sequence[Said]]], against: str) -> dict[str, Any]:
    """Recall of some teams by group, and how each differs from one of them.

    Args:
        panel: Precursors and background.
        teams: Name → alternatives, each the networks that score together; their mean counts.
        against: The name of the team that the others are held against.
    """
    result: dict[str, Any] = {name: {} for name in teams}
    for group in panel.groups:
        every = {name: [panel.recalls(each, group) for each in some] for name, some in teams.items()}
        base = np.mean(every[against], axis=0)
        for name, some in every.items():
            result[name][group] = by_rate(np.mean(some, axis=0), base, [each[0] for each in some])
    return result


def by_rate(recalls: Floats, base: Floats, each: Sequence[Floats]) -> dict[str, dict[str, Any]]:
    """Recall, its interval, and the difference from a base with its own, at each rate."""
    differences, several = recalls - base, np.array(each)
    ranges, beside = (np.quantile(values[1:], (0.025, 0.975), axis=0) for values in (recalls, differences))
    return {
        f"{rate:g}": {
            "recall": round(float(recalls[0, at]), 3),
            "interval_95": np.round(ranges[:, at], 3).tolist(),
            "difference": round(float(differences[0, at]), 3),
            "difference_interval_95": np.round(beside[:, at], 3).tolist(),
            "lowest_and_highest": np.round([several[:, at].min(), several[:, at].max()], 3).tolist(),
        }
        for at, rate in enumerate(RATES)
    }
