"""Small RNA reads as evidence: simulated libraries on human genes of unseen families, planted in background.

Human genes of MirGeneDB with their real flanks, of families that lent nothing to the weights of the reads,
stand in a stretch of chromosome 20. Each gets the same number of reads to expect (50, 10 or none); further
libraries hold a million reads of noise that lie all over the stretch. Known families are no evidence here:
the genes stand for new ones. Counted: genes that are hits, also of those that sieve or prefilters leave out,
and hits that are none, a megabase. Then the real library of the mir-35 cluster of C. elegans, with all
evidence of a default scan, and false hits of real DNA with and without reads of noise (`tools/noisy.py`).
Last, what would change if a hairpin without reads lost nothing: genes found with a library that shows none
of them, and false hits. Parts that are not asked for stay as the file has them.

    python -m benchmarks.accuracy.reads
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.accuracy.known_loci import local_copy
from benchmarks.tools import noisy
from benchmarks.tools.results import made_with, parser_for, write
from benchmarks.tools.spiked import HOSTS, background, kind_of
from mirscan.alphabet import on_strand
from mirscan.evidence.registry import DEFAULT, in_order
from mirscan.evidence.score import HAIRPIN
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.pipeline.stretches import Stretch
from mirscan.reads.arms import arms_of_reads
from mirscan.reads.measurement import NAME, read_signature
from mirscan.reads.weights import shipped_weights
from mirscan.records import Hairpin, Hit, Window
from mirscan.scoring.scorer import Scorer
from mirscan.training.reads.fit import ARM, TEST_FOLD
from mirscan.training.reads.simulate import Library, gene, noise
from mirscan.training.scan.precursors import family_of, fold_of, read_table

HOST = HOSTS["animals_in_human"]
SPACING = 6_000  # nt between two genes
NOISE_READS = 1_000_000
NOISE_AT_ONCE = 2_000  # reads to expect of a piece of noise
DEPTHS = (50, 10, 3)  # reads to expect of a gene
PATCH = 120  # nt, of a piece of noise
PARTS = ("simulated", "worm", "noise", "silence")


def genes(folder: Path) -> list[tuple[str, int, int]]:
    """Sequence, first base and end of the precursor: human genes of families that lent nothing."""
    return [
        (row["sequence"], int(row["start"]), int(row["end"]))
        for row in read_table(folder / "human_primary.tsv.gz")
        if fold_of(family_of(row["family"])) == TEST_FOLD
    ]


def planted(bases: str, rows: Sequence[tuple[str, int, int]], seed: int) -> tuple[str, list[Hairpin]]:
    """The bases with a gene every `SPACING`, flanks and all, in place of as many of theirs."""
    rng = np.random.default_rng(seed)
    pieces, places, done = [], [], 0
    for number, (letters, first, last) in enumerate(rows):
        at = (number + 1) * SPACING
        if at + len(letters) > len(bases):
            break
        strand = "+-"[int(rng.integers(2))]
        pieces += [bases[done:at], on_strand(letters, strand)]
        start, end = (
            (at + first, at + last)
            if strand == "+"
            else (at + len(letters) - last, at + len(letters) - first)
        )
        places.append(Hairpin("spiked", start, end, strand, letters[first:last], "." * (last - first), 0.0))
        done = at + len(letters)
    return "".join([*pieces, bases[done:]]), places


def library(path: Path, bases: str, places: Sequence[Hairpin], depth: float, noisy: bool, seed: int) -> None:
    """Write a simulated library as collapsed FASTA."""
    rng = np.random.default_rng(seed)
    made = Library()
    for each in places:
        size = len(each)
        if depth:
            gene(made, each, ((0, ARM), (size - ARM, size)), depth, rng)
    for _ in range(NOISE_READS // NOISE_AT_ONCE if noisy else 0):
        at = int(rng.integers(200, len(bases) - 400))
        patch = Hairpin("spiked", at, at + PATCH, "+-"[int(rng.integers(2))], "N" * PATCH, "." * PATCH, 0.0)
        noise(made, patch, NOISE_AT_ONCE, rng)
    lines = []
    for number, ((start, length, minus), count) in enumerate(sorted(made.counts.items())):
        letters = bases[start : start + length]
        if len(letters) == length and "N" not in letters:
            lines.append(f">r{number}_x{count}\n{on_strand(letters, '-' if minus else '+')}\n")
    path.write_text("".join(lines))


def scanned(
    path: Path, scorer: Scorer, reads: Sequence[str], threads: int, kinds: Sequence[str] = (HAIRPIN,)
) -> list[Hit]:
    """The hits of a scan at the default threshold, with the evidence of reads where there are any."""
    names = in_order([*kinds, *([NAME] if reads else [])])
    with Genome.open(str(path)) as genome:
        options = ScanOptions(
            search=search_for("default", scorer, scorer.min_score),
            min_score=scorer.min_score,
            evidence=names,
            evidence_choices={NAME: tuple(reads)},
        )
        return list(Scan(genome, scorer, options, workers=threads).hits())


def left_out(path: Path, scorer: Scorer, places: Sequence[Hairpin]) -> list[bool]:
    """Of each gene, whether the sieve or the prefilters of a scan without reads leave it out."""
    search = search_for("default", scorer, scorer.min_score)
    with Genome.open(str(path)) as genome:
        (contig,) = genome.contigs
        whole = Window(contig.name, 0, contig.length, 0, contig.length)
        found = search([Stretch(whole, genome.fetch(contig.name, 0, contig.length))])
    return [
        not any(
            each.strand == gene.strand and same_locus(each.start, each.end, gene.start, gene.end)
            for each in found.hairpins
        )
        for gene in places
    ]


def counted(
    hits: Sequence[Hit], places: Sequence[Hairpin], megabases: float, out: Sequence[bool]
) -> dict[str, Any]:
    """Genes found, hits that are neither a gene nor its other strand, and genes found above all of these."""
    rows = [(each.start, each.end, each.strand) for each in places]
    starts = np.array([row[0] for row in rows])
    kinds = [kind_of(hit, rows, starts) for hit in hits]
    false = [hit.score for hit, kind in zip(hits, kinds, strict=True) if kind == "background"]
    best = [
        max((hit.score for hit in hits if kind_of(hit, [row], np.array([row[0]])) == "planted"), default=-1.0)
        for row in rows
    ]
    found = sum(score >= 0 for score in best)
    return {
        "genes": len(rows),
        "found": found,
        "recall": round(found / len(rows), 4),
        "left_out_by_prefilters": sum(out),
        "found_of_these": sum(score >= 0 for score, missed in zip(best, out, strict=True) if missed),
        "wrong_strand": kinds.count("antisense"),
        "false": len(false),
        "false_per_megabase": round(len(false) / megabases, 3),
        "recall_above_every_false_hit": round(
            sum(score > max(false, default=0.0) for score in best) / len(rows), 4
        ),
    }


def worm(data: Path, scorer: Scorer, threads: int, scratch: Path) -> dict[str, Any]:
    """The real library: loci found, false hits, and how many ends of the more abundant arm are miRBase's."""
    folder = data / "genomes" / "cel_mir35_cluster"
    path = local_copy(folder, scratch / "worm.fa")
    hits = scanned(path, scorer, [str(data / "reads" / "cel_mir35_collapsed.fa.gz")], threads, DEFAULT)
    loci = [line.split("\t") for line in (folder / "known_loci.bed").read_text().splitlines()]
    known = [(row[0], int(row[1]), int(row[2]), row[5]) for row in loci]
    rows = []
    for contig, start, end, strand in known:
        here = [
            hit
            for hit in hits
            if (hit.hairpin.contig, hit.hairpin.strand) == (contig, strand)
            and min(end, hit.hairpin.end) - max(start, hit.hairpin.start)
            > 0.5 * min(end - start, len(hit.hairpin))
        ]
        term = here[0].evidence.term(NAME) if here and here[0].evidence else None
        arms = arms_of_reads(here[0].hairpin, read_signature(term.numbers)) if term else None
        rows.append(
            {
                "locus": f"{contig}:{start + 1}-{end}:{strand}",
                "found": bool(here),
                "arms_by_reads": bool(arms),
            }
        )
    true = sum(row["found"] for row in rows)
    return {"loci": len(rows), "found": true, "false": len(hits) - true, "rows": rows}


def simulated(given: argparse.Namespace, scorer: Scorer, scratch: Path) -> dict[str, Any]:
    """The genes found and the false hits by library."""
    bases, places = planted(
        background(given.data / "genomes", HOST, scratch), genes(given.data / "scan"), given.seed
    )
    genome = scratch / "spiked.fa"
    genome.write_text(f">spiked\n{bases}\n")
    out = left_out(genome, scorer, places)
    plain = scanned(genome, scorer, [], given.threads)
    rows = [{"reads": "none", **counted(plain, places, len(bases) / 1e6, out)}]
    for depth in (*DEPTHS, 0):
        for with_noise in (False, True) if depth else (True,):
            path = scratch / "reads.fa"
            library(path, bases, places, depth, with_noise, given.seed + depth)
            hits = scanned(genome, scorer, [str(path)], given.threads)
            name = f"{depth} a gene" + (f", {NOISE_READS:,} of noise" if with_noise else "")
            rows.append({"reads": name, **counted(hits, places, len(bases) / 1e6, out)})
            print(rows[-1], flush=True)
    return {**made_with(scorer), "megabases": round(len(bases) / 1e6, 4), "simulated": rows}


def silence(given: argparse.Namespace, scorer: Scorer, scratch: Path) -> dict[str, Any]:
    """Genes found where none is expressed, as weighed and with nothing lost by it, and false hits then."""
    bases, places = planted(
        background(given.data / "genomes", HOST, scratch), genes(given.data / "scan"), given.seed
    )
    genome, path = scratch / "silent.fa", scratch / "silent_reads.fa"
    genome.write_text(f">spiked\n{bases}\n")
    library(path, bases, places, 0, True, given.seed)
    out = left_out(genome, scorer, places)
    usual = shipped_weights()

    def found(reads: Sequence[str]) -> dict[str, Any]:
        return counted(scanned(genome, scorer, reads, given.threads), places, len(bases) / 1e6, out)

    rows = {"without_reads": found([]), "as_weighed": found([str(path)])}
    with mock.patch("mirscan.evidence.reads.shipped_weights", return_value=replace(usual, silent=0.0)):
        rows["nothing_lost"] = found([str(path)])
        noise_only = noisy.study(given.data / "genomes", scorer, scratch, given.seed, given.threads)
    false = noise_only["by_false_per_mb"]
    return {**made_with(scorer), "silent": usual.silent, "none_expressed": rows, "by_false_per_mb": false}


def main() -> None:
    """Simulate, scan and count."""
    parser = parser_for(__doc__, "reads.json", threads=2)
    parser.add_argument("--model", default="scan")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    given = parser.parse_args()
    parts, scorer = given.part or PARTS, Scorer(given.model, "cpu")
    content = json.loads(given.json.read_text()) if given.json.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if "simulated" in parts:
            content |= simulated(given, scorer, scratch)
        if "worm" in parts:
            content["worm"] = worm(given.data, scorer, given.threads, scratch)
        if "noise" in parts:
            genomes = given.data / "genomes"
            content["noise"] = made_with(scorer) | noisy.study(
                genomes, scorer, scratch, given.seed, given.threads
            )
        if "silence" in parts:
            content["silence"] = silence(given, scorer, scratch)
    write(given.json, content)


if __name__ == "__main__":
    main()
