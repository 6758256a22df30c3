"""The columns of a hairpin (`columns.py`) from its symbols (`sequence.py`), for scorers that read both.

The energy among the scalars is that of `descriptors.py`: symbols do not tell ViennaRNA's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding import descriptors
from mirscan.encoding.columns import Columns, encode_folds
from mirscan.encoding.sequence import STRUCTURES
from mirscan.runtime.compiled import compiled

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_ENERGY = descriptors.NAMES.index("energy")
_STATES = len(STRUCTURES)
_OPENS, _CLOSES, _FREE = (np.uint8(ord(character)) for character in "().")


def columns_of(symbols: Bytes, lengths: Ints) -> Columns:
    """Encode hairpins as columns.

    Args:
        symbols: (B, L), right-aligned.
        lengths: (B,), the real positions of each row.

    Returns:
        B hairpins. Brackets that lost their partner in a cut, and unknown letters, count as unpaired.
    """
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    codes = np.empty(offsets[-1], np.uint8)
    text = np.full(offsets[-1], _FREE, np.uint8)
    _unroll(symbols, offsets, codes, text)
    energy = np.rint(100 * descriptors.describe(symbols, lengths)[:, _ENERGY]).astype(np.int32)
    return encode_folds(codes, offsets[:-1], offsets, text, energy)


@compiled()
def _unroll(symbols: Bytes, offsets: Ints, codes: Bytes, text: Bytes) -> None:
    """Write the bases of all rows one behind the other, and the dot-bracket of their sound pairs."""
    for row in range(symbols.shape[0]):
        first, end = offsets[row], offsets[row + 1]
        real = symbols[row, symbols.shape[1] - (end - first) :]
        partner = descriptors.partners(real)
        for i in range(real.size):
            codes[first + i] = real[i] // _STATES
            if partner[i] >= 0:
                text[first + i] = _OPENS if partner[i] > i else _CLOSES
