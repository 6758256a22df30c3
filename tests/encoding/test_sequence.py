from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.encoding.sequence import LONGEST, UNKNOWN_SYMBOL, mark_loops, pad, scored_interval, symbols
from mirscan.errors import InputError
from mirscan.folding.dot_bracket import pair_table


@st.composite
def dot_brackets(draw: st.DrawFn) -> str:
    """A balanced dot-bracket, branched or not."""
    structure = "." * draw(st.integers(0, 5))
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(["close", "beside", "tail"]))
        dots = "." * draw(st.integers(0, 4))
        structure = {
            "close": f"({structure})",
            "beside": f"{structure}{dots}({dots}.)",
            "tail": f"{dots}{structure}",
        }[kind]
    return structure


def test_symbol_is_four_times_nucleotide_plus_structure() -> None:
    assert symbols("AUG", "(.)").tolist() == [0, 15, 9]  # the paper's example, `:` in the loop
    assert symbols("ACGU", "....").tolist() == [2, 6, 10, 14]


def test_colon_stands_in_hairpin_loops_only() -> None:
    assert mark_loops(".((..((...))..(....)))..") == ".((..((:::))..(::::)))..".replace(" ", "")


@given(dot_brackets())
def test_loops_are_those_of_the_pair_table(structure: str) -> None:
    marked, partner = mark_loops(structure), pair_table(structure)
    assert marked.replace(":", ".") == structure
    for i, character in enumerate(structure):
        if character == ".":
            before, after = structure[:i].rstrip("."), structure[i:].lstrip(".")
            closed = bool(before and after) and partner[len(before) - 1] == len(structure) - len(after)
            assert (marked[i] == ":") == (closed and before[-1] == "(")


def test_dna_and_lower_case_read_as_rna() -> None:
    assert symbols("acgtT", ".....").tolist() == symbols("ACGUU", ".....").tolist()


def test_unknown_letters_are_the_zero_vector() -> None:
    assert symbols("NAé-", "....").tolist() == [UNKNOWN_SYMBOL, 2, UNKNOWN_SYMBOL, UNKNOWN_SYMBOL]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="3 letters but 2 brackets"):
        symbols("AAA", "..")
    with pytest.raises(InputError, match=r"'\['"):
        symbols("AAA", ".[.")


def test_pad_aligns_to_the_right() -> None:
    batch, lengths = pad([np.array([1, 2], np.uint8), np.array([3, 4, 5, 6], np.uint8)])
    assert batch.tolist() == [[16, 16, 1, 2], [3, 4, 5, 6]]
    assert lengths.tolist() == [2, 4]


def test_pad_of_nothing_and_of_too_much() -> None:
    assert pad([])[0].shape == (0, 0)
    with pytest.raises(InputError, match="at most 400"):
        pad([np.zeros(LONGEST + 1, np.uint8)])


def test_short_hairpins_are_seen_whole() -> None:
    assert scored_interval("." * LONGEST) == (0, LONGEST)


def test_long_hairpins_are_seen_around_the_loop_nearest_to_the_middle() -> None:
    structure = "." * 300 + "(" * 10 + "." * 6 + ")" * 10 + "." * 274 + "(....)" + "." * 94
    assert len(structure) == 700
    assert scored_interval(structure) == (113, 513)  # loop at 310..316, its middle 313
    assert scored_interval("." * 500) == (50, 450)


@given(st.integers(0, 500), st.integers(0, 500))
def test_interval_never_leaves_the_hairpin(left: int, right: int) -> None:
    structure = "." * left + "(....)" + "." * right
    start, end = scored_interval(structure)
    assert 0 <= start <= end <= len(structure)
    assert end - start == min(LONGEST, len(structure))
