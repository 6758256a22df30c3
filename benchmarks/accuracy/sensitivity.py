"""What the looks save and what they lose: the same scan at each sensitivity, against the exhaustive one.

python -m benchmarks.accuracy.sensitivity
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.accuracy.known_loci import MIRSCAN, found, known_loci, local_copy
from benchmarks.tools.measured import run
from benchmarks.tools.results import parser_for, write
from mirscan.genome.regions import Region
from mirscan.pipeline.sensitivity import SENSITIVITIES

PLACES: dict[str, Region | None] = {"ebv": None, "hsa_chr20_0-7.39M": Region("20", 3_000_000, 4_000_000)}


def scan(genome: Path, folder: Path, region: Region | None, sensitivity: str) -> dict[str, Any]:
    """Run one scan: its hits as places, its funnel, and the seconds and memory it took."""
    result, summary = folder / "hits.json", folder / "summary.json"
    command = [
        MIRSCAN,
        "scan",
        str(genome),
        "-o",
        str(result),
        "--summary",
        str(summary),
        "--force",
        "--tree",
        "none",
    ]
    if region:
        command += ["--region", f"{region.contig}:{region.start + 1}-{region.end}"]
    measured = run([*command, "--sensitivity", sensitivity])
    facts = json.loads(summary.read_text())
    hits = json.loads(result.read_text())["hits"]
    return {
        "hits": [(hit["contig"], hit["start"], hit["end"], hit["strand"]) for hit in hits],
        "funnel": facts["funnel"],
        "stage_seconds": facts["seconds"],
        "seconds": measured.seconds,
        "core_seconds": measured.core_seconds,
        "peak_megabytes": measured.peak_megabytes,
    }


def measure(folder: Path, region: Region | None, scratch: Path) -> dict[str, Any]:
    """The rows of one genome: each sensitivity against the exhaustive scan."""
    genome = local_copy(folder, scratch / f"{folder.name}.fa")
    known = known_loci(folder, region)
    runs = {sensitivity: scan(genome, scratch, region, sensitivity) for sensitivity in SENSITIVITIES}
    everything = runs["exhaustive"]["hits"]
    for each in runs.values():
        hits = each.pop("hits")
        each["known"], each["known_found"] = len(known), sum(found(locus, hits) for locus in known)
        each["exhaustive_hits"] = len(everything)
        each["exhaustive_hits_found"] = sum(found(place, hits) for place in everything)
    return runs


def main() -> None:
    """Measure and write."""
    given = parser_for(__doc__, "sensitivity.json", "genomes").parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = {name: measure(given.data / name, region, Path(scratch)) for name, region in PLACES.items()}
    write(given.json, rows)


if __name__ == "__main__":
    main()
