"""The nearest-neighbour energies of an unbranched hairpin, in the form that the sieve adds up.

Stacking, hairpin initiation and the penalty of a helix that ends in A-U or G-U are those of Turner 2004
(Mathews et al., PNAS 101:7287, 2004; as tabulated in NNDB and ViennaRNA). Mismatches, interior loops and
bulges have affine stand-ins for the large tables. These are a little dearer than the tables: energies come
out about 3.5 kcal/mol above ViennaRNA's (correlation 0.98 on real precursors), and more hairpins end where
the precursor's stem does. All are int16, in 0.1 kcal/mol, in which the tables are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN
from mirscan.runtime.compiled import compiled

Ints = NDArray[np.int16]
Bases = tuple[str, ...]

PARTNERS = {"A": "U", "C": "G", "G": "CU", "U": "AG"}

INFINITE = 16_000
MIN_LOOP = 3
TERMINAL_AU = 5
TERMINAL_MISMATCH = (
    -13
)  # in a hairpin loop closed by C-G; TERMINAL_AU comes on top where A-U or G-U closes it
OPEN, STEP, SKEW = LOOP = (6, 5, 10)  # k and l unpaired bases: OPEN + STEP·min(k, l) + SKEW·|k - l|

# Row: outer pair 5′ to 3′. Column: inner pair, read from the 3′ strand, as in ViennaRNA's `stack`.
PAIRS = ("CG", "GC", "GU", "UG", "AU", "UA")
STACK = (
    (-24, -33, -21, -14, -21, -21),
    (-33, -34, -25, -15, -22, -24),
    (-21, -25, 13, -5, -14, -13),
    (-14, -15, -5, 3, -6, -10),
    (-21, -22, -14, -6, -11, -9),
    (-21, -24, -13, -10, -9, -13),
)
# Loops of 3, 4, … 30 bases.
HAIRPIN: tuple[int, ...] = (
    *(54, 56, 57, 54, 60, 55, 64, 65, 66, 67, 68, 69, 69, 70),
    *(71, 71, 72, 72, 73, 73, 74, 74, 75, 75, 75, 76, 76, 77),
)
EXTRAPOLATION = 10.7856  # 1.75 RT at 37 °C


def hairpin_energies(max_span: int) -> Ints:
    """Energy of a hairpin loop closed by C-G, by the span of that pair: int16 (max_span + 1,)."""
    loops = range(MIN_LOOP, max_span - 1)
    energies = [INFINITE] * (MIN_LOOP + 2) + [_initiation(loop) + TERMINAL_MISMATCH for loop in loops]
    return np.array(energies[: max_span + 1], dtype=np.int16)


def streams(codes: NDArray[np.uint8], width: int) -> Ints:
    """What a sweep over a sequence reads, one row a quantity, padded behind with unknown bases.

    Args:
        codes: uint8 (n,), n ≤ width.
        width: Columns wanted.

    Returns:
        int16 (7, width): p, r, helix-end penalty and bit of each position as the 5′ base of a pair; q, m
        and the partners' bits as its 3′ base. See `stacking_terms` for p, q, r, m, `base_terms` for the rest.
    """
    rows = np.empty((7, width), dtype=np.int16)
    _fill(codes, _STACKING_TERMS, _BASE_TERMS, rows)
    return rows


@compiled()
def _fill(codes: NDArray[np.uint8], stacking: Ints, base: Ints, rows: Ints) -> None:
    """The rows of `streams`, in one pass."""
    before, here = UNKNOWN, codes[0] if len(codes) else UNKNOWN
    for i in range(rows.shape[1]):
        behind = codes[i + 1] if i + 1 < len(codes) else UNKNOWN
        following, preceding = 5 * here + behind, 5 * before + here
        rows[0, i], rows[1, i] = stacking[0, following], stacking[1, following]
        rows[2, i], rows[3, i] = base[0, here], base[1, here]
        rows[4, i], rows[5, i] = stacking[2, preceding], stacking[3, preceding]
        rows[6, i] = base[2, here]
        before, here = here, behind


def stacking_terms() -> Ints:
    """Stacking energies as terms of i and terms of j, so that a sweep looks nothing up in two dimensions.

    With x = (i, i+1) and y = (j-1, j): stack(x, y) = p(x) + q(y) + (r(x) & m(y)), exactly, for every stack of
    two pairs. m is all ones where both bases of y are G or U, else 0. An x of G and U only has three partners
    outside that class: there p is 0, and q takes their energies. Any other x has at most one, and p follows
    from it. Each x has at most one partner inside the class, for which r makes up the difference.

    Returns:
        int16 (4, 25): p, r, q, m by 5·first + second base.
    """
    terms = np.zeros((4, 25), dtype=np.int16)
    p, r, q, m = terms
    wobbling = list(product("GU", repeat=2))
    others = [x for x in product(LETTERS, repeat=2) if x not in wobbling]
    for x in (*wobbling, *others):
        outside = [y for y in _partners(x) if y not in wobbling]
        for y in outside if x in wobbling else ():
            q[_index(y)] = _stack(x, y)
        for y in outside:
            p[_index(x)] = _stack(x, y) - q[_index(y)]
        for y in set(_partners(x)) - set(outside):
            r[_index(x)], m[_index(y)] = _stack(x, y) - p[_index(x)], -1
    return terms


def base_terms() -> Ints:
    """int16 (3, 5) by base: helix-end penalty (the U of A-U or G-U bears it), own bit, partners' bits."""
    penalty = [TERMINAL_AU if base == "U" else 0 for base in LETTERS]
    bit = [1 << code for code in range(len(LETTERS))]
    partners = [sum(bit[LETTERS.index(other)] for other in PARTNERS[base]) for base in LETTERS]
    return np.array([[*row, 0] for row in (penalty, bit, partners)], dtype=np.int16)


def _partners(x: Bases) -> Iterator[Bases]:
    """The (j-1, j) that pair with (i, i+1)."""
    return ((c, d) for c in PARTNERS[x[1]] for d in PARTNERS[x[0]])


def _stack(x: Bases, y: Bases) -> int:
    """Stacking energy of the bases (i, i+1) on (j-1, j)."""
    return STACK[PAIRS.index(x[0] + y[1])][PAIRS.index(y[0] + x[1])]


def _index(bases: Bases) -> int:
    return 5 * LETTERS.index(bases[0]) + LETTERS.index(bases[1])


def _initiation(loop: int) -> int:
    """Initiation of a hairpin loop of so many bases; beyond the table by Jacobson and Stockmayer."""
    longest = MIN_LOOP + len(HAIRPIN) - 1
    if loop <= longest:
        return HAIRPIN[loop - MIN_LOOP]
    return HAIRPIN[-1] + round(EXTRAPOLATION * math.log(loop / longest))


_STACKING_TERMS = stacking_terms()
_BASE_TERMS = base_terms()
