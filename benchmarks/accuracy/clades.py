"""How often the guess of a genome's clade is right: on the pieces of genomes, and on parts of them.

    python -m benchmarks.accuracy.clades

A guess that leaves several clades open is right where the true clade is among them. No number of the guess
was fitted on these genomes; the families of their species are in the index, as those of relatives are of most
genomes.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.accuracy.false_hits import GENOMES
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.genome.access import Genome
from mirscan.pipeline.clades import Clade, clade_of

SIZES = (1_000_000, 200_000)  # nt of the parts
SURE, AMONG, WRONG = "the_clade", "among_several", "another"


def verdict(guess: Clade, clade: str) -> str:
    """What a guess is worth."""
    if clade not in guess.names:
        return WRONG
    return SURE if len(guess.names) == 1 else AMONG


def guessed(path: Path, clade: str) -> dict[str, Any]:
    """The guess of a whole genome, and how often those of its parts are right."""
    with Genome.open(str(path)) as genome:
        whole = clade_of(None, genome)
        parts = {f"{size:,}": dict(_of_parts(genome, size, clade)) for size in SIZES}
    return {
        "clade": clade,
        "guess": list(whole.names),
        "why": whole.why,
        "verdict": verdict(whole, clade),
        "parts_of_nt": parts,
    }


def _of_parts(genome: Genome, size: int, clade: str) -> Counter[str]:
    """Verdicts of all whole parts of a size, each as a genome of its own."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for contig in genome.contigs:
            for start in range(0, contig.length - size + 1, size):
                part = Path(scratch) / "part.fa"
                part.write_text(f">part\n{genome.fetch(contig.name, start, start + size)}\n")
                with Genome.open(str(part)) as opened:
                    found[verdict(clade_of(None, opened), clade)] += 1
    return found


def main() -> None:
    """Guess and write."""
    given = parser_for(__doc__, "clades.json", "genomes").parse_args()
    rows = {
        name: guessed(next((given.data / name).glob("genome.fa*")), clade) for name, clade in GENOMES.items()
    }
    totals = {
        size: dict(sum((Counter(row["parts_of_nt"][size]) for row in rows.values()), Counter()))
        for size in (f"{each:,}" for each in SIZES)
    }
    whole = dict(Counter(row["verdict"] for row in rows.values()))
    write(given.json, {**made_with(), "whole": whole, "parts_of_nt": totals, "genomes": rows})


if __name__ == "__main__":
    main()
