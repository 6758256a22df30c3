"""The shipped tree on z_m of the shipped DIVA, measured on the open split of modmiRBase, and its picture.

    python benchmarks/tree_on_zm.py --data ../shared/data/modmirbase

writes benchmarks/results/tree_on_zm.json and tree_on_zm.svg; it is `mirscan evaluate tree` with these names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mirscan.cli import main as mirscan

RESULTS = Path(__file__).parent / "results"
SHIPPED = Path(__file__).parents[1] / "weights" / "diva-tree"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="../shared/data/modmirbase")
    parser.add_argument("--threads", default="1")
    given = parser.parse_args()
    command = ["evaluate", "tree", "--data", given.data, "--diva", "diva", "--tree", str(SHIPPED)]
    outputs = ["--json", str(RESULTS / "tree_on_zm.json"), "--figure", str(RESULTS / "tree_on_zm.svg")]
    return mirscan([*command, *outputs, "--threads", given.threads, "--force"])


if __name__ == "__main__":
    sys.exit(main())
