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

import numpy as np
from numpy.typing import NDArray

from mirscan.runtime.compiled import compiled
from mirscan.sieve.energies import INFINITE, LOOP, MIN_LOOP, Ints, Rows

Codes = NDArray[np.uint8]
LoopCosts = tuple[np.int16, ...]

LANES = 64  # rows are multiples of this, so that no vector loop leaves a scalar rest
ROWS_IN_USE = 3  # a row needs the two before it
TOGETHER = 32  # hairpins traced side by side, base beside base
# Arguments of the compiled functions, because the cache of machine code looks for changes in this file only.
LOOP_COSTS: LoopCosts = tuple(np.int16(cost) for cost in LOOP)


def best_hairpins(sequence: Rows, own: int, hairpin: Ints, cost: Ints, kind: Codes) -> Ints:
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
    pairs, loops = _rows(ROWS_IN_USE, len(sequence[0]))
    best = np.zeros((int(kind.max()) + 1, 2, len(sequence[0])), dtype=np.int16)
    best[:, 0] = INFINITE
    _sweep(sequence, own, hairpin, LOOP_COSTS, cost, kind, pairs, loops, best)
    return best[:, :, :own]


def structures(
    sequence: Rows, start: NDArray[np.int64], span: NDArray[np.int64], hairpin: Ints
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
    pairs, loops = _rows(max(longest, MIN_LOOP + 1), width)
    side = np.zeros((len(sequence), width), dtype=np.int16)
    offsets = np.concatenate([[0], np.cumsum(span)])
    text = np.full(offsets[-1], ord("."), dtype=np.uint8)
    order = np.argsort(span, kind="stable")
    _trace(sequence, start, offsets, order, hairpin, LOOP_COSTS, pairs, loops, side, text)
    return text, offsets


def _rows(kept: int, width: int) -> tuple[Ints, Ints]:
    """Rows of P and of Q, of which the first ones, shorter than any hairpin, are empty.

    Both are one piece of memory, which the allocator keeps at hand: fresh pages for every call would take
    longer than what is computed in them.
    """
    both = np.empty((2, kept, width), dtype=np.int16)
    both[:, : MIN_LOOP + 1] = INFINITE
    return both[0], both[1]


@compiled(inner=True)
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
    best: Rows | None,
) -> None:
    """One span at all positions: the equations of the module's docstring, in int16 at every step."""
    opening, step, skew = loop_costs
    p, r, five_end, bit = five
    q, m, three_end, partners = three
    inner_pair, inner_loop, left_loop, right_loop = before
    pair, loop = now
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
        if best is not None:  # known to the compiler: a trace asks for no winners
            best_score, best_span = best
            score, known_score, known_span = np.int16(closed + cost), best_score[i], best_span[i]
            best_score[i] = min(score, known_score)
            best_span[i] = span if score < known_score else known_span


@compiled()
def _sweep(
    sequence: Rows,
    own: int,
    hairpin: Ints,
    loop_costs: LoopCosts,
    cost: Ints,
    kind: Codes,
    pairs: Ints,
    loops: Ints,
    best: Ints,
) -> None:
    """Fill the rows of `pairs` and `loops`, row d modulo their number for j = i + d, from short to long.

    A row reaches as far to the right as a later row needs; what it computes beyond is never used.
    """
    p, r, end, bit, q, m, partners = sequence
    for d in range(MIN_LOOP + 1, len(hairpin) - 1):
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
            (best[kind[d + 1], 0], best[kind[d + 1], 1]),
        )


@compiled(inner=True)
def _sweep_together(
    sequence: Rows, longest: int, hairpin: Ints, loop_costs: LoopCosts, pairs: Ints, loops: Ints
) -> None:
    """The same for hairpins of up to `longest` bases side by side: `TOGETHER` columns for each base.

    So a row holds nothing but spans that fit into a hairpin, half as much as if one hairpin stood behind the
    other, and what it reads is what a vector of an earlier row wrote. With a row for every d the empty rows 2
    and 3 stay empty, and all others are written before they are read.
    """
    p, r, end, bit, q, m, partners = sequence
    for d in range(MIN_LOOP + 1, longest):
        length = (TOGETHER * (longest - d) + LANES - 1) // LANES * LANES
        at = TOGETHER * d
        _row(
            np.int16(d + 1),
            hairpin[d + 1],
            loop_costs,
            np.int16(0),
            length,
            (p, r, end, bit),
            (q[at:], m[at:], end[at:], partners[at:]),
            (pairs[d - 2, TOGETHER:], loops[d - 2, TOGETHER:], loops[d - 1], loops[d - 1, TOGETHER:]),
            (pairs[d], loops[d]),
            None,
        )


@compiled(inner=True)
def _interleave(
    row: Ints, start: NDArray[np.int64], offsets: NDArray[np.int64], members: NDArray[np.int64], side: Ints
) -> None:
    """One stream of some hairpins, shorter ones first, base beside base."""
    first = 0  # of the hairpins that reach so far
    for i in range(offsets[members[-1] + 1] - offsets[members[-1]]):
        base = side[TOGETHER * i : TOGETHER * (i + 1)]
        while offsets[members[first]] + i >= offsets[members[first] + 1]:
            first += 1
        for lane in range(first, len(members)):
            base[lane] = row[start[members[lane]] + i]


@compiled()
def _trace(
    sequence: Rows,
    start: NDArray[np.int64],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    hairpin: Ints,
    loop_costs: LoopCosts,
    pairs: Ints,
    loops: Ints,
    side: Ints,
    text: Codes,
) -> None:
    """Write the structure of the hairpin that begins at start[k] into text[offsets[k]:offsets[k + 1]].

    Hairpins of similar span are swept together. What lies behind the shorter ones changes nothing in them.
    """
    part = (side[0], side[1], side[2], side[3], side[4], side[5], side[6])
    for group in range(0, len(order), TOGETHER):
        members = order[group : group + TOGETHER]
        longest = offsets[members[-1] + 1] - offsets[members[-1]]
        for stream in range(len(sequence)):
            _interleave(sequence[stream], start, offsets, members, side[stream])
        _sweep_together(part, longest, hairpin, loop_costs, pairs, loops)
        for lane, k in enumerate(members):
            structure = text[offsets[k] : offsets[k + 1]]
            if pairs[len(structure) - 1, lane] < INFINITE:
                _walk(part, lane, loop_costs, pairs, loops, structure)


@compiled(inner=True)
def _walk(
    sequence: Rows, lane: int, loop_costs: LoopCosts, pairs: Ints, loops: Ints, structure: Codes
) -> None:
    """Follow the equalities of the recurrence inwards from the outer pair, and write the brackets."""
    opening, step, skew = loop_costs
    p, r, end, _, q, m, _ = sequence
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
