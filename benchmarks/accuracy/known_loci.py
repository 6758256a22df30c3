"""Scan real genomes and compare with their known precursors.

For each genome: how many known loci reach the scorer and how many are among the hits at the default threshold
(same strand, overlap at least half of the shorter); hits, seconds, peak memory of all processes.

    python -m benchmarks.accuracy.known_loci
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.tools.measured import Measured, run
from benchmarks.tools.results import parser_for, write
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region
from mirscan.pipeline.request import MODEL
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.runtime.cpus import available_cpus
from mirscan.scoring.scorer import Scorer
from mirscan.version import __version__

MIRSCAN = str(Path(sys.executable).with_name("mirscan"))
CHR20 = "hsa_chr20_0-7.39M"
GENOMES = ("ebv", "hsv1", "cel_mir35_cluster", "ath_1pct", CHR20)
MEGABASE = Region(
    "20", 3_000_000, 4_000_000
)  # with the overlapping antisense pair of mir-103a-2 and mir-103b-2

Place = tuple[str, int, int, str]


def known_loci(folder: Path, region: Region | None) -> list[Place]:
    """The known loci of a genome, or of a region of it."""
    rows = [line.split("\t") for line in (folder / "known_loci.bed").read_text().splitlines()]
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


def scored_places(genome: Path, region: Region | None) -> list[Place]:
    """Every candidate that reaches the scorer."""
    options = ScanOptions(min_score=0.0, regions=(region,) if region else ())
    with Genome.open(str(genome)) as opened:
        calls = Scan(opened, Scorer(MODEL, "cpu"), options, workers=available_cpus()).calls()
        return [(c.hairpin.contig, c.hairpin.start, c.hairpin.end, c.hairpin.strand) for c in calls]


def scan(
    genome: Path, folder: Path, region: Region | None
) -> tuple[list[Place], dict[str, object], Measured]:
    """Run the command; the places of its hits, its summary, and what it took."""
    result, summary = folder / "hits.json", folder / "summary.json"
    command = [MIRSCAN, "scan", str(genome), "-o", str(result), "--summary", str(summary), "--force"]
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


def measure(folder: Path, scratch: Path) -> dict[str, object]:
    """The row of one genome."""
    region = MEGABASE if folder.name == CHR20 else None
    genome = local_copy(folder, scratch / f"{folder.name}.fa")
    known = known_loci(folder, region)
    candidates = scored_places(genome, region)
    hits, summary, measured = scan(genome, scratch, region)
    return {
        "genome": folder.name + (f" {region.start}-{region.end}" if region else ""),
        "known": len(known),
        "known_among_candidates": sum(found(locus, candidates) for locus in known),
        "known_among_hits": sum(found(locus, hits) for locus in known),
        "hits": len(hits),
        "funnel": summary["funnel"],
        "model": summary["model"],
        "threads": summary["threads"],
        "seconds": measured.seconds,
        "peak_megabytes": measured.peak_megabytes,
    }


def main() -> None:
    """Measure every genome and write the table."""
    given = parser_for(__doc__, "known_loci.json", "genomes").parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [measure(given.data / name, Path(scratch)) for name in GENOMES]
    write(given.json, {"mirscan": __version__, "genomes": rows})
    for row in rows:
        print({name: value for name, value in row.items() if name != "funnel"})


if __name__ == "__main__":
    main()
