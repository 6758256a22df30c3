"""Scan real genomes and compare with their known precursors.

    python -m benchmarks.accuracy.known_loci [--only known_loci] [--only sensitivity]

writes a file of each name in benchmarks/results.

known_loci   For each genome: how many known loci the sieve offers and how many are among the hits at the
             default threshold (same strand, overlap at least half of the shorter); hits by tier, the clade
             that was guessed, seconds, seconds of processor, peak memory of all processes.
sensitivity  What the prefilters save and what they lose: the same scan at each sensitivity, against the
             exhaustive one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tools.measured import Measured, run
from benchmarks.tools.pieces import GENOMES as CLADES
from benchmarks.tools.results import made_with, parser_of_parts, write_parts
from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.evidence.registry import DEFAULT
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.request import MODEL
from mirscan.pipeline.sensitivity import SENSITIVITIES
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings, candidates

MIRSCAN = str(Path(sys.executable).with_name("mirscan"))
CHR20 = "hsa_chr20_0-7.39M"
GENOMES = (
    *("ebv", "hsv1", "cel_mir35_cluster", "cel_chrI_1Mb", "dme_chr4", "ath_1pct", "hsa_chr1_0-3M", CHR20),
    *("eco_K12", "sce_R64"),  # without any microRNA
)
# with the overlapping antisense pair of mir-103a-2 and mir-103b-2
MEGABASE = Region("20", 3_000_000, 4_000_000)
PLACES = {"ebv": None, CHR20: MEGABASE}  # of the sensitivities

Place = tuple[str, int, int, str]


def known_loci(folder: Path, region: Region | None) -> list[Place]:
    """The known loci of a genome, or of a region of it."""
    path = folder / "known_loci.bed"
    rows = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    places = [(row[0], int(row[1]), int(row[2]), row[5]) for row in rows]
    if region is None or region.end is None:
        return places
    return [p for p in places if p[0] == region.contig and region.start <= p[1] and p[2] <= region.end]


def found(known: Place, hits: list[Place]) -> bool:
    """Whether a hit on the same strand shares half of the shorter of the two."""
    contig, start, end, strand = known
    return any(
        min(end, hit[2]) - max(start, hit[1]) >= 0.5 * min(end - start, hit[2] - hit[1])
        for hit in hits
        if (hit[0], hit[3]) == (contig, strand)
    )


def offered_places(genome: Path, region: Region | None, clade: str) -> list[Place]:
    """Every candidate of the sieve: what `--sensitivity exhaustive` folds and scores."""
    places = []
    sieve = Clade((clade,)).sieve(SieveSettings())
    with Genome.open(str(genome)) as opened:
        for contig in opened.contigs:
            if region and contig.name != region.contig:
                continue
            first, last = (region.start, region.end or contig.length) if region else (0, contig.length)
            codes = encode(opened.fetch(contig.name, first, last))
            for strand, letters in (("+", codes), ("-", reverse_complement_codes(codes))):
                offered = candidates(letters, sieve)
                for start, end in zip(offered.start.tolist(), offered.end.tolist(), strict=True):
                    place = (start, end) if strand == "+" else (len(codes) - end, len(codes) - start)
                    places.append((contig.name, first + place[0], first + place[1], strand))
    return places


def scan(
    genome: Path, folder: Path, region: Region | None, *options: str
) -> tuple[list[Place], dict[str, Any], Measured]:
    """Run the command; the places of its hits, its summary, and what it took."""
    result, summary = folder / "hits.json", folder / "summary.json"
    written = ["-o", str(result), "--summary", str(summary), "--force"]
    command = [MIRSCAN, "scan", str(genome), *written, *options]
    if region:
        command += ["--region", f"{region.contig}:{region.start + 1}-{region.end}"]
    measured = run(command)
    hits = json.loads(result.read_text())["hits"]
    places = [(hit["contig"], hit["start"], hit["end"], hit["strand"]) for hit in hits]
    return places, json.loads(summary.read_text()), measured


def local_copy(folder: Path, target: Path) -> Path:
    """The genome as plain FASTA in a scratch folder, so that no index lands beside the data."""
    source = next(folder.glob("genome.fa*"))
    opening = gzip.open if source.suffix == ".gz" else open
    with opening(source, "rb") as stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    return target


def known_of(folder: Path, scratch: Path) -> dict[str, Any]:
    """The row of one genome."""
    region = MEGABASE if folder.name == CHR20 else None
    genome = local_copy(folder, scratch / f"{folder.name}.fa")
    known = known_loci(folder, region)
    offered = offered_places(genome, region, CLADES.get(folder.name, "nematode"))
    hits, summary, measured = scan(genome, scratch, region)
    row = {
        "genome": folder.name + (f" {region.start}-{region.end}" if region else ""),
        "known": len(known),
        "known_among_candidates": sum(found(locus, offered) for locus in known),
        "known_among_hits": sum(found(locus, hits) for locus in known),
        "hits": len(hits),
        "tiers": summary["tiers"]["hits"],
        "held_back": summary["tiers"]["held_back"],
        "clades": summary["tiers"]["clades"],
        "funnel": summary["funnel"],
        "model": summary["model"],
        "threads": summary["threads"],
        "seconds": measured.seconds,
        "core_seconds": measured.core_seconds,
        "peak_megabytes": measured.peak_megabytes,
    }
    print({name: value for name, value in row.items() if name != "funnel"})
    return row


def by_sensitivity(folder: Path, region: Region | None, scratch: Path) -> dict[str, Any]:
    """The rows of one genome: each sensitivity against the exhaustive scan."""
    genome = local_copy(folder, scratch / f"{folder.name}.fa")
    known = known_loci(folder, region)
    plain = ("--tree", "none", "--sensitivity")
    runs = {each: scan(genome, scratch, region, *plain, each) for each in SENSITIVITIES}
    everything, _, _ = runs["exhaustive"]
    return {
        sensitivity: {
            "funnel": summary["funnel"],
            "stage_seconds": summary["seconds"],
            "seconds": measured.seconds,
            "core_seconds": measured.core_seconds,
            "peak_megabytes": measured.peak_megabytes,
            "known": len(known),
            "known_found": sum(found(locus, hits) for locus in known),
            "exhaustive_hits": len(everything),
            "exhaustive_hits_found": sum(found(place, hits) for place in everything),
        }
        for sensitivity, (hits, summary, measured) in runs.items()
    }


def of_genomes(given: argparse.Namespace) -> dict[str, Any]:
    """What is found of the known loci of each genome."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = [known_of(given.data / name, Path(scratch)) for name in GENOMES]
    return {**made_with(Scorer(MODEL, "cpu")), "evidence": DEFAULT, "genomes": rows}


def of_sensitivities(given: argparse.Namespace) -> dict[str, Any]:
    """What each sensitivity saves and loses."""
    with tempfile.TemporaryDirectory() as scratch:
        return {
            name: by_sensitivity(given.data / name, region, Path(scratch)) for name, region in PLACES.items()
        }


PARTS = {"known_loci": of_genomes, "sensitivity": of_sensitivities}


def main() -> None:
    write_parts(parser_of_parts(__doc__, PARTS, "genomes").parse_args(), PARTS)


if __name__ == "__main__":
    main()
