"""Copies elsewhere in the genome: how many false hits have them, and how many known precursors of human.

    mirscan scan ../shared/data/genomes/hsa_chr20_0-7.39M/genome.fa.gz --model scan-held-out \\
        --min-score 0.004 --decoys off --tree none --arms none -o hits.tsv
    python benchmarks/copies.py --hits hits.tsv --data ../shared/data --json benchmarks/results/copies.json

A hairpin counts as copied when at least `SHARE` of its words of `WORD` nt, of either strand, stand at
`PLACES` or more other places of the human sequence that is at hand. Hits at known loci are left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan import checkpoint
from mirscan.genome import Genome
from mirscan.sieve import encode, reverse_complement
from mirscan.training import scan_data
from mirscan.turner import UNKNOWN
from mirscan.version import __version__

HOST = "hsa_chr20_0-7.39M"
MODEL = "scan-held-out"
HUMAN = "hsa"
WORD, PLACES, SHARE = 14, 3, 0.3
RATES = (1, 10, 50, 100)  # false hits a Mb

Words = NDArray[np.int64]


def words(sequence: str) -> Words:
    """The words of a sequence, each as the lesser of itself and its reverse complement; none with an N."""
    codes = encode(sequence)
    if len(codes) < WORD:
        return np.zeros(0, np.int64)
    known = np.convolve(codes < UNKNOWN, np.ones(WORD, np.int64), "valid") == WORD
    forward, backward = (_numbers(strand) for strand in (codes, reverse_complement(codes)))
    lesser: Words = np.minimum(forward, backward[::-1])[known]
    return lesser


def _numbers(codes: NDArray[np.uint8]) -> Words:
    """Each word as a number of base 5."""
    count = len(codes) - WORD + 1
    numbers = np.zeros(count, np.int64)
    for offset in range(WORD):
        numbers = 5 * numbers + codes[offset : offset + count]
    return numbers


class Copies:
    """The words of all human sequence at hand."""

    def __init__(self, genomes: Path) -> None:
        parts = []
        for folder in sorted(genomes.glob(f"{HUMAN}_*")):
            with Genome.open(str(scan_data.genome_file(folder))) as genome:
                parts += [words(genome.fetch(one.name, 0, one.length)) for one in genome.contigs]
        self._words = np.sort(np.concatenate(parts))
        self.megabases = len(self._words) / 1e6

    def has(self, hairpin: str, own: int) -> bool:
        """Whether a hairpin is copied; `own` of its places are its own."""
        some = np.unique(words(hairpin))
        first, last = (np.searchsorted(self._words, some, side) for side in ("left", "right"))
        return bool(np.mean(last - first - own >= PLACES) >= SHARE)


def false_hits(path: Path, folder: Path) -> list[str]:
    """The sequences of a scan's hits away from known loci, from the highest score down."""
    known = scan_data.known_loci(folder)
    with path.open() as stream:
        rows = list(csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t"))
    away = [
        row
        for row in rows
        if not any(
            int(row["start"]) < end and start < int(row["end"])
            for start, end, _ in known.get(row["contig"], [])
        )
    ]
    return [row["sequence"] for row in sorted(away, key=lambda row: -float(row["score"]))]


def human_precursors(path: Path) -> dict[str, list[str]]:
    """Source → sequences."""
    found: dict[str, list[str]] = {}
    with gzip.open(path, "rt") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if row["species"] == HUMAN:
                found.setdefault(row["source"], []).append(row["sequence"])
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hits", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    host = given.data / "genomes" / HOST
    copies, megabases = Copies(given.data / "genomes"), scan_data.megabases(host)
    false = np.array([copies.has(sequence, own=1) for sequence in false_hits(given.hits, host)])
    content = {
        "mirscan": __version__,
        "model_sha256": checkpoint.read_card(checkpoint.locate(MODEL)).sha256,
        "human sequence, Mb": round(copies.megabases, 2),
        "copied, of the false hits at so many a Mb": {
            str(rate): round(float(false[: int(rate * megabases)].mean()), 3) for rate in RATES
        },
        "copied, of the precursors of human": {
            source: {
                "precursors": len(some),
                "copied": round(np.mean([copies.has(s, own=0) for s in some]), 3),
            }
            for source, some in human_precursors(given.data / "scan" / "precursors.tsv.gz").items()
        },
    }
    given.json.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
