"""Average precision on windows of 200 nt, ten hard negatives to a precursor; families and genome never seen.

    python -m benchmarks.accuracy.windows

A positive is a window of human chromosome 20 in which a precursor of a test family was planted, wherever in
the window it fits. Its ten negatives are windows of the same chromosome, away from known loci, around
candidates of the sieve: those whose energy is nearest to that of the planted hairpin (as stable, and no
precursors), or any. A window's score is the best of its candidates, on the strand of the precursor, folded
as in a scan. The protocol is made after that of pre-miRBench; its windows are not used. The plain network of
deepMiRGene is measured on the same windows, as a yardstick; some of these families it has seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.tools.results import parser_for, write
from mirscan.alphabet import decode, encode
from mirscan.folding.quickfold import folds
from mirscan.genome.access import Genome
from mirscan.records import Hairpin
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.scan import data as scan_data
from mirscan.training.scan.evaluation import HOST, as_listed
from mirscan.training.scan.material import read_truth, words_of_loci
from mirscan.training.scan.settings import BLIND_TO, TEST_FOLD, ScanSettings
from mirscan.version import __version__

MODELS = ("scan-held-out", "cross_species-paper")
WINDOW = 200  # nt
NEGATIVES = 10
RESAMPLES = 500
NOTHING = -1.0  # score of a window in which the sieve finds no hairpin

Floats = NDArray[np.float64]


def planted(precursors: list[str], ground: str, random: np.random.Generator) -> list[str]:
    """A window around each precursor that fits one; the rest of it is real background."""
    windows = []
    for letters in precursors:
        place = int(random.integers(len(ground) - WINDOW))
        before = int(random.integers(WINDOW - len(letters) + 1))
        after = WINDOW - before - len(letters)
        windows.append(ground[place : place + before] + letters + ground[place + before :][:after])
    return windows


def hairpins(windows: list[str]) -> tuple[list[Hairpin], NDArray[np.int64]]:
    """The candidates of all windows with their folds, and the window of each."""
    settings, found, owner = SieveSettings(), [], []
    for number, window in enumerate(windows):
        codes = encode(window)
        inside = candidates(codes, settings)
        folded = folds(codes, inside.start, inside.end)
        for row, (start, end) in enumerate(zip(inside.start.tolist(), inside.end.tolist(), strict=True)):
            letters, energy = decode(codes[start:end]), float(folded.energy[row]) / 100
            found.append(Hairpin("window", start, end, "+", letters, folded.structure(row), energy))
        owner += [number] * len(inside)
    return found, np.array(owner, dtype=np.int64)


def best_of(values: Floats, owner: NDArray[np.int64], windows: int, nothing: float) -> Floats:
    """The largest value of each window."""
    best = np.full(windows, nothing)
    np.maximum.at(best, owner, values)
    return best


class Chromosome:
    """Where negatives come from: the plus strand of a genome's only contig, away from known loci."""

    def __init__(self, folder: Path, cache: Path, random: np.random.Generator) -> None:
        ground = scan_data.background(folder, SieveSettings(), cache)
        self._ground = ground.take(random.permutation(np.flatnonzero(~ground.strand)))
        self._energy = self._ground.drafts.scalars[:, 1].astype(np.float64) * 10  # kcal/mol
        with Genome.open(str(scan_data.genome_file(folder))) as opened:
            (contig,) = opened.contigs
            self._sequence = opened.fetch(contig.name, 0, contig.length)

    def as_stable(self, energies: Floats) -> list[str]:
        """Ten windows for each energy, around candidates of about that energy, each candidate once."""
        order = np.argsort(self._energy, kind="stable")
        taken = np.zeros(len(order), dtype=np.bool_)
        windows = []
        for energy in energies:
            near = order[np.argsort(np.abs(self._energy[order] - energy), kind="stable")]
            rows = near[~taken[near]][:NEGATIVES]
            taken[rows] = True
            windows += [self._around(row) for row in rows.tolist()]
        return windows

    def of_any(self, energies: Floats) -> list[str]:
        """As many windows around any candidates, each candidate once."""
        return [self._around(row) for row in range(NEGATIVES * len(energies))]

    def _around(self, row: int) -> str:
        middle = int(self._ground.start[row]) + len(self._ground.sequences[row]) // 2
        first = min(max(0, middle - WINDOW // 2), len(self._sequence) - WINDOW)
        return self._sequence[first : first + WINDOW]


def interval(labels: NDArray[np.int64], scores: Floats) -> list[float]:
    """The central 95 % of the average precision over resamples of the precursors, each with its negatives."""
    random, n = np.random.default_rng(0), int(labels.sum())
    groups = np.concatenate([np.arange(n)[:, None], n + np.arange(n * NEGATIVES).reshape(n, -1)], axis=1)
    found = []
    for _ in range(RESAMPLES):
        rows = groups[random.integers(n, size=n)].ravel()
        found.append(average_precision_score(labels[rows], scores[rows]))
    return [float(value) for value in np.quantile(found, (0.025, 0.975))]


def best_scores(scorer: Scorer, found: tuple[list[Hairpin], NDArray[np.int64]], windows: int) -> Floats:
    """The highest score of each window."""
    folded, owner = found
    return best_of(scorer.scores(folded), owner, windows, NOTHING)


def measure(letters: list[str], chromosome: Chromosome, ground: str, models: list[Scorer]) -> dict[str, Any]:
    """The average precision of each model for precursors against each kind of negatives."""
    positives = planted([each for each in letters if len(each) <= WINDOW], ground, np.random.default_rng(0))
    n = len(positives)
    inside, owner = hairpins(positives)
    energies = -best_of(-np.array([hairpin.mfe for hairpin in inside]), owner, n, 0.0)
    true = {model.name: best_scores(model, (inside, owner), n) for model in models}
    labels = np.repeat([1, 0], [n, NEGATIVES * n])
    figures: dict[str, Any] = {"precursors": n, "negatives": NEGATIVES * n}
    for kind, drawn in (("as_stable", chromosome.as_stable), ("any_candidate", chromosome.of_any)):
        others = hairpins(drawn(energies))
        figures[kind] = {}
        for model in models:
            scores = np.concatenate([true[model.name], best_scores(model, others, NEGATIVES * n)])
            precision = float(average_precision_score(labels, scores))
            figures[kind][model.name] = {
                "average_precision": precision,
                "interval_95": interval(labels, scores),
            }
    return figures


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "windows.json")
    parser.add_argument("--model", action="append")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    given = parser.parse_args()
    host = given.data / "genomes" / HOST
    truth = read_truth(given.data / "scan", ScanSettings(), words_of_loci(given.data / "genomes" / BLIND_TO))
    plants = np.array([precursor.plant for precursor in truth.precursors])
    few = truth.rows(TEST_FOLD)
    samples = {"animals_as_listed": as_listed(truth), "animals_at_most_12_of_a_family": few[~plants[few]]}
    models = [Scorer(name, "cpu") for name in given.model or MODELS]
    ground = scan_data.known_stretches(host)
    chromosome = Chromosome(host, given.cache, np.random.default_rng(0))
    figures = {
        name: measure([truth.precursors[row].sequence for row in rows.tolist()], chromosome, ground, models)
        for name, rows in samples.items()
    }
    digests = {model.name: model.card.sha256 for model in models}
    content = {"mirscan": __version__, "model_sha256": digests, "windows": figures}
    write(given.json, content)


if __name__ == "__main__":
    main()
