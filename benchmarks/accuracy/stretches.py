"""The shipped scan model in the stretches of genomes that none of its networks saw.

    python -m benchmarks.accuracy.stretches [--only kept_background] [--only scan_trials]

writes a file of each name in benchmarks/results. Nothing is trained.

kept_background  Hits a megabase. Some of the networks learn from the genomes that `held_out.py` tests the
                 blind ones on, yeast and E. coli among them; a fifth of each genome, in stretches of 100
                 kb, is kept from all of them. The threshold comes from those stretches in human, so that
                 its rate there is what was asked for; in the others it is a result.
scan_trials      Two trials at the plateau of the model. The networks of `scan-held-out` are blind to the
                 tests, those of `scan` also learn from four fifths of chromosome 20 and a further fold of
                 families. Both are asked for the precursors of the calibration fold (animals, each
                 precursor of a family counting for as many as the family lists) at false hits a Mb of the
                 stretches. Then the blind ones score the mean of changed copies, as `scan/augment.py`
                 makes them for training, instead of the hairpins themselves.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.tools.results import parser_of_parts, write_parts
from mirscan.encoding.columns import Columns, concatenate
from mirscan.models.column_ensemble import ANIMAL
from mirscan.models.columns import ColumnNetwork
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring import checkpoint
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan.augment import mutated
from mirscan.training.scan.calibration import loci
from mirscan.training.scan.evaluation import load_network
from mirscan.training.scan.folds import folded
from mirscan.training.scan.logits import kind_logits, raw_logits
from mirscan.training.scan.material import background, read_truth, words_of_loci
from mirscan.training.scan.settings import BLIND_TO, CALIBRATION_FOLD, TRAINING, WHOLE, ScanSettings
from mirscan.version import __version__

RATES = (1, 3, 10, 30, 100)  # false hits a Mb
PLACES = {
    "chromosome_20": ("hsa_chr20_0-7.39M",),
    "chromosomes_1_3_and_4": ("hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M"),
}
COPIES, SHARES = 3, (0.1, 0.2)  # changed copies of a hairpin, mean share of columns that change
RANKED = 1500  # candidates of highest score that are searched for loci, and of which copies are scored

Floats = NDArray[np.float64]
Score = Callable[[Columns], Floats]


def kept_background(given: argparse.Namespace) -> dict[str, Any]:
    """Hits a megabase at the lowest score of a hit, in the stretches of each genome."""
    folder = checkpoint.locate(given.model)
    card, network = checkpoint.read_card(folder), load_network(folder)
    scale, shift = (float(value) for value in network.calibration)
    genomes = {}
    for name in WHOLE.genomes:
        ground = background(
            given.data / "genomes" / name, SieveSettings(), given.cache, lambda *_: lambda count: count
        )
        kept, folds = ground.part(held_out=True)
        scores = expit(scale * raw_logits(network, folds) + shift)
        above = np.flatnonzero(scores >= card.metrics["min_score"])
        hits = loci(kept, np.zeros(len(kept), np.int64), scores, above)
        genomes[name] = {
            "megabases": ground.megabases_held_out,
            "hits": len(hits),
            "hits_per_mb": len(hits) / ground.megabases_held_out if ground.megabases_held_out else None,
        }
    return {
        "mirscan": __version__,
        "model": given.model,
        "model_sha256": card.sha256,
        "lowest_score_of_a_hit": card.metrics["min_score"],
        "stretches_held_out_of_all_networks": genomes,
    }


def mean_logits(networks: Sequence[ColumnNetwork], examples: Columns) -> Floats:
    """The animals' logit of several networks, (n,)."""
    mean: Floats = np.mean([kind_logits(network, examples)[:, ANIMAL] for network in networks], axis=0)
    return mean


def copied(networks: Sequence[ColumnNetwork], share: float) -> Score:
    """A score that is the mean over changed copies."""
    random = np.random.default_rng(0)

    def score(examples: Columns) -> Floats:
        copies = [Columns(mutated(examples.symbols, random, share), examples.scalars) for _ in range(COPIES)]
        mean: Floats = np.mean([mean_logits(networks, copy) for copy in copies], axis=0)
        return mean

    return score


class Trial:
    """Planted precursors of the calibration fold, and the stretches that no network saw."""

    def __init__(self, folder: Path, cache: Path) -> None:
        options, settings = ScanSettings(), SieveSettings()
        truth = read_truth(folder / "scan", options, words_of_loci(folder / "genomes" / BLIND_TO))
        animal = np.array([not precursor.plant for precursor in truth.precursors])
        hosts = [folder / "genomes" / name for name in TRAINING]
        rows = truth.rows(CALIBRATION_FOLD)
        self.planted = data.planted_once(
            truth.precursors, rows, hosts, settings, options.seed + 1, cache
        )  # as `gather` plants them
        self.folds = folded(self.planted, cache)
        self.rows = rows[animal[rows]]
        families = np.array(truth.families)
        listed = Counter(families[(truth.fold == CALIBRATION_FOLD) & animal].tolist())
        here = Counter(families[self.rows].tolist())
        weights = np.array([listed[family] / here[family] for family in families[self.rows].tolist()])
        self.weights = weights / weights.sum()
        self.count = len(truth.precursors)
        names = sorted({name for place in PLACES.values() for name in place})
        self.grounds = {
            name: background(folder / "genomes" / name, settings, cache, lambda *_: lambda count: count)
            for name in names
        }

    def recall(self, place: str, ranked: Score, score: Score) -> dict[str, object]:
        """Recall at each rate; `ranked` chooses the background that `score` is asked for."""
        grounds = [self.grounds[name] for name in PLACES[place]]
        parts = [ground.part(held_out=True) for ground in grounds]
        examples, folds = data.joined(part for part, _ in parts), concatenate([folded for _, folded in parts])
        genome = np.repeat(np.arange(len(grounds)), [len(part) for part, _ in parts])
        megabases = sum(ground.megabases_held_out for ground in grounds)
        top = np.argsort(-ranked(folds), kind="stable")[:RANKED]
        scores = np.full(len(examples), -np.inf)
        scores[top] = score(folds.take(top))
        false = sorted((hit.score for hit in loci(examples, genome, scores, top)), reverse=True)
        best = np.full(self.count, -np.inf)
        np.maximum.at(best, self.planted.origin, score(self.folds))
        found = {
            str(rate): round(float(self.weights @ (best[self.rows] > false[int(rate * megabases)])), 3)
            for rate in RATES
        }
        return {"megabases": round(megabases, 2), "recall_at_false_hits_per_mb": found}


def scan_trials(given: argparse.Namespace) -> dict[str, Any]:
    """Recall of the networks with more background, and of changed copies."""
    torch.set_num_threads(given.threads)
    folders = {name: checkpoint.locate(name) for name in ("scan-held-out", "scan")}
    blind, whole = (load_network(folder).networks() for folder in folders.values())
    trial = Trial(given.data, given.cache)

    def plain(members: Sequence[ColumnNetwork]) -> Score:
        return lambda examples: mean_logits(members, examples)

    trials = {"blind": plain(blind), "with_chromosome_20": plain(whole), "all": plain([*blind, *whole])}
    result: dict[str, Any] = {
        "mirscan": __version__,
        "model_sha256": {name: checkpoint.read_card(folder).sha256 for name, folder in folders.items()},
        "precursors": len(trial.rows),
    }
    for place in PLACES:
        measured = {name: trial.recall(place, score, score) for name, score in trials.items()}
        for share in SHARES:
            name = f"blind_{COPIES}_copies_with_{share}_changed"
            measured[name] = trial.recall(place, trials["blind"], copied(blind, share))
        result[place] = measured
    return result


PARTS = {"kept_background": kept_background, "scan_trials": scan_trials}


def main() -> None:
    parser = parser_of_parts(__doc__, PARTS, threads=1)
    parser.add_argument("--model", default="scan")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    write_parts(parser.parse_args(), PARTS)


if __name__ == "__main__":
    main()
