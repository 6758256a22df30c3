"""Minimum free energy folds by ViennaRNA's own recursion and tables, of many sequences side by side.

The same energies as ViennaRNA's, to the last digit, and the same structures, some twenty times faster. A scan
reports these folds; an exhaustive one, and `predict`, fold by ViennaRNA itself.

Eight sequences of similar length are folded at once, base beside base, so that every step of the recursion is
arithmetic on whole registers. Of an interior loop all terms are added that belong to one of its two pairs
alone; what remains depends on its two sides only. Loops of two and more bases on both sides are extended
outwards by one base on either side, which leaves their asymmetry as it is (Lyngsø, Zuker & Pedersen,
Bioinformatics 15:440, 1999). Small loops, which have tables of their own, are looked up one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN
from mirscan.folding.quickfold.fill import fill
from mirscan.folding.quickfold.loops import Bytes, Ints, energies
from mirscan.folding.quickfold.matrix import CLOSED, LANES, SOUND, Rows, rows
from mirscan.folding.quickfold.minima import lowest
from mirscan.folding.quickfold.trace import trace
from mirscan.runtime.compiled import compiled

TABLE = 1000  # longest sequence of the first table, and of each longer one: they are made once


class Folds(NamedTuple):
    """The folds of n stretches of a sequence.

    Attributes:
        text: uint8, dot-brackets as character codes, one behind the other.
        offsets: int64 (n + 1,), where each begins, and the last ends.
        energy: int32 (n,), 0.01 kcal/mol.
    """

    text: Bytes
    offsets: NDArray[np.int64]
    energy: Ints

    def structure(self, row: int) -> str:
        """The dot-bracket of one of the stretches."""
        return self.text[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()


def folds(codes: Bytes, start: NDArray[np.int64], end: NDArray[np.int64]) -> Folds:
    """Fold n stretches of a sequence.

    Args:
        codes: uint8, the sequence by `alphabet.encode`.
        start: int64 (n,), first base of each stretch.
        end: int64 (n,), one past its last.
    """
    span = end - start
    offsets = np.concatenate([[0], np.cumsum(span)])
    text = np.full(offsets[-1], ord("."), dtype=np.uint8)
    energy = np.zeros(len(span), dtype=np.int32)
    if len(span):
        longest = int(span.max())
        tables = energies(-(-longest // TABLE) * TABLE)
        order = np.argsort(span, kind="stable")
        for numbers in (np.int16, np.int32):
            room = rows(int(span[order[-1]]), numbers)
            sound = _fold_all(tables, codes, start, span, order, *room, offsets, text, energy)
            order = order[~sound]
            if not len(order):
                break
    return Folds(text, offsets, energy)


@compiled()
def _fold_all(
    e: Ints,
    codes: Bytes,
    start: NDArray[np.int64],
    span: NDArray[np.int64],
    order: NDArray[np.int64],
    m: Rows,
    near: Rows,
    wide: Rows,
    offsets: NDArray[np.int64],
    text: Bytes,
    energy: Ints,
) -> NDArray[np.bool_]:
    """Fold all stretches, `LANES` of similar length at a time; whether the numbers of the rows held each."""
    sound = np.ones(len(order), dtype=np.bool_)
    for first in range(0, len(order), LANES):
        group = order[first : first + LANES]
        lanes = np.zeros((len(group), span[group[-1]]), dtype=np.uint8)
        for lane, at in enumerate(group):
            for i in range(span[at]):
                code = codes[start[at] + i]
                lanes[lane, i] = code + 1 if code < UNKNOWN else 0
        fill(e, lanes, m, near, wide)
        if lowest(m, lanes.shape[1]) < SOUND * m[CLOSED, 0, 0]:
            sound[first : first + LANES] = False
            continue
        for lane, at in enumerate(group):
            lane_pairs = lanes[lane, : span[at]]
            energy[at] = trace(e, lane_pairs, m, lane, text[offsets[at] : offsets[at + 1]])
    return sound
