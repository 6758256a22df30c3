"""Make the test data of the Galaxy tools: everything in them comes from mirscan's own example genome.

python wrappers/make_test_data.py [FOLDER]
"""

from __future__ import annotations

import gzip
import random
import sys
from pathlib import Path

from mirscan.cli import main
from mirscan.demo import COMPOSITION, PRECURSORS, SEED, example_genome

FOLDER = Path(__file__).resolve().parent / "galaxy" / "test-data"
MIR_21 = len(PRECURSORS["hsa-mir-21"])
FLANK = 500  # bases kept on both sides of the precursor


def genome() -> str:
    """A piece of the example genome, with hsa-mir-21 on its minus strand."""
    contigs, planted = example_genome()
    place = next(each for each in planted if each.name == "hsa-mir-21")
    piece = contigs[place.contig][place.start - FLANK : place.end + FLANK]
    return f">with-mir-21\n{piece}\n"


def hairpins() -> str:
    """The precursors of the example genome."""
    return "".join(f">{name}\n{sequence}\n" for name, sequence in PRECURSORS.items())


def others() -> str:
    """As many random sequences of the same lengths."""
    dice = random.Random(SEED)
    letters, weights = zip(*COMPOSITION.items(), strict=True)
    drawn = [dice.choices(letters, weights, k=len(sequence)) for sequence in PRECURSORS.values()]
    return "".join(f">random-{at}\n{''.join(bases)}\n" for at, bases in enumerate(drawn))


def make(folder: Path) -> None:
    """Write all test data, hits.json by a scan."""
    (folder / "genome.fa").write_text(genome())
    (folder / "genome.fa.gz").write_bytes(gzip.compress(genome().encode(), mtime=0))
    (folder / "precursors.fa").write_text(hairpins())
    (folder / "others.fa").write_text(others())
    (folder / "not_a_genome.fa").write_text(">protein\nMKVLE\n")
    (folder / "known.bed").write_text(f"with-mir-21\t{FLANK}\t{FLANK + MIR_21}\thsa-mir-21\t0\t-\n")
    (folder / "nowhere.bed").write_text("with-mir-21\t0\t10\n")
    hits = ["-o", str(folder / "hits.json"), "--threads", "1", "--force", "--quiet"]
    if main(["scan", str(folder / "genome.fa"), *hits]):
        raise SystemExit("the scan failed")
    (folder / "genome.fa.fai").unlink(missing_ok=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
