"""ViennaRNA's own energy tables, laid out for `quickfold.py`, and the energy of a loop by them.

The equations are those of its energy model with dangles on both sides (`-d2`), 0.01 kcal/mol, 37 °C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial, reduce
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN_LETTER
from mirscan.runtime.compiled import compiled

if TYPE_CHECKING:  # it takes long to load, and the process that scores needs no table
    import RNA

VIENNA_LETTERS = UNKNOWN_LETTER + LETTERS  # by ViennaRNA's codes
PAIRS = ("CG", "GC", "GU", "UG", "AU", "UA")  # its kinds of pairs, from 1 on
LONGEST_LOOP = 30  # unpaired bases of an interior loop
MOST_ASYMMETRY = 300  # what the sides of an interior loop cost at most for being uneven

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


# A pair and the two unpaired bases that a loop has beside it are one number, kind, next base, previous base:
# of the loop's outer pair the bases inside the pair, of its inner pair, read from its other side, those
# outside. Tables below are by such numbers.
ENDS = 7 * 5 * 5
# Where each table begins in the one array that holds them all, so that compiled functions pass one around.
PAIR = 0  # (5, 5) → kind of pair
REVERSE = PAIR + 25  # (7,) the kind of a pair read from its other side
BULGE = REVERSE + 7  # by loop size
INTERIOR = BULGE + LONGEST_LOOP + 1  # by loop size
ASYMMETRY = INTERIOR + LONGEST_LOOP + 1  # by difference of the two sides
HELIX_END = ASYMMETRY + LONGEST_LOOP + 1  # of a helix that ends in A-U or G-U
MISMATCH_HAIRPIN = HELIX_END + ENDS
MISMATCH_1N = MISMATCH_HAIRPIN + ENDS
MISMATCH_23 = MISMATCH_1N + ENDS
MISMATCH = MISMATCH_23 + ENDS  # of all larger interior loops
BRANCH = MISMATCH + ENDS  # a helix in a multiloop
STACK = BRANCH + ENDS  # outer, inner, as the next three
INT11 = STACK + ENDS * ENDS
INT12 = INT11 + ENDS * ENDS
INT22 = INT12 + ENDS * ENDS
EXTERIOR = INT22 + ENDS * ENDS  # (7, 6, 6), a helix outside any loop by 1 + the bases beside it, 0 for none
CLOSING = EXTERIOR + 7 * 6 * 6  # of a multiloop
UNPAIRED = CLOSING + 1  # a base in a multiloop
SPECIAL = UNPAIRED + 1  # how many loops have an energy of their own; their numbers and energies follow
MOST_SPECIAL = 120
HAIRPIN = SPECIAL + 1 + 2 * MOST_SPECIAL  # by loop size, as long as the longest sequence


@cache
def energies(longest: int) -> Ints:
    """The tables for sequences of up to `longest` bases, from ViennaRNA's default parameters.

    Returns:
        int32 (n,), 0.01 kcal/mol.
    """
    import RNA

    found = RNA.param(RNA.md())
    special = dict(_special(found))
    reverse = [0, 2, 1, 4, 3, 6, 5]
    tables = {
        PAIR: _pairs(),
        REVERSE: reverse,
        BULGE: found.bulge,
        INTERIOR: found.internal_loop,
        ASYMMETRY: [min(MOST_ASYMMETRY, by * found.ninio[2]) for by in range(LONGEST_LOOP + 1)],
        HELIX_END: _by_ends(lambda kind, *_: found.TerminalAU if kind > 2 else 0, 5, 0),
        **dict(zip((MISMATCH_HAIRPIN, MISMATCH_1N, MISMATCH_23, MISMATCH), _mismatches(found), strict=True)),
        BRANCH: _by_ends(lambda kind, one, other: RNA.E_MLstem(reverse[kind], other, one, found), 5, 0),
        STACK: _small(found, 0, 0),
        INT11: _small(found, 1, 1),
        INT12: _small(found, 1, 2),
        INT22: _small(found, 2, 2),
        EXTERIOR: _by_ends(lambda *at: RNA.E_ExtLoop(*at, found), 6, -1),
        CLOSING: found.MLclosing,
        UNPAIRED: found.MLbase,
        SPECIAL: [len(special), *special, *special.values()],
        HAIRPIN: _hairpins(found, longest),
    }
    whole = np.zeros(HAIRPIN + 1 + max(longest, LONGEST_LOOP), dtype=np.int32)
    for first, table in tables.items():
        values = np.ravel(table)
        whole[first : first + values.size] = values
    return whole


def _pairs() -> Ints:
    pair = np.zeros((5, 5), dtype=np.int32)
    for kind, letters in enumerate(PAIRS, 1):
        pair[VIENNA_LETTERS.index(letters[0]), VIENNA_LETTERS.index(letters[1])] = kind
    return pair


def _hairpins(found: RNA.param, longest: int) -> list[int]:
    """Initiation by loop size; beyond the table by Jacobson and Stockmayer, cut to whole numbers as in C."""
    known = list(found.hairpin)
    last = len(known) - 1
    sizes = range(len(known), longest + 1)
    return [*known, *(known[last] + int(found.lxc * np.log(size / last)) for size in sizes)]


def _special(found: RNA.param) -> Iterator[tuple[int, int]]:
    """The loops with an energy of their own, as numbers to base 5 behind a leading 1, and their energies."""
    for name in ("Triloop", "Tetraloop", "Hexaloop"):
        for loop, energy in zip(
            getattr(found, f"{name}s").split(), getattr(found, f"{name}_E"), strict=False
        ):
            yield reduce(lambda number, letter: 5 * number + VIENNA_LETTERS.index(letter), loop, 1), energy


def _by_ends(energy: Callable[[int, int, int], int], bases: int, first: int) -> Ints:
    """An energy by kind of pair and the two bases beside it, counted from `first` on."""
    table = np.zeros((1 + len(PAIRS), bases, bases), dtype=np.int32)
    for kind, one, other in product(range(1, len(table)), range(bases), range(bases)):
        table[kind, one, other] = energy(kind, one + first, other + first)
    return table


def _mismatches(found: RNA.param) -> Iterator[Ints]:
    """Of hairpins, then of interior loops of 1 and more, 2 and 3, and more bases on their sides."""
    import RNA

    size = 9  # no loop of that size is special
    yield _by_ends(lambda *at: RNA.E_Hairpin(size, *at, "", found) - found.hairpin[size], 5, 0)
    for left, right in ((1, 3), (2, 3), (4, 4)):
        yield _by_ends(partial(_mismatch, found, left, right), 5, 0)


def _mismatch(found: RNA.param, left: int, right: int, kind: int, one: int, other: int) -> int:
    """Half of what the same mismatch on both ends adds to a loop."""
    import RNA

    size = found.internal_loop[left + right] + (right - left) * found.ninio[2]
    whole: int = RNA.E_IntLoop(left, right, kind, kind, one, other, other, one, found)
    return (whole - int(size)) // 2


def _small(found: RNA.param, left: int, right: int) -> Ints:
    """Stacks or interior loops of so many bases on their sides, by both their ends: (175, 175).

    As many of the bases beside the pairs count as there are in the loop; whatever the others are, the energy
    is the same.
    """
    import RNA

    kinds = range(1, 1 + len(PAIRS))
    one, two, three, four = (5 if at < left + right else 1 for at in range(4))
    table = np.zeros((7, one, two, 7, three, four), dtype=np.int32)
    for outer, after_i, before_j, inner, after_m, before_k in product(
        kinds, range(one), range(two), kinds, range(three), range(four)
    ):
        energy = RNA.E_IntLoop(left, right, outer, inner, after_i, before_j, before_k, after_m, found)
        table[outer, after_i, before_j, inner, after_m, before_k] = energy
    return np.broadcast_to(table, (7, 5, 5, 7, 5, 5))


@compiled(inner=True)
def outer_end(e: Ints, codes: Bytes, i: int, j: int) -> int:
    """The pair of i and j as the outer one of a loop, with the bases inside it."""
    kind: int = e[PAIR + 5 * codes[i] + codes[j]]
    return 25 * kind + 5 * int(codes[i + 1]) + int(codes[j - 1])


@compiled(inner=True)
def inner_end(e: Ints, codes: Bytes, i: int, j: int) -> int:
    """The pair of i and j as an inner one of a loop, with the bases outside it."""
    before, after = codes[i - 1] if i > 0 else 0, codes[j + 1] if j + 1 < codes.size else 0
    kind: int = e[PAIR + 5 * codes[j] + codes[i]]
    return 25 * kind + 5 * int(after) + int(before)


@compiled(inner=True)
def hairpin(e: Ints, codes: Bytes, i: int, j: int) -> int:
    """The energy of the hairpin loop that the pair of i and j closes."""
    size, end = j - i - 1, outer_end(e, codes, i, j)
    energy: int = e[HAIRPIN + size] + (e[HELIX_END + end] if size == 3 else e[MISMATCH_HAIRPIN + end])
    if size in (3, 4, 6):
        number = 1
        for at in range(i, j + 1):
            number = 5 * number + int(codes[at])
        for known in range(e[SPECIAL]):
            if e[SPECIAL + 1 + known] == number:
                energy = e[SPECIAL + 1 + e[SPECIAL] + known]
    return energy


@compiled(inner=True)
def interior(e: Ints, outer: int, inner: int, left: int, right: int) -> int:
    """The energy of the stack, bulge or interior loop between two pairs, by its ends and sides."""
    long, short, both = max(left, right), min(left, right), ENDS * outer + inner
    energy: int
    if long == 0:
        energy = e[STACK + both]
    elif short == 0 and long == 1:
        energy = e[BULGE + 1] + e[STACK + both]
    elif short == 0:
        energy = e[BULGE + long] + e[HELIX_END + outer] + e[HELIX_END + inner]
    elif long == 1:
        energy = e[INT11 + both]
    elif short == 1 and long == 2:
        energy = e[INT12 + (both if left == 1 else ENDS * inner + outer)]
    elif short == 2 and long == 2:
        energy = e[INT22 + both]
    else:
        mismatch = MISMATCH_1N if short == 1 else MISMATCH_23 if short == 2 and long == 3 else MISMATCH
        loop = e[INTERIOR + long + short] + e[ASYMMETRY + long - short]
        energy = loop + e[mismatch + outer] + e[mismatch + inner]
    return energy


@compiled(inner=True)
def exterior(e: Ints, codes: Bytes, i: int, j: int) -> int:
    """The energy of a helix whose outermost pair is that of i and j, outside of any loop."""
    before = 1 + codes[i - 1] if i > 0 else 0
    after = 1 + codes[j + 1] if j + 1 < codes.size else 0
    energy: int = e[EXTERIOR + 36 * e[PAIR + 5 * codes[i] + codes[j]] + 6 * before + after]
    return energy
