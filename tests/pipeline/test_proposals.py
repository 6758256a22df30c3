"""Arms that reads propose: the stem around them is found on both strands, and only where nothing is alike."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.pipeline.proposals import ALIKE, around
from mirscan.sieve.candidates import Candidates

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
FIVE, THREE = (7, 29), (45, 66)
NONE = Candidates(*(np.zeros(0, kind) for kind in (np.int64, np.int64, np.int32)))


def sequence() -> tuple[np.ndarray, int]:
    flank = "".join(np.random.default_rng(4).choice(list("ACGU"), 200))
    return encode(flank + MIR_21 + flank[::-1]), len(flank)


@pytest.mark.parametrize("arm", [FIVE, THREE])
@pytest.mark.parametrize("minus", [False, True])
def test_a_stack_on_either_arm_gives_the_stem(arm: tuple[int, int], minus: bool) -> None:
    codes, at = sequence()
    both = np.concatenate([reverse_complement_codes(codes), codes] if minus else [codes, codes[:0]])
    offset = at + (len(codes) if minus else 0)
    found = around(both, np.array([offset + arm[0]]), np.array([offset + arm[1]]), NONE)
    held = [
        start <= offset + FIVE[0] + 2 and end >= offset + THREE[1] - 2
        for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True)
    ]
    assert any(held)
    assert all(end - start <= 110 for start, end in zip(found.start, found.end, strict=True))
    again = around(both, np.array([offset + arm[0]]), np.array([offset + arm[1]]), found)
    assert len(again) == 0
    assert ALIKE < 1


def test_no_stack_and_unknown_bases_give_nothing() -> None:
    codes, _ = sequence()
    nowhere = np.zeros(0, np.int64)
    assert len(around(codes, nowhere, nowhere, NONE)) == 0
    unknown = encode("N" * 300)
    assert len(around(unknown, np.array([100]), np.array([122]), NONE)) == 0
