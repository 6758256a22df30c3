"""Rows of symbols: as `sequence.symbols` makes them, and changed so that pairs stay pairs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mirscan.alphabet import LETTERS, encode
from mirscan.encoding import sequence
from mirscan.encoding.descriptors import partners
from mirscan.encoding.symbol_rows import SymbolRows, changed, of_folds
from mirscan.folding.dot_bracket import characters
from mirscan.folding.viennarna import fold

PAIRS = {"AU", "UA", "CG", "GC", "GU", "UG"}
LONGEST = 160


@pytest.fixture(scope="module")
def hairpins() -> list[tuple[str, str]]:
    draw = random.Random(1)
    letters = ["".join(draw.choices("ACGU", k=draw.randint(8, LONGEST))) for _ in range(40)]
    return [(text, fold(text)[0]) for text in letters] + [("GGGNAAANCCC", "(((.....)))"), ("ACGU", "....")]


@pytest.fixture(scope="module")
def rows(hairpins: list[tuple[str, str]]) -> SymbolRows:
    offsets = np.cumsum([0, *(len(letters) for letters, _ in hairpins)])
    codes = encode("".join(letters for letters, _ in hairpins))
    return of_folds(codes, offsets, characters("".join(text for _, text in hairpins)), LONGEST)


def test_they_are_those_of_single_hairpins(hairpins: list[tuple[str, str]], rows: SymbolRows) -> None:
    batch, lengths = sequence.pad([sequence.symbols(*hairpin) for hairpin in hairpins])
    assert (rows.lengths == lengths).all()
    assert (rows.trimmed().symbols == batch).all()
    assert (rows.take(np.array([3])).trimmed().symbols[0] == sequence.symbols(*hairpins[3])).all()


def test_a_change_keeps_structure_and_pairs(rows: SymbolRows) -> None:
    other = changed(rows, np.random.default_rng(0), 0.3)
    real = rows.symbols < sequence.UNKNOWN_SYMBOL
    assert (other.symbols % 4 == rows.symbols % 4)[real].all()
    assert (other.symbols[~real] == sequence.UNKNOWN_SYMBOL).all()
    share = (other.symbols != rows.symbols)[real].mean()
    assert 0.1 < share < 0.4
    for row, length in zip(other.symbols, other.lengths.tolist(), strict=True):
        shown = row[LONGEST - length :]
        for at, mate in enumerate(partners(shown).tolist()):
            if mate >= 0:
                assert LETTERS[shown[at] // 4] + LETTERS[shown[mate] // 4] in PAIRS


def test_nothing_is_changed_where_nothing_is_asked(rows: SymbolRows) -> None:
    assert (changed(rows, np.random.default_rng(0), 0.0).symbols == rows.symbols).all()
