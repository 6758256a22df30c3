"""Words: the numbers that stretches of a few letters are known by."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mirscan.alphabet import encode
from mirscan.genome.words import NO_WORD, words


def test_a_word_is_a_number_of_base_four() -> None:
    assert words(encode("ACGU"), 2).tolist() == [0 * 4 + 1, 1 * 4 + 2, 2 * 4 + 3]
    assert words(encode("UUU"), 3).tolist() == [63]
    assert words(encode("U" * 31), 31).tolist() == [4**31 - 1]


def test_none_reaches_over_an_unknown_letter() -> None:
    assert words(encode("ACNGUA"), 2).tolist() == [1, NO_WORD, NO_WORD, 11, 12]


@given(st.text("ACGUN", max_size=40), st.integers(1, 16))
def test_equal_words_are_equal_letters(sequence: str, size: int) -> None:
    found = words(encode(sequence), size)
    letters = [sequence[at : at + size] for at in range(len(sequence) - size + 1)]
    assert found.dtype == np.int64
    assert [word == NO_WORD for word in found.tolist()] == ["N" in word for word in letters]
    digits = str.maketrans("ACGU", "0123")
    assert [int(w.translate(digits), 4) for w in letters if "N" not in w] == found[found >= 0].tolist()
