"""What the free energy of shuffles follows from: fits the numbers of `mirscan/encoding/shuffled_energy.py`.

    python -m benchmarks.accuracy.shuffled_energy

Candidates of genomes are shuffled with their dinucleotides, six times each, and folded; the mean energy is
fitted linearly to the counts of dinucleotides, the variance to the length. On candidates of other genomes the
estimate that ships is compared with the mean. Writes benchmarks/results/shuffled_energy.json.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import decode, encode
from mirscan.encoding.shuffled_energy import A_DINUCLEOTIDE, CONSTANT, dinucleotides
from mirscan.pipeline.decoys import shuffled
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan.data import background
from mirscan.training.scan.folds import structures

FITTED = ("hsa_chr3_42-44M", "cel_chrI_1Mb", "dme_chr4", "ebv")
COMPARED = ("hsa_chr4_103-105M", "ath_1pct", "hsv1")
EACH, SHUFFLES = 400, 6

Floats = NDArray[np.float64]


def shuffles(genomes: Path, names: tuple[str, ...], cache: Path) -> tuple[Floats, Floats]:
    """Counts of dinucleotides (n, 16) of candidates, and energies of their shuffles (n, 6)."""
    random = np.random.default_rng(0)
    sequences: list[str] = []
    for name in names:
        letters = background(genomes / name, SieveSettings(), cache).letters()
        sequences += [letters[row] for row in random.permutation(len(letters))[:EACH]]
    mixed = [decode(shuffled(encode(one), random)) for one in sequences for _ in range(SHUFFLES)]
    energies = np.array([energy for _, energy in structures(mixed)]).reshape(-1, SHUFFLES)
    return np.array([dinucleotides(one).ravel() for one in sequences], dtype=np.float64), energies


def measure(genomes: Path, cache: Path) -> dict[str, Any]:
    """Fit, and compare what ships."""
    counts, energies = shuffles(genomes, FITTED, cache)
    design = np.column_stack([counts, np.ones(len(counts))])
    fitted = np.linalg.lstsq(design, energies.mean(1), rcond=None)[0]
    lengths = np.column_stack([counts.sum(1) + 1, np.ones(len(counts))])
    variance = np.linalg.lstsq(lengths, energies.var(1, ddof=1), rcond=None)[0]
    others, apart = shuffles(genomes, COMPARED, cache)
    shipped = others @ A_DINUCLEOTIDE.ravel() + CONSTANT
    error = shipped - apart.mean(1)
    return {
        "fitted": {
            "a_dinucleotide": fitted[:16].reshape(4, 4).round(3).tolist(),
            "constant": round(float(fitted[16]), 3),
        },
        "variance": {"a_base": round(float(variance[0]), 4), "constant": round(float(variance[1]), 3)},
        "shipped_on_other_genomes": {
            "correlation": float(np.corrcoef(shipped, apart.mean(1))[0, 1]),
            "mean_error": float(error.mean()),
            "standard_error": float(error.std()),
            "of_the_mean_of_shuffles": float(apart.std(1, ddof=1).mean() / np.sqrt(SHUFFLES)),
        },
    }


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "shuffled_energy.json", "genomes")
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    given = parser.parse_args()
    write(given.json, {**made_with(), **measure(given.data, given.cache)})


if __name__ == "__main__":
    main()
