"""The tree that gives a scan's hits their rules, on families and genomes that it has not seen.

    python -m benchmarks.accuracy.genome_tree

writes benchmarks/results/genome_tree.json; it is `mirscan evaluate tree --genome` with what ships:
the tree on concepts beside one on z_m, planes, CART, boosting and the networks of a scan; the background a Mb
that each leaf states and that is counted in chr20; how the first 400 candidates of chr20 spread over leaves.
"""

from __future__ import annotations

import sys

from benchmarks.tools.results import parser_for
from mirscan.cli import main as mirscan


def main() -> int:
    """Measure and write."""
    given = parser_for(__doc__, "genome_tree.json", threads=1).parse_args()
    command = ["evaluate", "tree", "--genome", "--data", str(given.data), "--tree", "genome-tree"]
    command += ["--diva", "diva", "--threads", str(given.threads), "--json", str(given.json), "--force"]
    return mirscan(command)


if __name__ == "__main__":
    sys.exit(main())
