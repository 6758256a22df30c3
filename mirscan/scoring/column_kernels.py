"""The network of `models/columns.py` on a processor, compiled by numba: many hairpins one behind the other.

Channels are rows, and columns of hairpins stand side by side in them, so that a convolution adds whole rows
to rows, eight at a time: the compiler makes vectors of that, whatever the width of the network. Columns that
are 0 part the hairpins, and no sum reaches from one into the next; so the logit of a hairpin does not depend
on its neighbours, to the last bit. The first layer is a table: what each symbol contributes at each offset.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import SYMBOLS
from mirscan.encoding.drawing import COLUMNS
from mirscan.runtime.compiled import compiled

TAPS = 5  # columns that the first layer sees
TERMS = 8  # rows that are added to a row at once
WHOLE = 64  # columns are computed in multiples of this, so that no vector loop leaves a rest of another order
TOGETHER = 512  # columns of some hairpins side by side: what lies between two layers then stays in a cache
MARGIN = 64  # columns of zeros on both sides of them
# A product and the sum that it goes into may be one instruction.
FUSED = {"contract"}

Floats = NDArray[np.float32]
Symbols = NDArray[np.uint8]
Places = NDArray[np.int64]


@compiled(inner=True)
def _line(symbols: Symbols, line: NDArray[np.uint64]) -> int:
    """The row of the table for each column of a hairpin and beyond its ends; how many columns it has."""
    count = 0
    for column in range(TAPS // 2):
        line[column] = SYMBOLS
    for symbol in symbols:
        if symbol > 0:
            line[TAPS // 2 + count] = symbol
            count += 1
    for column in range(TAPS):
        line[TAPS // 2 + count + column] = 0
    return count


@compiled(inner=True, fastmath=FUSED)
def _column(
    line: NDArray[np.uint64], column: int, count: int, first: Floats, width: int, pair: Floats
) -> None:
    """A column after the first layer, the even ones before the odd ones in a pair."""
    of_each = np.uint64(width)
    stride = of_each * np.uint64(SYMBOLS + 1)
    inside = stride * np.uint64(TAPS)
    slope, other_slope = inside + of_each, inside + of_each + of_each
    a = line[column] * of_each
    b = line[column + 1] * of_each + stride
    c = line[column + 2] * of_each + stride * np.uint64(2)
    d = line[column + 3] * of_each + stride * np.uint64(3)
    e = line[column + 4] * of_each + stride * np.uint64(4)
    before, after, row = np.float32(column), np.float32(count - column), np.uint64(column % 2) * of_each
    for channel in range(width):
        x = np.uint64(channel)
        place = first[inside + x] + before * first[slope + x] + after * first[other_slope + x]
        seen = (first[a + x] + first[b + x]) + (first[c + x] + first[d + x]) + first[e + x]
        pair[row + x] = place + seen


@compiled(inner=True, fastmath=FUSED)
def _at_an_end(places: Floats, column: int, count: int, width: int, pair: Floats) -> None:
    """Take back what offsets outside the hairpin would have contributed by their places."""
    row = np.uint64(column % 2) * np.uint64(width)
    for k in range(TAPS):
        at = column + k - TAPS // 2
        if at < 0 or at >= count:
            before, after = np.float32(at + 1), np.float32(count - at - 1)
            for channel in range(width):
                pair[row + np.uint64(channel)] -= (
                    places[k, 0, channel] * before + places[k, 1, channel] * after
                )


@compiled(inner=True)
def _first_layer(
    line: NDArray[np.uint64], count: int, first: Floats, places: Floats, pair: Floats, x: Floats, at: int
) -> None:
    """The larger of each two columns after the first layer, and 0 at least, from a place of x on."""
    width, zero, reach = x.shape[0], np.float32(0), TAPS // 2
    for column in range(count):
        _column(line, column, count, first, width, pair)
        if column < reach or column >= count - reach:
            _at_an_end(places, column, count, width, pair)
        if column % 2 == 0 and column + 1 < count:
            continue
        for channel in range(width):
            even = pair[channel]
            odd = pair[width + channel] if column % 2 else zero
            x[channel, at + column // 2] = max(max(even, odd), zero)


@compiled(inner=True, fastmath=FUSED)
def _add(row: Floats, source: Floats, places: tuple[Any, ...], weights: Floats, first: int) -> None:
    """row += the sum over `TERMS` rows of the source, each with its weight."""
    a, b, c, d, e, f, g, h = places
    s, t, u, v = weights[first], weights[first + 1], weights[first + 2], weights[first + 3]
    w, x, y, z = weights[first + 4], weights[first + 5], weights[first + 6], weights[first + 7]
    for column in range(row.size):
        i = np.uint64(column)
        left = (s * source[a + i] + t * source[b + i]) + (u * source[c + i] + v * source[d + i])
        right = (w * source[e + i] + x * source[f + i]) + (y * source[g + i] + z * source[h + i])
        row[column] += left + right


@compiled(inner=True)
def _place(x: Floats, term: int, dilation: int) -> Any:
    """Where the row of a term of a convolution begins: all channels before the column, at it, after it."""
    width, stride = x.shape
    return np.uint64((term % width) * stride + MARGIN + (term // width - 1) * dilation)


@compiled(inner=True)
def _convolve(x: Floats, weights: Floats, bias: Floats, dilation: int, mask: Floats, onto: Floats) -> None:
    """onto += bias + the sum over three columns and all channels; 0 where that is less, or no column."""
    flat, zero = x.reshape(-1), np.float32(0)
    for channel in range(len(bias)):
        row, of_channel = onto[channel, MARGIN : MARGIN + mask.size], weights[channel]
        for column in range(row.size):
            row[column] += bias[channel]
        for term in range(0, of_channel.size, TERMS):
            places = (
                _place(x, term, dilation),
                _place(x, term + 1, dilation),
                _place(x, term + 2, dilation),
                _place(x, term + 3, dilation),
                _place(x, term + 4, dilation),
                _place(x, term + 5, dilation),
                _place(x, term + 6, dilation),
                _place(x, term + 7, dilation),
            )
            _add(row, flat, places, of_channel, term)
        for column in range(row.size):
            row[column] = max(row[column], zero) * mask[column]


@compiled(inner=True)
def _summed(x: Floats, channel: int, first: int, end: int) -> tuple[np.float32, np.float32]:
    """The highest of some columns, 0 at least, and their sum, in four parts that do not wait."""
    zero = np.float32(0)
    a = b = c = d = p = q = r = s = zero
    whole = end - (end - first) % 4
    for column in range(first, whole, 4):
        one, two = x[channel, column], x[channel, column + 1]
        three, four = x[channel, column + 2], x[channel, column + 3]
        a, b, c, d = max(a, one), max(b, two), max(c, three), max(d, four)
        p, q, r, s = p + one, q + two, r + three, s + four
    for column in range(whole, end):
        a, p = max(a, x[channel, column]), p + x[channel, column]
    return max(max(a, b), max(c, d)), (p + q) + (r + s)


@compiled(inner=True, fastmath=FUSED)
def _readout(
    x: Floats,
    first: int,
    columns: int,
    scalars: Floats,
    readout: tuple[Floats, Floats, Floats, np.float32],
    units: Floats,
) -> np.float32:
    """The logit from the maxima and means of a hairpin's columns, and the scalars."""
    hidden, hidden_bias, out, logit = readout
    width = x.shape[0]
    units[:] = hidden_bias
    for channel in range(width):
        highest, total = _summed(x, channel, first, first + columns)
        mean = total / np.float32(max(columns, 1))
        for unit in range(units.size):
            units[unit] += highest * hidden[channel, unit] + mean * hidden[width + channel, unit]
    for fact in range(scalars.size):
        for unit in range(units.size):
            units[unit] += scalars[fact] * hidden[2 * width + fact, unit]
    for unit in range(units.size):
        logit += max(units[unit], np.float32(0)) * out[unit]
    return logit


@compiled()
def run(
    symbols: Symbols,
    scalars: Floats,
    first: tuple[Floats, Floats],
    blocks: tuple[Floats, Floats, Places],
    readout: tuple[Floats, Floats, Floats, np.float32],
    logits: Floats,
) -> None:
    """The logits of n hairpins.

    Args:
        symbols: uint8 (n, columns), as `encoding.columns` makes them.
        scalars: (n, f).
        first: Tables and places of the first layer; see `prefilter.Prefilter`.
        blocks: Weights, biases and dilations.
        readout: Weights and biases of both layers.
        logits: (n,); receives the logits.
    """
    weights, biases, dilations = blocks
    tables, places = first
    width, apart = biases.shape[1], 0
    for dilation in dilations:
        apart = max(apart, dilation)
    room = TOGETHER + MARGIN  # the last hairpin of some may reach beyond
    x = np.zeros((width, room + 2 * MARGIN), np.float32)
    y = np.zeros_like(x)
    mask, pair = np.zeros(room, np.float32), np.empty(2 * width, np.float32)
    units = np.empty_like(readout[1])
    line = np.empty(COLUMNS + 2 * TAPS, np.uint64)
    begin, half = np.empty(TOGETHER + 1, np.int64), np.empty(TOGETHER + 1, np.int64)
    done = 0
    while done < len(logits):
        some = at = 0
        x[:], mask[:] = 0, 0
        while done + some < len(logits) and at < TOGETHER:
            count = _line(symbols[done + some], line)
            begin[some], half[some] = at, (count + 1) // 2
            _first_layer(line, count, tables, places, pair, x, MARGIN + at)
            mask[at : at + half[some]] = 1
            at += half[some] + max(apart, 1)
            some += 1
        used = mask[: min((at + WHOLE - 1) // WHOLE * WHOLE, room)]
        for block in range(len(dilations)):
            y[:] = 0
            _convolve(x, weights[2 * block], biases[2 * block], dilations[block], used, y)
            _convolve(y, weights[2 * block + 1], biases[2 * block + 1], dilations[block], used, x)
        for k in range(some):
            logits[done + k] = _readout(x, MARGIN + begin[k], half[k], scalars[done + k], readout, units)
        done += some
