"""What candidates must pass before they are folded, and before they are scored: the network of
`models/columns.py` without torch.

It runs in the worker that found the candidate, first on the sieve's own structure, then, for what is left, on
the quick fold. The arithmetic, in single precision, is in `scoring/column_kernels.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes
from mirscan.encoding.columns import Columns, encode_folds
from mirscan.errors import ModelError
from mirscan.folding.quickfold import Folds
from mirscan.scoring.column_kernels import TAPS, TERMS, run
from mirscan.sieve.candidates import Candidates, brackets

PLACE_UNIT = 25  # columns, as in the network
DILATIONS = (1, 2, 4)  # of a network whose card says nothing else

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prefilter:
    """The weights, laid out for the kernel; s symbols, w channels, f scalars, h units.

    Attributes:
        first: (`TAPS` (s + 1) w + 3 w,), what a symbol contributes to the column at each offset, those before
            the loop last; then, with the bias, what places contribute where no offset lies outside: a
            constant, what is added a column from the loop, and a column to the open end.
        places: (`TAPS`, 2, w), what the two distances of a column from its ends contribute at each offset.
        weights: (2b, w, 3w), the convolutions of the b residual blocks, to one column from three, with zeros
            behind up to a multiple of `TERMS`.
        biases: (2b, w).
        dilations: int64 (b,).
        hidden: (2w + f, h), from channels and scalars to the readout; the scalars' scaling is folded in.
        hidden_bias: (h,).
        out: (h,).
        out_bias: Of the logit.
    """

    first: Floats
    places: Floats
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
        run(
            columns.symbols,
            columns.scalars,
            (self.first, self.places),
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
    outside = (TAPS - len(stem)) // 2
    if outside < 0:
        raise ModelError("prefilter", f"a first layer that sees {len(stem)} columns", f"{TAPS} at most")
    stem = np.pad(stem, ((outside, outside), (0, 0), (0, 0)))
    symbols = np.pad(np.einsum("se,kew->ksw", embedding, stem[:, :-2]), ((0, 0), (0, 1), (0, 0)))
    places = stem[:, -2:] / PLACE_UNIT
    before = np.arange(TAPS) - TAPS // 2 + 1  # columns up to and with that of each offset, from the column's
    inside = np.stack([before @ (places[:, 0] - places[:, 1]) + table["stem.product.bias"], *places.sum(0)])
    names = [
        f"blocks.{block}.{part}.product" for block in range(len(dilations)) for part in ("first", "second")
    ]
    weights = np.array([table[f"{name}.weight"] for name in names]).reshape(-1, width, 3 * width)
    channels = 2 * width
    hidden, hidden_bias = table["readout.1.weight"].T.copy(), table["readout.1.bias"].copy()
    hidden[channels:] /= table["spread"][:, None]
    hidden_bias -= table["mean"] @ hidden[channels:]
    return Prefilter(
        first=_single(np.concatenate([symbols.ravel(), inside.ravel()])),
        places=_single(places),
        weights=_single(np.pad(weights, ((0, 0), (0, 0), (0, -3 * width % TERMS)))),
        biases=_single([table[f"{name}.bias"] for name in names]).reshape(-1, width),
        dilations=np.array(dilations, dtype=np.int64),
        hidden=_single(hidden),
        hidden_bias=_single(hidden_bias),
        out=_single(table["readout.4.weight"][0]),
        out_bias=float(table["readout.4.bias"][0]),
    )


def _single(values: NDArray[np.float64] | Sequence[NDArray[np.float64]]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float32)
