"""What a library costs: a BAM of millions of reads boiled down to its places, in a process of its own.

The reads lie as in a real library: most of them in a few hundred deep places, the rest all over 60 Mb.

    python -m benchmarks.speed.reads [--reads 10000000]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pysam

from benchmarks.tools.results import made_with, parser_for, write

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


def main() -> None:
    """Make the library, read it in a fresh process, write what it took."""
    parser = parser_for(__doc__, "reads_speed.json")
    parser.add_argument("--reads", type=int, default=10_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "library.bam")
        library(path, given.reads)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
        )
    found = {name: round(value, 1) for name, value in json.loads(done.stdout).items()}
    children = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, 1)
    write(
        given.json,
        {**made_with(), "aligned_reads": given.reads, "user_seconds_with_start_up": children, **found},
    )


if __name__ == "__main__":
    main()
