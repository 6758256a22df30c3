"""`duplex.encode` for stretches of a sequence whose folds are character codes already: no strings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN
from mirscan.encoding.drawing import (
    COLOUR_OF_CODE,
    COLUMNS,
    GAP,
    PAIR,
    PAIRED_HEIGHTS,
    UNBOUND_HEIGHT,
    C,
    G,
    U,
    central_loop,
    fill_columns,
    fill_pair_table,
)
from mirscan.encoding.duplex import SCALARS, Duplexes
from mirscan.runtime.compiled import compiled

SHAPE = 15  # scalars before the composition

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Floats = NDArray[np.float64]


def encode_stretches(
    codes: Bytes, start: Places, offsets: Places, text: Bytes, energy: NDArray[np.int32]
) -> Duplexes:
    """Encode n folded stretches of a sequence; see `duplex.encode`.

    Args:
        codes: uint8, the sequence by `alphabet.encode`.
        start: int64 (n,), first base of each stretch.
        offsets: int64 (n + 1,), where the fold of each begins in `text`, and the last ends.
        text: uint8, sound dot-brackets as character codes, one behind the other.
        energy: int32 (n,), 0.01 kcal/mol.
    """
    symbols = np.zeros((len(start), COLUMNS), dtype=np.uint8)
    scalars = np.zeros((len(start), len(SCALARS)), dtype=np.float32)
    _encode_all(codes, COLOUR_OF_CODE, start, offsets, text, energy, symbols, scalars)
    return Duplexes(symbols, scalars)


@compiled()
def _encode_all(
    codes: Bytes,
    colours: Bytes,
    start: Places,
    offsets: Places,
    text: Bytes,
    energy: NDArray[np.int32],
    symbols: Bytes,
    scalars: NDArray[np.float32],
) -> None:
    longest = 0
    for row in range(start.size):
        longest = max(longest, offsets[row + 1] - offsets[row])
    upper, lower, kind = np.empty((3, longest), np.uint8)
    partners = np.empty(longest, np.int32)
    facts = np.zeros(scalars.shape[1], np.float64)
    for row in range(start.size):
        length = offsets[row + 1] - offsets[row]
        table = partners[:length]
        fill_pair_table(text[offsets[row] : offsets[row + 1]], table)
        own = codes[start[row] : start[row] + length]
        first, last, loops = central_loop(table)
        count = fill_columns(colours[own], table, first, last, upper, lower, kind)
        facts[:3] = length / 100, energy[row] / 100 / 10, energy[row] / 100 / max(length, 1)
        facts[13], facts[14] = loops > 1, count > COLUMNS
        _columns(upper, lower, kind, min(count, COLUMNS), symbols[row], facts)
        _composition(own, facts[SHAPE:])
        scalars[row] = facts


@compiled()
def _columns(upper: Bytes, lower: Bytes, kind: Bytes, count: int, symbols: Bytes, facts: Floats) -> None:
    """The symbols of the columns, and the scalars from `paired` to `longest_open`."""
    pairs = strong = wobble = loop = five = three = facing = 0
    helix = bulge = longest_helix = longest_bulge = 0
    for column in range(count):
        u, v = upper[column], lower[column]
        bond = kind[column] == PAIR and PAIRED_HEIGHTS[u, v] < UNBOUND_HEIGHT
        pairs += bond
        what = 2 if bond else 1 if pairs else 0
        symbols[column] = 1 + 3 * (5 * (u - GAP) + v - GAP) + what
        strong += bond and min(u, v) == G and max(u, v) == C
        wobble += bond and min(u, v) == G and max(u, v) == U
        loop += what == 0
        five += what == 1 and u == GAP
        three += what == 1 and v == GAP
        facing += what == 1 and u != GAP and v != GAP
        helix = helix + 1 if bond else 0
        bulge = bulge + 1 if what == 1 else 0
        longest_helix, longest_bulge = max(longest_helix, helix), max(longest_bulge, bulge)
    columns = max(count, 1)
    facts[3:6] = pairs / columns, strong / columns, wobble / columns
    facts[6:8] = columns / 100, loop / 10
    facts[8:11] = five / columns, three / columns, facing / columns
    facts[11:13] = longest_helix / 10, longest_bulge / 10


@compiled()
def _composition(codes: Bytes, facts: Floats) -> None:
    """Frequencies of the 4 nucleotides and the 16 dinucleotides."""
    facts[:] = 0
    single = double = 0
    before = UNKNOWN
    for code in codes:
        if code < UNKNOWN:
            facts[code] += 1
            single += 1
            if before < UNKNOWN:
                facts[4 + 4 * before + code] += 1
                double += 1
        before = code
    facts[:4] /= max(single, 1)
    facts[4:] /= max(double, 1)
