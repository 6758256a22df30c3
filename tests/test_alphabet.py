"""Letters, codes and the other strand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.alphabet import (
    BASES,
    IUPAC,
    decode,
    encode,
    on_strand,
    reverse_complement,
    reverse_complement_codes,
    to_rna,
)

RNA = st.text("ACGUN", max_size=60)


def test_letters_of_files_as_rna() -> None:
    assert to_rna(b"ACGTUacgtuNnRYx-.*\xff \0") == "ACGUUACGUUNNNNNNNNNNN"


def test_codes() -> None:
    assert encode("ACGUTacgutN-\u00e9").tolist() == [0, 1, 2, 3, 3, 0, 1, 2, 3, 3, 4, 4, 4]
    assert encode(b"ACGTUN").dtype == np.uint8
    assert encode("").tolist() == []


def test_the_other_strand() -> None:
    assert reverse_complement("AACGUN") == "NACGUU"
    assert decode(reverse_complement_codes(encode("AACGUN"))) == "NACGUU"


@pytest.mark.parametrize(("strand", "expected"), [("+", "GGA"), ("-", "UCC")])
def test_what_a_strand_reads(strand: str, expected: str) -> None:
    assert on_strand("GGA", strand) == expected


@given(RNA)
def test_there_and_back(sequence: str) -> None:
    assert decode(encode(sequence)) == sequence
    assert reverse_complement(reverse_complement(sequence)) == sequence
    assert decode(reverse_complement_codes(encode(sequence))) == reverse_complement(sequence)


def test_letters_of_nucleotides_are_iupac_letters() -> None:
    assert set(BASES) < set(IUPAC)
    assert set(to_rna(BASES)) == set("ACGU")
