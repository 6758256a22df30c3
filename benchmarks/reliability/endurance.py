"""What the journal of a scan costs, and what genomes of odd shapes take: many contigs, a line of a gigabyte.

python -m benchmarks.reliability.endurance

The journal is timed inside a scan of a megabase of human: the seconds spent in writing and reading it, of all
that the scan takes. The genomes of odd shapes are opened (read, checked, indexed) and planned, not searched;
their memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.accuracy.known_loci import local_copy
from benchmarks.tools.results import parser_for, write
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region
from mirscan.pipeline.journal import Chunk, Header, Journal
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Run
from mirscan.scoring.scorer import Scorer
from mirscan.version import __version__

HUMAN = "hsa_chr20_0-7.39M"
MEGABASE = Region("20", 3_000_000, 4_000_000)
SMALL_CONTIGS, SMALL_CONTIG = 1_400_000, 700
MARGIN = 600


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """A function that adds the seconds of its calls to `spent`."""

    def with_clock(*given: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*given)
        finally:
            spent.append(time.perf_counter() - started)

    return with_clock


def journal(genome: Path, scratch: Path) -> dict[str, Any]:
    """A scan of a megabase with a journal on disk."""
    scorer = Scorer("scan", "cpu")
    min_score = scorer.min_score
    options = ScanOptions(search_for("default", scorer, min_score), min_score, regions=(MEGABASE,))
    path, writing = scratch / "journal", []
    with Genome.open(str(genome)) as opened:
        scan = Scan(opened, scorer, options)
        started, cpu = time.perf_counter(), time.process_time()
        kept = Journal.new(scan.header(), path)
        kept.append = timed(kept.append, writing)  # type: ignore[method-assign]
        scan.search(kept)
        searched = time.perf_counter()
        read = sum(1 for _ in kept.chunks())
        seconds, reading = time.perf_counter() - started, time.perf_counter() - searched
        kept.close()
        return {
            "bases": scan.plan.bases,
            "chunks": read,
            "bytes": path.stat().st_size,
            "seconds": round(seconds, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
            "seconds_writing": round(sum(writing), 4),
            "seconds_reading": round(reading, 4),
            "share_of_time": round((sum(writing) + reading) / seconds, 5),
        }


def small_contigs(path: Path) -> None:
    with path.open("w") as stream:
        for number in range(SMALL_CONTIGS):
            stream.write(f">scaffold_{number}\n{'ACGTTGCAAC' * (SMALL_CONTIG // 10)}\n")


def one_line(path: Path) -> None:
    with path.open("w") as stream:
        stream.write(">line\n")
        for _ in range(1000):
            stream.write("ACGTTGCAAC" * 100_000)
        stream.write("\n")


SHAPES = {"many_contigs": small_contigs, "long_line": one_line}


def opened(path: Path) -> dict[str, Any]:
    """Open and plan a genome in this process; seconds and peak memory."""
    started = time.process_time()
    with Genome.open(str(path)) as genome:
        read = time.process_time()
        plan = Plan(genome.lengths, MARGIN)
        chunks = sum(1 for _ in plan.chunks())
        planned = time.process_time()
        header = Header(
            Run("", "", "", {"min_contig": 0}, genome.lengths), genome.sha256, None, 50_000, MARGIN
        )
        Journal.new(header).append(Chunk({}, []))
        return {
            "contigs": len(genome.contigs),
            "bases": plan.bases,
            "chunks": chunks,
            "cpu_seconds_reading": round(read - started, 1),
            "cpu_seconds_planning": round(planned - read, 1),
            "cpu_seconds_header": round(time.process_time() - planned, 1),
            "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def shapes(scratch: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each shape, opened in a process of its own."""
    for name, shape in SHAPES.items():
        path = scratch / "shape.fa"
        shape(path)
        command = [sys.executable, "-m", __spec__.name, "--open", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        yield name, {"bytes": path.stat().st_size, **json.loads(done.stdout)}
        path.unlink()


def main() -> None:
    parser = parser_for(__doc__, "endurance.json", "genomes")
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.open:
        print(json.dumps(opened(given.open)))
        return
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        human = local_copy(given.data / HUMAN, scratch / "human.fa")
        facts = {
            "mirscan": __version__,
            "python": platform.python_version(),
            "journal": journal(human, scratch),
            "shapes": dict(shapes(scratch)),
        }
    write(given.json, facts)


if __name__ == "__main__":
    main()
