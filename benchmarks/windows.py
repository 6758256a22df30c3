"""Average precision on windows of 200 nt, ten hard negatives to a precursor; families and genome never seen.

    python benchmarks/windows.py --data ../shared/data --json benchmarks/results/windows.json

A positive is a window of human chromosome 20 in which a precursor of a test family was planted, wherever in
the window it fits. Its ten negatives are windows of the same chromosome, away from known loci, around the
candidates of the sieve whose energy is nearest to that of the planted hairpin: as stable, and no precursors.
A window's score is the best of its candidates, on the strand of the precursor, folded as in a scan. The
protocol is made after that of pre-miRBench; its windows are not used.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from mirscan import checkpoint
from mirscan.encoding.duplex import Duplexes, concatenate
from mirscan.encoding.quickduplex import encode_stretches
from mirscan.quickfold import folds
from mirscan.sieve import SieveSettings, candidates, encode
from mirscan.training import scan_data
from mirscan.training.folds import cache_folder
from mirscan.training.scan import BLIND_TO, TEST_FOLD, Options, read_truth, words_of_loci
from mirscan.training.scan_evaluation import HOST, as_listed, load_network
from mirscan.training.scan_fit import raw_logits
from mirscan.version import __version__

WINDOW = 200  # nt
NEGATIVES = 10
RESAMPLES = 500
NOTHING = -1e9  # logit of a window in which the sieve finds no hairpin

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


def hairpins(windows: list[str]) -> tuple[Duplexes, NDArray[np.int64], Floats]:
    """The candidates of all windows, encoded with their folds; the window of each, and its energy."""
    settings, parts, owner, energy = SieveSettings(), [], [], []
    for number, window in enumerate(windows):
        codes = encode(window)
        found = candidates(codes, settings)
        folded = folds(codes, found.start, found.end)
        parts.append(encode_stretches(codes, found.start, folded.offsets, folded.text, folded.energy))
        owner.append(np.full(len(found), number))
        energy.append(found.energy / 100)
    return concatenate(parts), np.concatenate(owner), np.concatenate(energy)


def best_of(values: Floats, owner: NDArray[np.int64], windows: int, nothing: float) -> Floats:
    """The largest value of each window."""
    best = np.full(windows, nothing)
    np.maximum.at(best, owner, values)
    return best


def matched(energies: Floats, genome: Path, cache: Path, random: np.random.Generator) -> list[str]:
    """Ten windows of a genome for each energy, around hairpins of about that energy, each window once."""
    ground = scan_data.background(genome, SieveSettings(), cache)
    ground = ground.take(random.permutation(np.flatnonzero(~ground.strand)))
    with scan_data.Genome.open(str(scan_data.genome_file(genome))) as opened:
        (contig,) = opened.contigs
        sequence = opened.fetch(contig.name, 0, contig.length)
    own = ground.drafts.scalars[:, 1].astype(np.float64) * 10  # kcal/mol
    order = np.argsort(own, kind="stable")
    taken = np.zeros(len(order), dtype=np.bool_)
    windows = []
    for energy in energies:
        near = order[np.argsort(np.abs(own[order] - energy), kind="stable")]
        rows = near[~taken[near]][:NEGATIVES]
        taken[rows] = True
        for row in rows.tolist():
            middle = int(ground.start[row]) + len(ground.sequences[row]) // 2
            first = min(max(0, middle - WINDOW // 2), len(sequence) - WINDOW)
            windows.append(sequence[first : first + WINDOW])
    return windows


def interval(labels: NDArray[np.int64], scores: Floats) -> list[float]:
    """The central 95 % of the average precision over resamples of the precursors, each with its negatives."""
    random, n = np.random.default_rng(0), int(labels.sum())
    groups = np.concatenate([np.arange(n)[:, None], n + np.arange(n * NEGATIVES).reshape(n, -1)], axis=1)
    found = []
    for _ in range(RESAMPLES):
        rows = groups[random.integers(n, size=n)].ravel()
        found.append(average_precision_score(labels[rows], scores[rows]))
    return [float(value) for value in np.quantile(found, (0.025, 0.975))]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--model", default="scan-held-out")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    given = parser.parse_args()
    host, random = given.data / "genomes" / HOST, np.random.default_rng(0)
    truth = read_truth(given.data / "scan", Options(), words_of_loci(given.data / "genomes" / BLIND_TO))
    plants = np.array([one.plant for one in truth.precursors])
    few = truth.rows(TEST_FOLD)
    samples = {"animals as listed": as_listed(truth), "animals, at most 12 of a family": few[~plants[few]]}
    network = load_network(checkpoint.locate(given.model))
    ground = scan_data.known_stretches(host)
    figures: dict[str, Any] = {}
    for name, rows in samples.items():
        letters = [truth.precursors[row].sequence for row in rows.tolist()]
        positives = planted([one for one in letters if len(one) <= WINDOW], ground, random)
        views, owner, energy = hairpins(positives)
        energies = -best_of(-energy, owner, len(positives), 0.0)
        negatives = matched(energies, host, given.cache, random)
        others, whose, _ = hairpins(negatives)
        scores = np.concatenate(
            [
                best_of(raw_logits(network, views), owner, len(positives), NOTHING),
                best_of(raw_logits(network, others), whose, len(negatives), NOTHING),
            ]
        )
        labels = np.repeat([1, 0], [len(positives), len(negatives)])
        figures[name] = {
            "precursors": len(positives),
            "negatives": len(negatives),
            "average precision": float(average_precision_score(labels, scores)),
            "interval_95": interval(labels, scores),
        }
    card = checkpoint.read_card(checkpoint.locate(given.model))
    content = {"mirscan": __version__, "model": given.model, "model_sha256": card.sha256, "windows": figures}
    given.json.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
