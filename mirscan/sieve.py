"""The sieve: says where in a genome a hairpin is stable enough for a fold to be worth its time.

For each position i it finds the best unbranched hairpin, a short and a long one, whose first base is i, in
time linear in sequence length times span, and keeps the local minima. With the energies of `turner.py`:

    P(i,j)  best hairpin closed by the pair (i,j)
            = min(P(i+1,j-1) + stack, min(hairpin, Q(i+1,j-1)) + u) where i and j pair, else infinite
    Q(i,j)  best content of i..j inside an interior loop or bulge
            = min(P(i,j) + u + OPEN, Q(i+1,j-1) + STEP, min(Q(i+1,j), Q(i,j-1)) + SKEW)

u is the penalty of a helix that ends in A-U or G-U. A loop with k and l unpaired bases on its sides so costs
OPEN + STEP·min(k,l) + SKEW·|k-l|; there are no multiloops.

Engine: numba. The inner loop runs over all positions for one span, without a table look-up or a branch, and
LLVM turns it into int16 arithmetic on whole registers, be they SSE2, AVX2 or AVX-512. It needs no compiler on
the user's machine, and integers make the result the same on all of them. `benchmarks/sieve_engines.py`
compares it with torch and C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mirscan.errors import InputError, UsageError
from mirscan.turner import (
    INFINITE,
    LOOP,
    MIN_LOOP,
    UNKNOWN,
    Ints,
    Rows,
    code_table,
    hairpin_energies,
    streams,
)

Codes = NDArray[np.uint8]
LoopCosts = tuple[np.int16, ...]

UNIT = 10  # energies are reported in 0.01 kcal/mol and computed in 0.1
LONGEST_SPAN = 1000  # beyond it a perfect helix would overflow int16
BLOCK = 8192  # positions swept together: the rows in use stay in the L2 cache
LANES = 64  # rows are multiples of this, so that no vector loop leaves a scalar rest
ROWS_IN_USE = 3  # a row needs the two before it
# Arguments of the compiled functions, because the cache of machine code looks for changes in this file only.
LOOP_COSTS = tuple(np.int16(cost) for cost in LOOP)


@dataclass(frozen=True, slots=True)
class SieveSettings:
    """What counts as a candidate.

    Hairpins compete by their score, the energy plus a length cost: without the cost every hairpin would grow
    through chance pairs of its flanks. Short hairpins, as animals have them, and long ones, as plants have
    them, do not compete with each other: in GC-rich sequence a chance hairpin of 200 nt would hide a
    precursor that begins nearby. The defaults were chosen by `benchmarks/sieve_recall.py`.

    Attributes:
        max_span: Longest candidate, nt from the first to the last base of the outer pair. 250 holds nearly
            all plant precursors.
        long_span: Longest candidate that counts as short, nt; the stem of an animal's primary transcript,
            both arms and the loop, is about as long.
        max_energy: Weakest candidate, kcal/mol.
        max_score: Weakest short candidate, kcal/mol of energy plus length cost.
        max_long_score: Weakest long candidate, the same; chance finds better ones among more spans.
        length_cost: kcal/mol per nt up to `long_span`.
        long_cost: kcal/mol per nt beyond; above the 0.25 or so to which chance folds sequence.
        radius: nt; a candidate gives way to one of better score that begins within this distance, the earlier
            one winning a tie.
    """

    max_span: int = 250
    long_span: int = 120
    max_energy: float = -12.0
    max_score: float = -6.0
    max_long_score: float = -18.0
    length_cost: float = 0.1
    long_cost: float = 0.3
    radius: int = 30

    def __post_init__(self) -> None:
        if not MIN_LOOP + 2 <= self.max_span <= LONGEST_SPAN:
            raise UsageError("sieve", f"max_span {self.max_span}", f"{MIN_LOOP + 2}..{LONGEST_SPAN} nt")
        for name in ("length_cost", "long_cost"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError("sieve", f"{name} {getattr(self, name)}", "0..1 kcal/mol per nt")
        if self.radius < 0:
            raise UsageError("sieve", f"radius {self.radius}", "0 nt or more")

    @property
    def reach(self) -> int:
        """Bases on either side of a candidate's first base on which the decision to report it depends."""
        return self.max_span + self.radius


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate hairpins of one strand, sorted by start; a short one before a long one of the same start.

    Attributes:
        start: int64 (n,), first base, 0-based.
        end: int64 (n,), one past the last base; both bases of the outer pair are inside.
        energy: int32 (n,), 0.01 kcal/mol, by the recurrence of this module.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    energy: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)


def encode(sequence: str | bytes) -> Codes:
    """Codes of a sequence: A C G U/T, in either case, are 0..3; all else is 4 and pairs with nothing."""
    raw = sequence.encode("ascii", "replace") if isinstance(sequence, str) else sequence
    return _CODE_OF_BYTE[np.frombuffer(raw, dtype=np.uint8)]


def reverse_complement(codes: Codes) -> Codes:
    """The other strand, 5′ to 3′; 4 stays 4."""
    return _COMPLEMENT[codes[::-1]]


def candidates(codes: Codes, settings: SieveSettings) -> Candidates:
    """The candidate hairpins of one strand.

    The best short and the best long hairpin of a position are each reported if they are stable enough and no
    position within `radius` has one of better score and the same kind. The decision is local: it depends on
    nothing further than `reach` from the candidate's first base, so that windows that overlap by `reach` give
    the candidates of the whole sequence.

    Args:
        codes: uint8 (n,), from `encode`.
        settings: Thresholds.
    """
    kinds = zip(*strongest(codes, settings), (settings.max_score, settings.max_long_score), strict=True)
    short, long = (_stable_minima(score, span, limit, settings) for score, span, limit in kinds)
    start, span, energy = np.hstack([short, long])
    order = np.argsort(start, kind="stable")
    return Candidates(start[order], (start + span)[order], energy[order].astype(np.int32) * UNIT)


def strongest(codes: Codes, settings: SieveSettings) -> tuple[Ints, Ints]:
    """The best short and the best long hairpin that begin at each position.

    Args:
        codes: uint8 (n,), from `encode`.
        settings: Longest span and length costs.

    Returns:
        int16 (2, n): score (energy plus length cost, 0.1 kcal/mol) of the best hairpin up to `long_span` and
        of the best one beyond; `INFINITE` where there is none.
        int16 (2, n): their spans, nt; 0 where there is none. Of equally good spans the shortest.
    """
    score = np.full((2, len(codes)), INFINITE, dtype=np.int16)
    span = np.zeros((2, len(codes)), dtype=np.int16)
    hairpin, cost = _HAIRPIN[: settings.max_span + 1], _length_costs(settings)
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK + settings.max_span]
        if (block == UNKNOWN).all():
            continue
        own = min(BLOCK, len(codes) - start)
        sequence = streams(block, own + settings.max_span + LANES)
        best = _fill(sequence, own, ROWS_IN_USE, settings.long_span, hairpin, cost)[2]
        score[:, start : start + own], span[:, start : start + own] = best[:, :, :own]
    return score, span


def trace(codes: Codes) -> str:
    """The recurrence's own structure of one candidate, as a dot-bracket.

    Args:
        codes: uint8 (n,), the codes of the candidate from the first to the last base of its outer pair.

    Raises:
        InputError: The outer bases form no pair, lie too close together, or more than `LONGEST_SPAN` apart.
    """
    span = len(codes)
    if not MIN_LOOP + 2 <= span <= LONGEST_SPAN:
        raise InputError("sieve", f"{span} bases", f"a candidate of {MIN_LOOP + 2}..{LONGEST_SPAN} nt")
    sequence = streams(codes, 1 + span + LANES)
    hairpin = _HAIRPIN[: span + 1]
    pairs, loops, _ = _fill(sequence, 1, span, span, hairpin, np.zeros_like(hairpin))
    if pairs[span - 1, 0] >= INFINITE:
        raise InputError("sieve", "a sequence whose first and last base form no pair", "a candidate's bases")
    structure = np.full(span, ord("."), dtype=np.uint8)
    _walk(sequence, LOOP_COSTS, pairs, loops, structure)
    return structure.tobytes().decode()


def _fill(
    sequence: Rows, own: int, kept: int, long_span: int, hairpin: Ints, cost: Ints
) -> tuple[Ints, Ints, Ints]:
    """P and Q of the last `kept` spans; best score and span from each position, (2, short or long, width)."""
    width = len(sequence[0])
    pairs = np.full((kept, width), INFINITE, dtype=np.int16)
    loops = np.full((kept, width), INFINITE, dtype=np.int16)
    best = np.zeros((2, 2, width), dtype=np.int16)
    best[0] = INFINITE
    _sweep(sequence, own, long_span, hairpin, LOOP_COSTS, cost, pairs, loops, best)
    return pairs, loops, best


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on the first call and keep the machine code beside the module or in the user's cache."""
    try:
        compiled: Callable[..., Any] = njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no folder that it may write to
        compiled = njit(nogil=True)(function)
    return compiled


@_compiled
def _row(
    span: np.int16,
    hairpin: np.int16,
    loop_costs: LoopCosts,
    cost: np.int16,
    length: int,
    five: Rows,
    three: Rows,
    before: Rows,
    now: Rows,
    best: Rows,
) -> None:
    """One span at all positions: the equations of the module's docstring, in int16 at every step."""
    opening, step, skew = loop_costs
    p, r, five_end, bit = five
    q, m, three_end, partners = three
    inner_pair, inner_loop, left_loop, right_loop = before
    pair, loop = now
    best_score, best_span = best
    for i in range(length):
        end = np.int16(five_end[i] + three_end[i])
        stack = np.int16(np.int16(p[i] + q[i]) + np.int16(r[i] & m[i]))
        energy = min(np.int16(inner_pair[i] + stack), np.int16(min(hairpin, inner_loop[i]) + end))
        energy = energy if np.int16(bit[i] & partners[i]) != 0 else np.int16(INFINITE)
        closed = np.int16(energy + end)
        even = np.int16(inner_loop[i] + step)
        uneven = np.int16(min(left_loop[i], right_loop[i]) + skew)
        pair[i] = energy
        loop[i] = min(np.int16(closed + opening), min(even, uneven))
        score, known_score, known_span = np.int16(closed + cost), best_score[i], best_span[i]
        best_score[i] = min(score, known_score)
        best_span[i] = span if score < known_score else known_span


@_compiled
def _sweep(
    sequence: Rows,
    own: int,
    long_span: int,
    hairpin: Ints,
    loop_costs: LoopCosts,
    cost: Ints,
    pairs: Ints,
    loops: Ints,
    best: Ints,
) -> None:
    """Fill the rows of `pairs` and `loops`, row d modulo their number for j = i + d, from short to long."""
    p, r, end, bit, q, m, partners = sequence
    for d in range(MIN_LOOP + 1, len(hairpin) - 1):
        kind = int(d + 1 > long_span)
        length = (own + len(hairpin) - d + LANES - 1) // LANES * LANES
        now, last, inner = d % len(pairs), (d - 1) % len(pairs), (d - 2) % len(pairs)
        _row(
            np.int16(d + 1),
            hairpin[d + 1],
            loop_costs,
            cost[d + 1],
            length,
            (p, r, end, bit),
            (q[d:], m[d:], end[d:], partners[d:]),
            (pairs[inner, 1:], loops[inner, 1:], loops[last], loops[last, 1:]),
            (pairs[now], loops[now]),
            (best[0, kind], best[1, kind]),
        )


@_compiled
def _walk(sequence: Rows, loop_costs: LoopCosts, pairs: Ints, loops: Ints, structure: Codes) -> None:
    """Follow the equalities of the recurrence inwards from the outer pair, and write the brackets."""
    opening, step, skew = loop_costs
    p, r, end, _, q, m, _ = sequence
    i, d, in_loop, closed = 0, len(structure) - 1, False, False
    while not closed:
        ends = end[i] + end[i + d]
        if in_loop and loops[d, i] == pairs[d, i] + ends + opening:
            in_loop = False
        elif in_loop and loops[d, i] == loops[d - 2, i + 1] + step:
            i, d = i + 1, d - 2
        elif in_loop:
            i, d = (i, d - 1) if loops[d, i] == loops[d - 1, i] + skew else (i + 1, d - 1)
        else:
            structure[i], structure[i + d] = ord("("), ord(")")
            stacked = pairs[d, i] == pairs[d - 2, i + 1] + p[i] + q[i + d] + (r[i] & m[i + d])
            in_loop = not stacked and pairs[d, i] == loops[d - 2, i + 1] + ends
            closed = not stacked and not in_loop
            i, d = i + 1, d - 2


def _stable_minima(score: Ints, span: Ints, max_score: float, settings: SieveSettings) -> NDArray[np.int64]:
    """Start, span and energy (0.1 kcal/mol) of the local minima that are stable enough: (3, n)."""
    start = np.flatnonzero(_is_local_minimum(score, settings.radius) & (span > 0))
    energy = score[start] - _length_costs(settings)[span[start]]
    stable = (energy <= 10 * settings.max_energy) & (score[start] <= 10 * max_score)
    return np.stack([start, span[start], energy])[:, stable]


def _is_local_minimum(score: Ints, radius: int) -> NDArray[np.bool_]:
    """Whether nothing within `radius` is lower, and nothing before within `radius` is equal."""
    if radius == 0:
        return np.ones(len(score), dtype=np.bool_)
    lowest = _lowest_of_run(np.pad(score, radius, constant_values=INFINITE), radius)
    before, after = lowest[: len(score)], lowest[radius + 1 :]
    minimum: NDArray[np.bool_] = (score < before) & (score <= after)
    return minimum


def _lowest_of_run(values: Ints, length: int) -> Ints:
    """The lowest of each `length` values in a row, by doubling: int16 (n - length + 1,)."""
    lowest, reached = values, 1
    while reached < length:
        step = min(reached, length - reached)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        reached += step
    return lowest


def _length_costs(settings: SieveSettings) -> Ints:
    """The length cost of each span, 0.1 kcal/mol: int16 (max_span + 1,)."""
    spans = np.arange(settings.max_span + 1)
    beyond = np.maximum(spans - settings.long_span, 0)
    costs = settings.length_cost * (spans - beyond) + settings.long_cost * beyond
    return np.rint(10 * costs).astype(np.int16)


_CODE_OF_BYTE = code_table()
_HAIRPIN = hairpin_energies(LONGEST_SPAN)
_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], dtype=np.uint8)
