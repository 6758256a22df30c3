"""The recurrence of the sieve, compiled: the best unbranched hairpin at every position, and its structure.

With the energies of `energies.py`, and with d = j - i growing from row to row:

    P(i,j)  best hairpin closed by the pair (i,j)
            = min(P(i+1,j-1) + stack, min(hairpin, Q(i+1,j-1)) + u) where i and j pair, else infinite
    Q(i,j)  best content of i..j inside an interior loop or bulge
            = min(P(i,j) + u + OPEN, Q(i+1,j-1) + STEP, min(Q(i+1,j), Q(i,j-1)) + SKEW)

u is the penalty of a helix that ends in A-U or G-U. A loop with k and l unpaired bases on its sides so costs
OPEN + STEP·min(k,l) + SKEW·|k-l|; there are no multiloops.

Engine: numba. The inner loop runs over all positions of one row, without a table look-up or a branch, and
LLVM turns it into int16 arithmetic on whole registers, be they SSE2, AVX2 or AVX-512. It needs no compiler on
the user's machine, is as fast as the same loop by gcc and fifteen to twenty-five times as fast as torch or
numpy on a CPU (`benchmarks/speed/sieve.py`), and integers make the result the same on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.runtime.compiled import compiled
from mirscan.sieve.energies import INFINITE, LOOP, MIN_LOOP, Ints

Codes = NDArray[np.uint8]
LoopCosts = tuple[np.int16, ...]
Places = tuple[np.uint64, ...]

LANES = 64  # rows are multiples of this, so that no vector loop leaves a scalar rest
ROWS_IN_USE = 3  # a row needs the two before it
TOGETHER = 32  # hairpins traced side by side, base beside base
# Arguments of the compiled functions, because the cache of machine code looks for changes in this file only.
LOOP_COSTS: LoopCosts = tuple(np.int16(cost) for cost in LOOP)


def best_hairpins(sequence: Ints, own: int, hairpin: Ints, cost: Ints, kind: Codes) -> Ints:
    """The best hairpin of each kind that begins at each position.

    Args:
        sequence: From `energies.streams`, of width own + max_span + LANES at least.
        own: Positions wanted.
        hairpin: int16 (max_span + 1,), energy of a hairpin loop by the span of its pair.
        cost: int16 (max_span + 1,), added to the energy of a hairpin by its span.
        kind: uint8 (max_span + 1,), which competition hairpins of a span take part in, from 0.

    Returns:
        int16 (kinds, 2, own): energy plus cost (0.1 kcal/mol; `INFINITE` for none) and span (nt; 0 for none;
        of equally good ones the shortest).
    """
    width = sequence.shape[1]
    best = np.zeros((int(kind.max()) + 1, 2, width), dtype=np.int16)
    best[:, 0] = INFINITE
    _sweep(sequence, own, hairpin, LOOP_COSTS, cost, kind, _rows(ROWS_IN_USE, width), best)
    return best[:, :, :own]


def structures(
    sequence: Ints, start: NDArray[np.int64], span: NDArray[np.int64], hairpin: Ints
) -> tuple[Codes, NDArray[np.int64]]:
    """Dot-brackets of the best hairpins closed by given pairs; all dots where the two bases form no pair.

    Args:
        sequence: From `energies.streams`, reaching LANES + 1 beyond the last end.
        start: int64 (n,), first bases.
        span: int64 (n,), nt from the first to the last base, `MIN_LOOP` + 2 at least.
        hairpin: int16 (longest span + 1 or more,), as for `best_hairpins`.

    Returns:
        The dot-brackets one behind the other as character codes, uint8; where each begins, and the last
        ends, int64 (n + 1,).
    """
    longest = int(span.max(initial=0))
    width = TOGETHER * (longest + 2) + LANES
    rows = _rows(max(longest, MIN_LOOP + 1), width)
    side = np.zeros((len(sequence), width), dtype=np.int16)
    offsets = np.concatenate([[0], np.cumsum(span)])
    text = np.full(offsets[-1], ord("."), dtype=np.uint8)
    order = np.argsort(span, kind="stable")
    _trace(sequence, start, offsets, order, hairpin, LOOP_COSTS, rows, side, text)
    return text, offsets


def _rows(kept: int, width: int) -> Ints:
    """Rows of P and of Q, (2, kept, width), of which the first ones, shorter than any hairpin, are empty.

    Both are one piece of memory, which the allocator keeps at hand: fresh pages for every call would take
    longer than what is computed in them.
    """
    both = np.empty((2, kept, width), dtype=np.int16)
    both[:, : MIN_LOOP + 1] = INFINITE
    return both


@compiled(inner=True)
def _row(
    span: np.int16,
    hairpin: np.int16,
    loop_costs: LoopCosts,
    cost: np.int16,
    length: int,
    sequence: Ints,
    streams: Places,
    rows: Ints,
    places: Places,
    best: Ints | None,
    winners: tuple[np.uint64, np.uint64],
) -> None:
    """One span at all positions: the equations of the module's docstring, in int16 at every step.

    Arrays are flat, and rows the places where they begin: for the short rows of a trace, a view of each takes
    as long to make as the row takes.
    """
    opening, step, skew = loop_costs
    p, r, five_end, bit, q, m, three_end, partners = streams
    inner_pair, inner_loop, left_loop, right_loop, pair, loop = places
    for position in range(length):
        i = np.uint64(position)
        end = np.int16(sequence[five_end + i] + sequence[three_end + i])
        mixed = np.int16(sequence[r + i] & sequence[m + i])
        stack = np.int16(np.int16(sequence[p + i] + sequence[q + i]) + mixed)
        inside = rows[inner_loop + i]
        energy = min(np.int16(rows[inner_pair + i] + stack), np.int16(min(hairpin, inside) + end))
        paired = np.int16(sequence[bit + i] & sequence[partners + i]) != 0
        energy = energy if paired else np.int16(INFINITE)
        closed = np.int16(energy + end)
        even = np.int16(inside + step)
        uneven = np.int16(min(rows[left_loop + i], rows[right_loop + i]) + skew)
        rows[pair + i] = energy
        rows[loop + i] = min(np.int16(closed + opening), min(even, uneven))
        if best is not None:  # known to the compiler: a trace asks for no winners
            best_score, best_span = winners
            score, known_score, known_span = (
                np.int16(closed + cost),
                best[best_score + i],
                best[best_span + i],
            )
            best[best_score + i] = min(score, known_score)
            best[best_span + i] = span if score < known_score else known_span


@compiled(inner=True)
def _streams(sequence: Ints, apart: int) -> Any:
    """Where streams begin: p, r, end and bit of one base, then q, m, end and partners of one so far on."""
    width = sequence.shape[1]
    one, other = np.uint64(width), np.uint64(apart)
    first = (one * np.uint64(0), one, one * np.uint64(2), one * np.uint64(3))
    ends, partners = one * np.uint64(2) + other, one * np.uint64(6) + other
    return (*first, one * np.uint64(4) + other, one * np.uint64(5) + other, ends, partners)


@compiled(inner=True)
def _places(rows: Ints, now: int, last: int, inner: int, base: int) -> Any:
    """Where rows of P and of Q begin: those that a row reads, and its own two; bases stand so far apart."""
    kept, width = rows.shape[1], rows.shape[2]
    return (
        np.uint64(inner * width + base),
        np.uint64((kept + inner) * width + base),
        np.uint64((kept + last) * width),
        np.uint64((kept + last) * width + base),
        np.uint64(now * width),
        np.uint64((kept + now) * width),
    )


@compiled()
def _sweep(
    sequence: Ints,
    own: int,
    hairpin: Ints,
    loop_costs: LoopCosts,
    cost: Ints,
    kind: Codes,
    rows: Ints,
    best: Ints,
) -> None:
    """Fill the rows, row d modulo their number for j = i + d, from short to long.

    A row reaches as far to the right as a later row needs; what it computes beyond is never used.
    """
    flat, flat_rows, flat_best = sequence.reshape(-1), rows.reshape(-1), best.reshape(-1)
    kept, width = rows.shape[1], best.shape[2]
    for d in range(MIN_LOOP + 1, len(hairpin) - 1):
        length = (own + len(hairpin) - d + LANES - 1) // LANES * LANES
        score = np.uint64(2 * np.int64(kind[d + 1]) * width)
        _row(
            np.int16(d + 1),
            hairpin[d + 1],
            loop_costs,
            cost[d + 1],
            length,
            flat,
            _streams(sequence, d),
            flat_rows,
            _places(rows, d % kept, (d - 1) % kept, (d - 2) % kept, 1),
            flat_best,
            (score, score + np.uint64(width)),
        )


@compiled(inner=True)
def _sweep_together(sequence: Ints, longest: int, hairpin: Ints, loop_costs: LoopCosts, rows: Ints) -> None:
    """The same for hairpins of up to `longest` bases side by side: `TOGETHER` columns for each base.

    So a row holds nothing but spans that fit into a hairpin, half as much as if one hairpin stood behind the
    other, and what it reads is what a vector of an earlier row wrote. With a row for every d the empty rows 2
    and 3 stay empty, and all others are written before they are read.
    """
    flat, flat_rows = sequence.reshape(-1), rows.reshape(-1)
    for d in range(MIN_LOOP + 1, longest):
        length = (TOGETHER * (longest - d) + LANES - 1) // LANES * LANES
        _row(
            np.int16(d + 1),
            hairpin[d + 1],
            loop_costs,
            np.int16(0),
            length,
            flat,
            _streams(sequence, TOGETHER * d),
            flat_rows,
            _places(rows, d, d - 1, d - 2, TOGETHER),
            None,
            (np.uint64(0), np.uint64(0)),
        )


@compiled(inner=True)
def _interleave(
    sequence: Ints,
    start: NDArray[np.int64],
    offsets: NDArray[np.int64],
    members: NDArray[np.int64],
    side: Ints,
) -> None:
    """The streams of some hairpins, base beside base."""
    for stream in range(sequence.shape[0]):
        for lane in range(len(members)):
            for i in range(offsets[members[lane] + 1] - offsets[members[lane]]):
                side[stream, TOGETHER * i + lane] = sequence[stream, start[members[lane]] + i]


@compiled()
def _trace(
    sequence: Ints,
    start: NDArray[np.int64],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    hairpin: Ints,
    loop_costs: LoopCosts,
    rows: Ints,
    side: Ints,
    text: Codes,
) -> None:
    """Write the structure of the hairpin that begins at start[k] into text[offsets[k]:offsets[k + 1]].

    Hairpins of similar span are swept together. What lies behind the shorter ones changes nothing in them.
    """
    for group in range(0, len(order), TOGETHER):
        members = order[group : group + TOGETHER]
        longest = offsets[members[-1] + 1] - offsets[members[-1]]
        _interleave(sequence, start, offsets, members, side)
        _sweep_together(side, longest, hairpin, loop_costs, rows)
        for lane, k in enumerate(members):
            structure = text[offsets[k] : offsets[k + 1]]
            if rows[0, len(structure) - 1, lane] < INFINITE:
                _walk(side, lane, loop_costs, rows[0], rows[1], structure)


@compiled(inner=True)
def _walk(
    sequence: Ints, lane: int, loop_costs: LoopCosts, pairs: Ints, loops: Ints, structure: Codes
) -> None:
    """Follow the equalities of the recurrence inwards from the outer pair, and write the brackets."""
    opening, step, skew = loop_costs
    p, r, end, q, m = sequence[0], sequence[1], sequence[2], sequence[4], sequence[5]
    first, d, in_loop, closed = 0, len(structure) - 1, False, False
    while not closed:
        i, j, inner = TOGETHER * first + lane, TOGETHER * (first + d) + lane, TOGETHER * (first + 1) + lane
        ends = end[i] + end[j]
        if in_loop and loops[d, i] == pairs[d, i] + ends + opening:
            in_loop = False
        elif in_loop and loops[d, i] == loops[d - 2, inner] + step:
            first, d = first + 1, d - 2
        elif in_loop:
            first, d = (first, d - 1) if loops[d, i] == loops[d - 1, i] + skew else (first + 1, d - 1)
        else:
            structure[first], structure[first + d] = ord("("), ord(")")
            stacked = pairs[d, i] == pairs[d - 2, inner] + p[i] + q[j] + (r[i] & m[j])
            in_loop = not stacked and pairs[d, i] == loops[d - 2, inner] + ends
            closed = not stacked and not in_loop
            first, d = first + 1, d - 2
