"""How stable a sequence folds beside shuffles of itself, estimated from its dinucleotides alone.

The mean minimum free energy of sequences with given dinucleotides is close to linear in their counts, and
its variance in their length. `python -m benchmarks.accuracy.sieve --only shuffled_energy` fits such numbers
anew and says how near those here come on other genomes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN, encode

# kcal/mol for each dinucleotide, by first and second letter A C G U, and whatever the sequence
A_DINUCLEOTIDE = np.array([
    [0.139, 0.077, -0.066, 0.207],
    [-0.335, -0.553, -0.368, -0.123],
    [-0.565, -0.912, -1.001, -0.388],
    [-0.392, -0.277, -0.411, 0.017],
])  # fmt: skip
CONSTANT = 4.201
VARIANCE_A_BASE, VARIANCE = 0.0780, 2.854  # (kcal/mol)²
LEAST_VARIANCE = 1.0


def dinucleotides(sequence: str) -> NDArray[np.int64]:
    """How often each letter follows each other, int64 (4, 4); pairs with another letter count nowhere."""
    codes = encode(sequence).astype(np.int64)
    first, second = codes[:-1], codes[1:]
    known = (first < UNKNOWN) & (second < UNKNOWN)
    pairs = first[known] * len(LETTERS) + second[known]
    return np.bincount(pairs, minlength=len(LETTERS) ** 2).reshape(len(LETTERS), len(LETTERS))


def stability(sequence: str, mfe: float) -> float:
    """Standard deviations by which a fold lies below the folds of shuffles; about 0 for a random sequence.

    Args:
        sequence: Letters.
        mfe: Its minimum free energy, kcal/mol.
    """
    expected = float((dinucleotides(sequence) * A_DINUCLEOTIDE).sum()) + CONSTANT
    variance = max(VARIANCE_A_BASE * len(sequence) + VARIANCE, LEAST_VARIANCE)
    return (expected - mfe) / float(np.sqrt(variance))
