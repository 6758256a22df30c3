"""A folded hairpin as numbers that tell precursors from others: composition, pairs, stem, loops, energy.

They follow from the symbols of `sequence.py` alone. The energy is a sum over the loops with the stand-ins of
`energies.py`, not ViennaRNA's. Compiled by numba; a hairpin's numbers depend on nothing but the hairpin.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS
from mirscan.encoding.sequence import LONGEST, STRUCTURES
from mirscan.folding.dot_bracket import central_loop, characters, fill_pair_table
from mirscan.runtime.compiled import compiled
from mirscan.sieve import energies as turner

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Lengths = NDArray[np.int64]
Floats = NDArray[np.float32]

BRANCHED = 4.0  # kcal/mol of a branched loop, whatever its shape
WINDOW = 22  # nucleotides of a mature microRNA

_SIZES = (
    "length", "energy", "energy a nucleotide", "energy a pair", "pairs", "paired share", "hairpin loops",
    "loop length", "loop middle (relative)", "loop off the middle",
    "stem pairs", "longest helix", "internal loops and bulges", "stem asymmetry", "largest gap in the stem",
    "unpaired in the stem", "stem start", "tail after the stem", "stem span",
    "longest unpaired run", "mean unpaired run", "unpaired runs",
    "best window of the 5′ arm", "best window of the 3′ arm",
)  # fmt: skip
_PAIR_KINDS = ("CG", "AU", "GU")
NAMES = (
    *_SIZES,
    *(f"share of {letter}" for letter in LETTERS),
    *(f"{kind} pairs a nucleotide" for kind in _PAIR_KINDS),
    *(f"share of {kind} in pairs" for kind in _PAIR_KINDS),
    *(f"triplet {base}{''.join(states)}" for base in LETTERS for states in product("|.", repeat=3)),
    *(f"dinucleotide {a}{b}" for a in LETTERS for b in LETTERS),
)
_COMPOSITION = len(_SIZES)
_PAIR_SHARES = _COMPOSITION + len(LETTERS)
_TRIPLETS = _PAIR_SHARES + 2 * len(_PAIR_KINDS)
_DINUCLEOTIDES = _TRIPLETS + 8 * len(LETTERS)

# the bracket of each symbol; `:` and what is no nucleotide are unpaired
_BRACKETS = characters(STRUCTURES.replace(":", ".") * len(LETTERS) + ".")
_NO_PAIR = -1


def _pair_tables() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The kind of each pair of bases, (5, 5), -1 for none; the stacking energy by two kinds, kcal/mol."""
    kinds = np.full((5, 5), _NO_PAIR, np.int64)
    for index, pair in enumerate(turner.PAIRS):
        kinds[LETTERS.index(pair[0]), LETTERS.index(pair[1])] = index
    return kinds, np.array(turner.STACK, np.float64) / 10


_KINDS, _STACK = _pair_tables()
_HAIRPIN = turner.hairpin_energies(LONGEST + 2).astype(np.float64) / 10
_OPEN, _STEP, _SKEW = (value / 10 for value in turner.LOOP)

_compiled = compiled(error_model="numpy")


@_compiled
def partners(symbols: Bytes) -> Ints:
    """The partner of each position, -1 where unpaired; brackets that lost theirs in a cut are unpaired."""
    partner = np.empty(symbols.size, np.int32)
    fill_pair_table(_BRACKETS[symbols], partner)
    return partner


@_compiled
def _loop_energy(bases: Bytes, partner: Ints, i: int) -> float:
    """Energy (kcal/mol) of the loop that the pair of i, its 5′ base, closes."""
    j = partner[i]
    p, q = i + 1, j - 1
    while p < j and partner[p] < 0:
        p += 1
    if p >= j:
        return float(_HAIRPIN[max(j - i + 1, 5)])
    while partner[q] < 0:
        q -= 1
    if partner[p] != q:
        return BRANCHED
    left, right = p - i - 1, j - q - 1
    if left + right == 0:
        outer, inner = _KINDS[bases[i], bases[j]], _KINDS[bases[q], bases[p]]
        return float(_STACK[outer, inner]) if outer >= 0 and inner >= 0 else 0.0
    return float(_OPEN + _STEP * min(left, right) + _SKEW * abs(left - right))


@_compiled
def _walk_stem(partner: Ints, left: int, right: int, out: Floats) -> None:
    """Follow the stem outwards from its loop; fills the nine numbers of the stem."""
    n = partner.size
    pairs, helix, longest, gaps, skew, largest, unpaired = 0, 0, 0, 0, 0, 0, 0
    i, j = left, right
    while i >= 0 and j < n and partner[i] == j:
        pairs, helix = pairs + 1, helix + 1
        longest = max(longest, helix)
        p, q = i - 1, j + 1
        while p >= 0 and partner[p] < 0:
            p -= 1
        while q < n and partner[q] < 0:
            q += 1
        if p < 0 or q >= n or partner[p] != q:
            break
        a, b = i - p - 1, q - j - 1
        if a + b > 0:
            gaps, helix, skew = gaps + 1, 0, skew + abs(a - b)
            largest, unpaired = max(largest, a, b), unpaired + a + b
        i, j = p, q
    out[0], out[1], out[2], out[3], out[4] = pairs, longest, gaps, skew, largest
    out[5], out[6], out[7], out[8] = unpaired, i, n - 1 - j, j - i + 1


@_compiled
def _best_window(partner: Ints, start: int, end: int) -> int:
    """Most paired positions in a window of 22 within start..end."""
    best, now = 0, 0
    for i in range(start, end):
        now += partner[i] >= 0
        if i - WINDOW >= start:
            now -= partner[i - WINDOW] >= 0
        best = max(best, now)
    return best


@_compiled
def _measure_sizes(bases: Bytes, partner: Ints, out: Floats) -> None:
    n, pairs, energy, runs, run, longest = bases.size, 0, 0.0, 0, 0, 0
    for i in range(n):
        if partner[i] > i:
            pairs += 1
            energy += _loop_energy(bases, partner, i)
        run = run + 1 if partner[i] < 0 else 0
        runs += run == 1
        longest = max(longest, run)
    start, end, loops = central_loop(partner)
    left, right = (start - 1, end) if loops else (n // 2, n // 2)  # the bases that close it
    middle = (left + right) / 2 / n
    out[0], out[1], out[2], out[3] = n, energy, energy / n, energy / max(pairs, 1)
    out[4], out[5], out[6], out[7] = pairs, 2 * pairs / n, loops, right - left - 1
    out[8], out[9] = middle, abs(middle - 0.5)
    _walk_stem(partner, left, right, out[10:19])
    out[19], out[20], out[21] = longest, (n - 2 * pairs) / max(runs, 1), runs
    out[22], out[23] = _best_window(partner, 0, left + 1), _best_window(partner, right, n)


@_compiled
def _measure_composition(bases: Bytes, partner: Ints, out: Floats) -> None:
    n = bases.size
    share = np.float32(1.0 / n)
    for i in range(n):
        base = bases[i]
        if base > 3:
            continue
        out[_COMPOSITION + base] += share
        if partner[i] > i:
            kind = _KINDS[base, bases[partner[i]]]
            if kind >= 0:
                out[_PAIR_SHARES + kind // 2 if kind < 2 else _PAIR_SHARES + (2 if kind < 4 else 1)] += share
        if 0 < i < n - 1:
            states = 4 * (partner[i - 1] < 0) + 2 * (partner[i] < 0) + (partner[i + 1] < 0)
            out[_TRIPLETS + 8 * base + states] += share
        if i < n - 1 and bases[i + 1] <= 3:
            out[_DINUCLEOTIDES + 4 * base + bases[i + 1]] += share
    known = max(out[_PAIR_SHARES] + out[_PAIR_SHARES + 1] + out[_PAIR_SHARES + 2], share)
    for kind in range(3):
        out[_PAIR_SHARES + 3 + kind] = out[_PAIR_SHARES + kind] / known


@_compiled
def describe(symbols: Bytes, lengths: Lengths) -> Floats:
    """The descriptors of a batch.

    Args:
        symbols: uint8 (B, L), right-aligned.
        lengths: int64 (B,); an empty hairpin has zeros.

    Returns:
        float32 (B, 82), in the order of `NAMES`; lengths in nucleotides, energies in kcal/mol.
    """
    out = np.zeros((len(symbols), _DINUCLEOTIDES + 16), np.float32)
    for row in range(len(symbols)):
        if lengths[row] > 0:
            real = symbols[row, symbols.shape[1] - lengths[row] :]
            bases, partner = real // np.uint8(len(STRUCTURES)), partners(real)
            _measure_sizes(bases, partner, out[row])
            _measure_composition(bases, partner, out[row])
    return out
