"""Runs of a few letters as numbers, by which stretches that two sequences share are found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes
from mirscan.runtime.compiled import compiled

NO_WORD = -1


@compiled()
def words(codes: Codes, size: int) -> NDArray[np.int64]:
    """The word that begins at each position, a number of base 4.

    Args:
        codes: uint8 (n,), by `alphabet.encode`.
        size: Letters of a word, 1..31.

    Returns:
        int64 (n - size + 1,), 0..4^size - 1, or `NO_WORD` where one of the letters is unknown; (0,) of a
        sequence shorter than a word.
    """
    found = np.full(max(codes.size - size + 1, 0), NO_WORD, np.int64)
    mask = (np.int64(1) << np.int64(2 * size)) - np.int64(1)
    word, known = np.int64(0), 0
    for at in range(codes.size):
        known = known + 1 if codes[at] < UNKNOWN else 0
        word = ((word << np.int64(2)) | np.int64(codes[at])) & mask
        if known >= size:
            found[at - size + 1] = word
    return found
