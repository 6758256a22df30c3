"""What candidates must pass before they are folded, and before they are scored: the network of
`models/columns.py` without torch.

It runs in the worker that found the candidate, first on the sieve's own structure, then, for what is left, on
the quick fold. One hairpin after the other in single precision: the arithmetic of a hairpin never depends on
its neighbours. The first layer is a table: what each symbol contributes at each offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes
from mirscan.encoding.columns import Columns, encode_folds
from mirscan.folding.quickfold import Folds
from mirscan.runtime.compiled import compiled
from mirscan.sieve.candidates import Candidates, brackets

PLACE_UNIT = 25  # columns, as in the network
DILATIONS = (1, 2, 4)  # of a network whose card says nothing else

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prefilter:
    """The weights, laid out for the kernel; k offsets, s symbols, w channels, f scalars, h units.

    Attributes:
        table: (k, s, w), what a symbol contributes to the column at each offset.
        places: (k, 2, w), the same for the two distances of a column from its ends.
        stem: (w,), bias of the first layer.
        weights: (2b, 3w, w), the convolutions of the b residual blocks, from three columns to one.
        biases: (2b, w).
        dilations: int64 (b,).
        hidden: (2w + f, h), from channels and scalars to the readout; the scalars' scaling is folded in.
        hidden_bias: (h,).
        out: (h,).
        out_bias: Of the logit.
    """

    table: Floats
    places: Floats
    stem: Floats
    weights: Floats
    biases: Floats
    dilations: NDArray[np.int64]
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: float

    def logits(self, columns: Columns) -> Floats:
        """The logit of each of n hairpins before calibration, float32 (n,)."""
        logits = np.empty(len(columns), dtype=np.float32)
        _run(
            columns.symbols,
            columns.scalars,
            (self.table, self.places, self.stem),
            (self.weights, self.biases, self.dilations),
            (self.hidden, self.hidden_bias, self.out, np.float32(self.out_bias)),
            logits,
        )
        return logits

    def of_traces(self, codes: Codes, found: Candidates) -> Floats:
        """The logit of each of n candidates by the structure that the sieve saw, float32 (n,).

        Args:
            codes: uint8, the codes in which the candidates were found.
            found: The candidates.
        """
        text, offsets = brackets(codes, found)
        return self.logits(encode_folds(codes, found.start, offsets, text, found.energy))

    def of_folds(self, codes: Codes, found: Candidates, folded: Folds) -> Floats:
        """The logit of each of n candidates by its quick fold, float32 (n,); as `of_traces`."""
        return self.logits(encode_folds(codes, found.start, folded.offsets, folded.text, folded.energy))


def prefilter_of(state: Mapping[str, NDArray[Any]], dilations: Sequence[int] = DILATIONS) -> Prefilter:
    """Lay out the state of a `ColumnNetwork` of any width, as numpy arrays by name."""
    table = {name: np.asarray(values, dtype=np.float64) for name, values in state.items()}
    width = table["stem.product.bias"].shape[0]
    embedding = table["embedding.weight"]
    # a product over shifted copies: offset, then input
    stem = table["stem.product.weight"].T.reshape(-1, embedding.shape[1] + 2, width)
    names = [
        f"blocks.{block}.{part}.product" for block in range(len(dilations)) for part in ("first", "second")
    ]
    channels = 2 * width
    hidden, hidden_bias = table["readout.1.weight"].T.copy(), table["readout.1.bias"].copy()
    hidden[channels:] /= table["spread"][:, None]
    hidden_bias -= table["mean"] @ hidden[channels:]
    return Prefilter(
        table=_single(np.einsum("se,kew->ksw", embedding, stem[:, :-2])),
        places=_single(stem[:, -2:] / PLACE_UNIT),
        stem=_single(table["stem.product.bias"]),
        weights=_single([table[f"{name}.weight"].T for name in names]).reshape(-1, 3 * width, width),
        biases=_single([table[f"{name}.bias"] for name in names]).reshape(-1, width),
        dilations=np.array(dilations, dtype=np.int64),
        hidden=_single(hidden),
        hidden_bias=_single(hidden_bias),
        out=_single(table["readout.4.weight"][0]),
        out_bias=float(table["readout.4.bias"][0]),
    )


def _single(values: NDArray[np.float64] | Sequence[NDArray[np.float64]]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float32)


@compiled(inner=True)
def _first_layer(symbols: NDArray[np.uint8], table: Floats, places: Floats, bias: Floats) -> Floats:
    """The larger of each two columns after the first layer, (columns, w)."""
    width = bias.shape[0]
    count = 0
    for symbol in symbols:
        count += symbol > 0
    half = (count + 1) // 2
    x = np.zeros((half, width), dtype=np.float32)
    row = np.empty(width, dtype=np.float32)
    reach = table.shape[0] // 2
    for column in range(count):
        for channel in range(width):
            row[channel] = bias[channel]
        for k in range(table.shape[0]):
            at = column + k - reach
            if 0 <= at < count:
                symbol, before, after = symbols[at], np.float32(at + 1), np.float32(count - at - 1)
                for channel in range(width):
                    place = places[k, 0, channel] * before + places[k, 1, channel] * after
                    row[channel] += table[k, symbol, channel] + place
            elif at >= count:
                for channel in range(width):
                    row[channel] += table[k, 0, channel]
        for channel in range(width):
            x[column // 2, channel] = max(x[column // 2, channel], row[channel])
    return x


@compiled(inner=True)
def _convolve(x: Floats, weights: Floats, bias: Floats, dilation: int) -> Floats:
    """bias + the sum over offsets and inputs, (columns, w); columns outside count as 0."""
    columns, width = x.shape
    shifted = np.zeros((columns, 3 * width), dtype=np.float32)
    for column in range(columns):
        for offset in range(3):
            at = column + (offset - 1) * dilation
            if 0 <= at < columns:
                for channel in range(width):
                    shifted[column, offset * width + channel] = x[at, channel]
    product: Floats = np.dot(shifted, weights)
    for column in range(columns):
        for channel in range(width):
            product[column, channel] += bias[channel]
    return product


@compiled(inner=True)
def _rectify(x: Floats) -> None:
    """What is below 0 becomes 0."""
    for column in range(x.shape[0]):
        for channel in range(x.shape[1]):
            x[column, channel] = max(x[column, channel], np.float32(0))


@compiled(inner=True)
def _readout(
    x: Floats, scalars: Floats, hidden: Floats, hidden_bias: Floats, out: Floats, out_bias: np.float32
) -> np.float32:
    """The logit from the columns' maxima and means, and the scalars."""
    columns, width = x.shape
    highest, total = np.zeros(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
    for column in range(columns):
        for channel in range(width):
            highest[channel] = max(highest[channel], x[column, channel])
            total[channel] += x[column, channel]
    units = np.empty(hidden_bias.shape[0], dtype=np.float32)
    for unit in range(units.shape[0]):
        units[unit] = hidden_bias[unit]
    for channel in range(width):
        mean = total[channel] / np.float32(max(columns, 1))
        for unit in range(units.shape[0]):
            known = highest[channel] * hidden[channel, unit] + mean * hidden[width + channel, unit]
            units[unit] += known
    for fact in range(scalars.shape[0]):
        for unit in range(units.shape[0]):
            units[unit] += scalars[fact] * hidden[2 * width + fact, unit]
    logit = out_bias
    for unit in range(units.shape[0]):
        logit += max(units[unit], np.float32(0)) * out[unit]
    return logit


@compiled()
def _run(
    symbols: NDArray[np.uint8],
    scalars: Floats,
    first: tuple[Floats, Floats, Floats],
    blocks: tuple[Floats, Floats, NDArray[np.int64]],
    readout: tuple[Floats, Floats, Floats, np.float32],
    logits: Floats,
) -> None:
    """The logits of all hairpins, one after the other."""
    table, places, stem = first
    weights, biases, dilations = blocks
    hidden, hidden_bias, out, out_bias = readout
    for row in range(symbols.shape[0]):
        x = _first_layer(symbols[row], table, places, stem)
        for block in range(len(dilations)):
            y = _convolve(x, weights[2 * block], biases[2 * block], dilations[block])
            _rectify(y)
            z = _convolve(y, weights[2 * block + 1], biases[2 * block + 1], dilations[block])
            for column in range(x.shape[0]):
                for channel in range(x.shape[1]):
                    x[column, channel] += z[column, channel]
            _rectify(x)
        logits[row] = _readout(x, scalars[row], hidden, hidden_bias, out, out_bias)
