"""What each reader of the scan's model is worth: recall of unseen families by each alone and by all.

The blind model's readers (convolutions over columns, the LSTM with attention, the classifier of z_m) are
weighed on the calibration's families and background, as in the training, with some of them left out. Test
families are planted in human background that nothing has seen; of that genome the tenth that the first
prefilter ranks highest is asked about.

    python -m benchmarks.accuracy.readers
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.models.column_ensemble import KINDS
from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring import checkpoint
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan.calibration import loci
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.evaluation import HOST, as_listed
from mirscan.training.scan.material import kinds_of, read_truth, words_of_loci
from mirscan.training.scan.metrics import Ground, best_per_precursor, recall_at
from mirscan.training.scan.promising import promising
from mirscan.training.scan.reader_material import ReaderMaterial
from mirscan.training.scan.readings import Readings, read
from mirscan.training.scan.settings import BLIND, BLIND_TO, TEST_FOLD, ScanSettings
from mirscan.training.scan.stack_fit import best_of_each, fit_stack
from mirscan.training.scan.stacking import prefilter, said_by, scores_of

MODEL = "scan-held-out"
SETS: dict[str, tuple[int, ...]] = {
    **{name: (at,) for at, name in enumerate(READERS)},
    "convolutions_and_lstm": (0, 1),
    "convolutions_and_z_m": (0, 2),
    "all": (0, 1, 2),
}
FALSE_PER_MB = (1.0, 10.0, 100.0)
RANKED = 8000  # background candidates that could be among those counted

Floats = NDArray[np.float64]


def stage(*_: object) -> Any:
    """Shows nothing."""
    return stage


class Bench:
    """What is said of calibration, test and background, once for all sets of readers.

    Args:
        folder: The data folder.
        cache: Of kept work.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        settings = ScanSettings()
        genomes, model = folder / "genomes", checkpoint.locate(MODEL)
        self.stack = stack_of(Scorer(MODEL, "cpu"))
        self.prevalence = settings.prevalence
        network = load_network("diva", torch.device("cpu"))[1]
        with torch.inference_mode():
            path = network.latent("m").mean_path()
        latent = str(latent_checksum(network, "m"))

        def reading(sequences: NDArray[np.bytes_], *_: object) -> Readings:
            return read(sequences, path, latent, cache)

        truth = read_truth(folder / "scan", settings, words_of_loci(genomes / BLIND_TO))
        first = prefilter(model)
        material = ReaderMaterial(folder, truth, settings, first, reading, cache, stage)
        self.planted, precursors = material.calibration()
        self.kinds = kinds_of(self.planted, truth)
        self.precursors = said_by(self.stack, precursors)
        unseen = material.unseen(BLIND.genomes)
        self.background = np.concatenate([said_by(self.stack, each.readings) for each in unseen])
        self.stands_for = np.concatenate([each.weights for each in unseen])
        few, listed = truth.rows(TEST_FOLD), as_listed(truth)
        self.rows = np.union1d(few, listed)
        test = data.planted_once(truth.precursors, self.rows, [genomes / HOST], SieveSettings(), 0, cache)
        self.origin, self.test = test.origin, said_by(self.stack, reading(test.sequences, "test"))
        self.ground = promising(genomes / HOST, first, SieveSettings(), cache)
        self.megabases = data.megabases(genomes / HOST)
        self.host = said_by(self.stack, reading(self.ground.sequences, HOST))
        chosen = [truth.precursors[row] for row in self.rows.tolist()]
        plants = np.array([one.plant for one in chosen])
        source, balanced = np.array([one.source for one in chosen]), np.isin(self.rows, few)
        self.groups = {
            "animal": balanced & ~plants,
            "animal_mirgenedb": balanced & (source == "mirgenedb"),
            "animal_real_flanks": balanced & (source == "flanked"),
            "animal_as_listed": np.isin(self.rows, listed),
            "plant": balanced & plants,
        }

    def measured(self, readers: tuple[int, ...]) -> dict[str, Any]:
        """Weights and recalls where only some readers are asked."""
        mask = np.isin(np.arange(len(READERS)), readers)[None, :, None]
        best = best_of_each(self.precursors, self.kinds, self.planted.origin)
        known, kinds = (self.precursors * mask)[best], self.kinds[best]
        fit_stack(self.stack, known, kinds, self.background * mask, self.stands_for, self.prevalence)
        found = best_per_precursor(self.origin, scores_of(self.stack, self.test * mask), self.rows)
        ground = counted(self.ground, scores_of(self.stack, self.host * mask), self.megabases)
        weights = self.stack.weights.numpy() * mask[:, :, 0]
        return {
            "weights": {
                kind: dict(zip(READERS, np.round(row, 3).tolist(), strict=True))
                for kind, row in zip(KINDS, weights, strict=True)
            },
            "recall_at_false_hits_per_mb": {
                name: recall_at(found[group], [ground], FALSE_PER_MB) for name, group in self.groups.items()
            },
        }


def stack_of(scorer: Scorer) -> HairpinStack:
    """The network of a scorer, in single precision."""
    network = scorer._network
    assert isinstance(network, HairpinStack), f"{scorer.name} is no stack"
    return network.float()


def counted(background: ScanExamples, scores: Floats, megabases: float) -> Ground:
    """The best candidate of each locus, as a scan counts them."""
    best = np.argsort(-scores, kind="stable")[:RANKED]
    hits = loci(background, np.zeros(len(background), np.int64), scores, best)
    return Ground(np.array([hit.score for hit in hits]), np.ones(len(hits)), megabases)


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "readers.json", "")
    parser.add_argument("--cache", type=Path, default=None)
    given = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(given.data, given.cache or cache_folder())
    found = {name: bench.measured(readers) for name, readers in SETS.items()}
    precursors = {name: int(group.sum()) for name, group in bench.groups.items()}
    write(given.json, {**made_with(Scorer(MODEL, "cpu")), "precursors": precursors, "readers": found})


if __name__ == "__main__":
    main()
