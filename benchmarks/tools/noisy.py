"""False hits of real DNA with and without reads of noise, from the same scores up.

No curve of false hits was counted with reads: tiers take a sum with reads for one without. That holds where
noise makes no more false hits than the sequence does by itself. Here pieces of genomes are searched without
reads and with two libraries of noise, which lies on a piece every `APART` nt as `training/reads/simulate.py`
draws it, with 3 to 3,000 reads each. Hits on no known locus are counted from the scores up at which the curve
of the clade expects so many per Mb.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools.pieces import ALL, GENOMES, is_known, known_loci
from mirscan.alphabet import on_strand
from mirscan.genome.access import Genome
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.pipeline.start import curve_of
from mirscan.reads.measurement import NAME
from mirscan.records import Hairpin, Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.reads.simulate import Library, noise
from mirscan.training.scan.false_hits import SCORES, poisson

PIECES = ("hsa_compara_1.7Mb", "ptr_compara_1.3Mb", "cel_chrIII_1-2M", "ath_1Mb", "ebv")
LIBRARIES = 2
APART, PATCH = 1_500, 120  # nt between two places with noise, on average, and of one
DEPTHS = (0.5, 3.5)  # decimal logarithm of the reads to expect of a place
CUTS = (10.0, 1.0, 0.5)  # false hits per Mb


def study(genomes: Path, scorer: Scorer, scratch: Path, seed: int, threads: int) -> dict[str, Any]:
    """Hits that are no known locus at each cut, of all pieces: without reads, and with each library."""
    rows = [counts(name, genomes, scorer, scratch, seed, threads) for name in PIECES]
    found = {}
    for most in CUTS:
        at = [row["at"][f"{most:g}"] for row in rows]
        with_noise = [sum(each["with"][number] for each in at) for number in range(LIBRARIES)]
        found[f"{most:g}"] = {
            "without": sum(each["without"] for each in at),
            "with_noise": with_noise,
            "interval_95_of_the_mean": [round(end / LIBRARIES, 2) for end in poisson(sum(with_noise))],
        }
    megabases = round(sum(row["megabases"] for row in rows), 3)
    return {"megabases": megabases, "by_false_per_mb": found, "pieces": rows}


def counts(
    name: str, genomes: Path, scorer: Scorer, scratch: Path, seed: int, threads: int
) -> dict[str, Any]:
    """Hits on no known locus of a piece from the score of each cut up."""
    path = next((genomes / name).glob("genome.fa*"))
    loci, clade = known_loci(genomes / name), GENOMES[name]
    curve = curve_of(scorer, ALL.split(","), (clade,))
    assert curve is not None
    with Genome.open(str(path)) as genome:
        noisy = [scratch / f"{name}.{number}.fa" for number in range(LIBRARIES)]
        for number, each in enumerate(noisy):
            library(each, genome, np.random.default_rng([seed, number]))
        scores = [
            [
                hit.score
                for hit in scanned(genome, clade, scorer, reads, threads)
                if not is_known(place(hit), loci)
            ]
            for reads in (None, *noisy)
        ]
        megabases = sum(genome.lengths.values()) / 1e6
    at = {}
    for most in CUTS:
        cut = curve.score(most)
        without, *with_noise = (sum(score >= cut for score in some) for some in scores)
        at[f"{most:g}"] = {"score": round(cut, 4), "without": without, "with": with_noise}
    print(name, at, flush=True)
    return {"piece": name, "megabases": round(megabases, 3), "at": at}


def place(hit: Hit) -> dict[str, Any]:
    """A hit as `pieces.is_known` asks for it."""
    return {"contig": hit.hairpin.contig, "start": hit.hairpin.start, "end": hit.hairpin.end}


def library(path: Path, genome: Genome, rng: np.random.Generator) -> None:
    """Write reads of noise all over a genome as collapsed FASTA."""
    lines = []
    for contig in genome.contigs:
        made, bases = Library(), genome.fetch(contig.name, 0, contig.length)
        for _ in range(rng.poisson(contig.length / APART)):
            at = int(rng.integers(max(contig.length - PATCH, 1)))
            strand = "+-"[int(rng.integers(2))]
            patch = Hairpin(contig.name, at, at + PATCH, strand, "N" * PATCH, "." * PATCH, 0.0)
            noise(made, patch, float(10 ** rng.uniform(*DEPTHS)), rng)
        for (start, length, minus), count in sorted(made.counts.items()):
            letters = bases[start : start + length]
            if len(letters) == length and "N" not in letters:
                lines.append(f">r{len(lines)}_x{count}\n{on_strand(letters, '-' if minus else '+')}\n")
    path.write_text("".join(lines))


def scanned(genome: Genome, clade: str, scorer: Scorer, reads: Path | None, threads: int) -> Sequence[Hit]:
    """The hits from the lowest score up for which curves were measured."""
    lowest = SCORES[0]
    search = search_for("default", scorer, lowest)
    options = ScanOptions(
        search=replace(search, sieve=Clade((clade,)).sieve(search.sieve)),
        min_score=lowest,
        evidence=(*ALL.split(","), *([NAME] if reads else [])),
        evidence_choices={"flanks": (clade,), NAME: (str(reads),) if reads else ()},
        decoys=0,
    )
    scan = Scan(genome, scorer, options, workers=threads)
    with closing(Journal.new(scan.header())) as journal:
        scan.search(journal)
        return list(scan.finish(journal).hits())
