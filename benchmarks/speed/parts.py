"""What parts of mirscan cost beside a scan: an explanation, the paper's network, a library of reads.

    python -m benchmarks.speed.parts [--only explain_speed] [--only lstm_speed] [--only reads_speed]

writes a file of each name in benchmarks/results. Processor seconds stand beside seconds on the clock: where
the machine does other work at the same time, only they can be compared.

explain_speed  One hairpin with the start of the program, and a page of a thousand hits: the precursors of
               the demo genome with a few letters changed at random (seeded), folded anew. Each run is a
               process of its own with the threads that the command takes by default (--networks).
lstm_speed     Seconds an epoch of the training with the compiled steps and with torch's own, in turns on
               the same batches, and hairpins a second.
reads_speed    The reads of a BAM lie as in a real library, most of them in a few hundred deep places, the
               rest all over 60 Mb; they are read in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import pysam
import torch

from benchmarks.tools.results import made_with, parser_of_parts, write_parts
from mirscan.demo import PRECURSORS
from mirscan.encoding.sequence import pad
from mirscan.folding.viennarna import fold
from mirscan.models import build, recurrence
from mirscan.records import Hairpin, Hit
from mirscan.training.deepmirgene.epochs import LstmSettings, LstmTraining
from mirscan.training.deepmirgene.task import prepare
from mirscan.version import __version__
from mirscan.writers.text import TsvWriter

CHANGED = 6  # letters of each hairpin
BARS = {"one_hairpin": 5.0, "page_of_1000_hits": 60.0}  # seconds on 2 cores
EPOCHS = 3
HAIRPINS = 16_384
BATCH = 1024
CONTIG, LENGTH = "chr", 60_000_000
DEEP_PLACES, DEEP_SHARE = 300, 0.8
CHILD = """
import json, resource, sys, time
from mirscan.reads.alignments import read_alignments
started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with read_alignments(sys.argv[1], "library", {"chr": 60_000_000}, "") as places:
    reads = places.reads
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spent = time.process_time() - started
print(json.dumps({"reads": reads, "seconds": spent, "megabytes": (peak - before) / 1024}))
"""


def explain_speed(given: argparse.Namespace) -> dict[str, Any]:
    """One hairpin, and a page of many hits, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "hits.tsv"
        name = write_hits(table, given.hits)
        hits = [str(table), *(["--threads", given.networks] if given.networks else [])]
        run(folder, *hits, "--id", name)  # the first start compiles
        runs = {
            "one_hairpin": run(folder, *hits, "--id", name, "--what-if=no"),
            "one_hairpin_with_what_if": run(folder, *hits, "--id", name),
            f"page_of_{given.hits}_hits": run(folder, *hits),
        }
    return {
        "mirscan": __version__,
        "torch": version("torch"),
        "cores": os.cpu_count(),
        "threads": given.networks or "default",
        "load": round(os.getloadavg()[0], 1),
        "bars_seconds": BARS,
        "runs": runs,
    }


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


def lstm_speed(given: argparse.Namespace) -> dict[str, Any]:
    """The paper's network: seconds an epoch of its training, hairpins a second."""
    torch.set_num_threads(given.threads)
    data = given.data / "deepmirgene"
    return {"threads": given.threads, "training": training(data), "scoring": scoring()}


def timed(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def training(data: Path) -> dict[str, dict[str, float]]:
    """An epoch with the compiled steps and with torch's own, in turns on the same batches."""
    task = prepare(data, "cross_species", torch.device("cpu"))
    ways = {"compiled": recurrence._steps, "torch": recurrence.steps_in_torch}
    runs = {way: LstmTraining(task.train, LstmSettings(epochs=1 + EPOCHS), None, None) for way in ways}
    took: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(1 + EPOCHS):  # the first compiles
        for way, steps in ways.items():
            with patch.object(recurrence, "_steps", steps):
                took[way].append(timed(runs[way].epoch))
    return {
        way: {
            f"{name}_an_epoch": round(statistics.median(epoch[name] for epoch in epochs[1:]), 3)
            for name in epochs[0]
        }
        for way, epochs in took.items()
    }


def scoring() -> dict[str, float]:
    draw = np.random.default_rng(0)
    rows = [draw.integers(0, 16, n).astype(np.uint8) for n in np.sort(draw.integers(60, 111, HAIRPINS))]
    network = build("lstm2-attention").eval()

    def score_all() -> None:
        with torch.inference_mode():
            for low in range(0, HAIRPINS, BATCH):
                network(*(torch.from_numpy(part) for part in pad(rows[low : low + BATCH])))

    score_all()
    took = timed(score_all)
    return {
        "hairpins_a_second": round(HAIRPINS / took["wall_seconds"]),
        "hairpins_a_cpu_second": round(HAIRPINS / took["cpu_seconds"]),
    }


def reads_speed(given: argparse.Namespace) -> dict[str, Any]:
    """A BAM of millions of reads boiled down to its places."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "library.bam")
        library(path, given.reads)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
        )
    found = {name: round(value, 1) for name, value in json.loads(done.stdout).items()}
    children = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, 1)
    return made_with() | {"aligned_reads": given.reads, "user_seconds_with_start_up": children, **found}


def library(path: Path, reads: int, seed: int = 3) -> None:
    """Write a sorted BAM."""
    rng = np.random.default_rng(seed)
    deep = rng.integers(0, LENGTH - 100, DEEP_PLACES)[rng.integers(0, DEEP_PLACES, int(DEEP_SHARE * reads))]
    deep = deep + rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, -1], len(deep))
    start = np.sort(np.concatenate([deep, rng.integers(0, LENGTH - 100, reads - len(deep))]).clip(0))
    length = rng.integers(18, 31, reads)
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": CONTIG, "LN": LENGTH}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for number in range(reads):
            read = pysam.AlignedSegment(file.header)
            bases = int(length[number])
            read.query_name, read.flag, read.reference_id = f"r{number}", int(number % 3 == 0) * 16, 0
            read.query_sequence, read.cigarstring = "A" * bases, f"{bases}M"
            read.reference_start = int(start[number])
            file.write(read)


PARTS = {"explain_speed": explain_speed, "lstm_speed": lstm_speed, "reads_speed": reads_speed}


def main() -> None:
    parser = parser_of_parts(__doc__, PARTS, threads=2)
    parser.add_argument("--hits", type=int, default=1000)
    parser.add_argument("--networks", help="Threads of `explain`; by default what the command takes.")
    parser.add_argument("--reads", type=int, default=10_000_000)
    write_parts(parser.parse_args(), PARTS)


if __name__ == "__main__":
    main()
