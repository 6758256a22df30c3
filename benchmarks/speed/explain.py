"""What an explanation costs: one hairpin with the start of the program, and a page of a thousand hits.

The hits are the precursors of the demo genome with a few letters changed at random (seeded), folded anew.
Each run is a process of its own with the threads that the command takes by default.

    python -m benchmarks.speed.explain [--hits 1000] [--threads N]
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.tools.results import parser_for, write
from mirscan.demo import PRECURSORS
from mirscan.folding.viennarna import fold
from mirscan.records import Hairpin, Hit
from mirscan.version import __version__
from mirscan.writers.text import TsvWriter

CHANGED = 6  # letters of each hairpin
BARS = {"one hairpin": 5.0, "page of 1,000 hits": 60.0}  # seconds on 2 cores


def main() -> None:
    parser = parser_for(__doc__, "explain_speed.json")
    parser.add_argument("--hits", type=int, default=1000)
    parser.add_argument("--threads", help="Threads of the networks; by default what the command takes.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "hits.tsv"
        name = write_hits(table, given.hits)
        hits = [str(table), *(["--threads", given.threads] if given.threads else [])]
        run(folder, *hits, "--id", name)  # the first start compiles
        runs = {
            "one hairpin": run(folder, *hits, "--id", name, "--what-if=no"),
            "one hairpin, with what would turn the decisions": run(folder, *hits, "--id", name),
            f"page of {given.hits:,} hits": run(folder, *hits),
        }
    facts = {
        "mirscan": __version__,
        "torch": version("torch"),
        "cores": os.cpu_count(),
        "threads": given.threads or "default",
        "load": round(os.getloadavg()[0], 1),
        "bars_seconds": BARS,
        "runs": runs,
    }
    write(given.json, facts)
    print(json.dumps(facts, indent=1))


def write_hits(path: Path, count: int) -> str:
    """Write a result of so many hits; the name of the first comes back."""
    draw = random.Random(1)
    sequences = [mutated(draw.choice(list(PRECURSORS.values())), draw) for _ in range(count)]
    hits = [Hit.of(hairpin(sequence, 200 * at), 0.5) for at, sequence in enumerate(sequences)]
    with path.open("w") as stream:
        writer = TsvWriter(stream)
        for hit in hits:
            writer.write(hit)
    return hits[0].name


def mutated(sequence: str, draw: random.Random) -> str:
    letters = list(sequence)
    for at in draw.sample(range(len(letters)), CHANGED):
        letters[at] = draw.choice("ACGU")
    return "".join(letters)


def hairpin(sequence: str, start: int) -> Hairpin:
    return Hairpin("demo", start, start + len(sequence), "+", sequence, *fold(sequence))


def run(folder: str, *arguments: str) -> dict[str, float]:
    """Seconds on the clock and of processor, and the bytes of the page."""
    page = Path(folder) / "page.html"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = perf_counter()
    command = [sys.executable, "-m", "mirscan", "explain", *arguments, "-o", str(page), "--force", "--quiet"]
    subprocess.run(command, check=True)
    seconds = perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 1), "cpu_seconds": round(used, 1), "page_bytes": page.stat().st_size}


if __name__ == "__main__":
    main()
