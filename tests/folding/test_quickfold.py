"""The quick folds: ViennaRNA's energies and structures, base for base, whatever lies side by side."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mirscan.alphabet import encode
from mirscan.demo import PRECURSORS
from mirscan.folding.quickfold import folds
from mirscan.folding.viennarna import fold

TRNA = "GCGGAUUUAGCUCAGUUGGGAGAGCGCCAGACUGAAGAUCUGGAGGUCCUGUGUUCGAUCCACAGAAUUCGCACCA"
SPECIAL = "GGGGCAACGCCCC", "GGCUACGGCC", "GGGACAGUGCUCCC", "GGGACAGUACUCCC", "GGCAACGCC", "GGGUUACCC"


def quick(sequences: list[str]) -> list[tuple[str, float]]:
    ends = np.cumsum([0] + [len(sequence) for sequence in sequences])
    found = folds(encode("".join(sequences)), ends[:-1], ends[1:])
    assert found.offsets.tolist() == ends.tolist()
    return [(found.structure(row), energy / 100) for row, energy in enumerate(found.energy.tolist())]


def of_letters(letters: str, lengths: range, seed: int) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices(letters, k=length)) for length in lengths]


def helices(lengths: range, seed: int) -> list[str]:
    arms = of_letters("GGCCAU", lengths, seed)
    return [arm + "GAAA" + arm[::-1].translate(str.maketrans("ACGU", "UGCA")) for arm in arms]


@pytest.mark.parametrize(
    "sequences",
    [
        of_letters("ACGU", range(1, 200, 3), 1),
        of_letters("GGCCU", range(20, 120, 3), 2),  # many branches and ties
        of_letters("AAUUG", range(20, 160, 4), 3),  # long loops
        of_letters("ACGUACGUN", range(10, 120, 3), 4),
        [TRNA, *PRECURSORS.values()],
        [left + loop + right for loop in SPECIAL for left, right in (("", ""), ("AC", "GA"), ("GG", "UC"))],
        helices(range(10, 130, 17), 5),  # from -15 to -300 kcal/mol, beyond what 16 bits hold
        ["G" * 12 + "A" * 40 + "C" * 12, "GGGG" + "A" * 35 + "GGGGAAAACCCC" + "A" * 2 + "CCCC", "GC" * 100],
    ],
    ids=["random", "strong", "weak", "unknown", "real", "special loops", "long helices", "long loops"],
)
def test_they_are_those_of_viennarna(sequences: list[str]) -> None:
    assert quick(sequences) == [fold(sequence) for sequence in sequences]


def test_a_fold_does_not_depend_on_what_lies_beside_it() -> None:
    sequences = of_letters("ACGU", range(30, 90, 5), 6)
    assert quick(sequences)[::-1] == quick(sequences[::-1])
    assert [quick([sequence])[0] for sequence in sequences] == quick(sequences)


def test_nothing_to_fold() -> None:
    assert quick([]) == []
