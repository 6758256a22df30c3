"""Hits that the genome repeats: how many are false and how many precursors, and what leaving them out brings.

    mirscan scan ../shared/data/genomes/hsa_chr20_0-7.39M/genome.fa.gz --model scan-held-out \\
        --min-score 0.004 --decoys off --tree none --arms none -o hits.tsv
    python -m benchmarks.accuracy.repeats --hits hits.tsv

The 7.4 Mb that are scanned are all of the genome that is looked at for repeats, as in the scan. Precursors
of unseen families are planted there, as in `held_out.py`; a planted one is never repeated, so that their
recall is charged with the share of miRBase's human precursors that are.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.results import parser_for, write
from mirscan.cli.stages import stages
from mirscan.genome.access import Genome
from mirscan.genome.repeats import Repeats
from mirscan.records import REPEATED
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data as scan_data
from mirscan.training.scan.evaluation import HOST, plant
from mirscan.training.scan.material import read_truth, words_of_loci
from mirscan.training.scan.metrics import Ground, best_per_precursor, recall_at
from mirscan.training.scan.settings import ScanSettings
from mirscan.version import __version__

MODEL = "scan-held-out"
GROUP = "animal_as_listed"
HUMAN, CHARGED = "hsa", "mirbase22"
RATES = (1.0, 10.0, 50.0, 100.0)  # false hits a Mb

Floats = NDArray[np.float64]


def false_hits(path: Path, folder: Path) -> tuple[Floats, list[str]]:
    """Scores and sequences of a scan's hits away from known loci, from the highest score down."""
    known = scan_data.known_loci(folder)
    with path.open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    away = [
        row
        for row in rows
        if not any(
            int(row["start"]) <= end and start < int(row["end"])
            for start, end, _ in known.get(row["contig"], [])
        )
    ]
    away.sort(key=lambda row: -float(row["score"]))
    return np.array([float(row["score"]) for row in away]), [row["sequence"] for row in away]


def human_precursors(path: Path) -> dict[str, list[str]]:
    """Source → sequences."""
    found: dict[str, list[str]] = {}
    with gzip.open(path, "rt") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if row["species"] == HUMAN:
                found.setdefault(row["source"], []).append(row["sequence"])
    return found


def planted_scores(data: Path) -> Floats:
    """The best score of each precursor of the group, planted."""
    truth = read_truth(data / "scan", ScanSettings(), words_of_loci(data / "genomes" / "ebv"))
    with stages(quiet=False) as stage:
        planted = plant(truth, data / "genomes" / HOST, SieveSettings(), cache_folder(), stage)
    scores = Scorer(MODEL).scores(planted.hairpins)
    best: Floats = best_per_precursor(planted.origin, scores, planted.rows)[planted.groups[GROUP]]
    return best


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "repeats.json")
    parser.add_argument("--hits", type=Path, required=True)
    given = parser.parse_args()
    folder = given.data / "genomes" / HOST
    scores, sequences = false_hits(given.hits, folder)
    human = human_precursors(given.data / "scan" / "precursors.tsv.gz")
    with Genome.open(str(scan_data.genome_file(folder))) as genome:
        repeats = Repeats(genome)
        false = np.array([repeats.share(sequence) for sequence in sequences]) > REPEATED
        true = {
            source: np.array([repeats.share(sequence) for sequence in some]) > REPEATED
            for source, some in human.items()
        }
    megabases, best = scan_data.megabases(folder), planted_scores(given.data)
    content = {
        "mirscan": __version__,
        "model": MODEL,
        "share_above_which_a_hairpin_counts_as_repeated": REPEATED,
        "repeated_of_the_false_hits_at_so_many_a_mb": {
            f"{rate:g}": {
                "hits": int(rate * megabases),
                "repeated": int(false[: int(rate * megabases)].sum()),
            }
            for rate in RATES
        },
        "repeated_of_the_precursors_of_human": {
            source: {"precursors": len(some), "repeated": int(some.sum())} for source, some in true.items()
        },
        "recall": {
            "all_hits": _recall(best, scores, megabases, 1.0),
            "without_repeated_ones": _recall(best, scores[~false], megabases, 1 - true[CHARGED].mean()),
        },
    }
    write(given.json, content)


def _recall(best: Floats, false: Floats, megabases: float, left: float) -> dict[str, list[float]]:
    """Rate → recall and its interval, of which a share is left."""
    found = recall_at(best, [Ground(false, np.ones(len(false)), megabases)], RATES)
    return {
        rate: [round(left * value, 4) for value in (row["recall"], *row["interval_95"])]
        for rate, row in found.items()
    }


if __name__ == "__main__":
    main()
