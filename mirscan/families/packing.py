"""Arms as numbers: 22 nucleotides in 44 bits, so that two arms are compared in a handful of instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes, decode, encode
from mirscan.runtime.compiled import compiled

ARM = 22  # nt of a mature arm that are compared, from its 5′ end on: the length of most
SEED = (1, 8)  # of an arm, 0-based and half-open: nucleotides 2 to 8, which find the targets
NOTHING = 0  # the packed arm that nobody knows; as letters it would be 22 A, which is no microRNA

Packed = NDArray[np.uint64]


def pack(letters: str) -> int:
    """An arm as a number, two bits a nucleotide, the first one highest; `NOTHING` unless it is 22 of ACGU."""
    codes = encode(letters)
    if len(codes) != ARM or (codes >= UNKNOWN).any():
        return NOTHING
    number = 0
    for code in codes.tolist():
        number = 4 * number + code
    return number


def unpack(number: int) -> str:
    """The letters of a packed arm."""
    codes = [(number >> 2 * (ARM - 1 - place)) & 3 for place in range(ARM)]
    return decode(np.array(codes, dtype=np.uint8))


@intrinsic  # type: ignore[untyped-decorator]
def _ones(_: Any, number: types.Type) -> tuple[Any, Any]:
    """How many bits of a number are 1: an instruction of most processors, of some for whole vectors."""

    def build(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(*arguments)

    return number(number), build


@compiled(inline="always")
def mismatches(one: np.uint64, other: np.uint64) -> np.int64:
    """Places in which two packed arms differ, 0..22."""
    x = one ^ other
    return np.int64(_ones((x | (x >> np.uint64(1))) & np.uint64(0x5555555555555555)))


@compiled()
def windows(codes: Codes) -> tuple[Packed, Codes]:
    """Every stretch of 22 nt of a sequence.

    Args:
        codes: uint8 (n,), from `encode`; 4 and above is unknown.

    Returns:
        The packed stretch that begins at each position, uint64 (n,), and how many known nucleotides begin
        there, counted up to 22, uint8 (n,). What is unknown, or lies behind the end, is packed as A.
    """
    n = len(codes)
    packed, known = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=np.uint8)
    value, run = np.uint64(0), 0
    for back in range(n):
        at = n - 1 - back
        code = codes[at]
        run = min(run + 1, 22) if code < 4 else 0
        value >>= np.uint64(2)
        if code < 4:
            value |= np.uint64(code) << np.uint64(42)
        packed[at], known[at] = value, run
    return packed, known
