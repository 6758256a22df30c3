"""Folded hairpins as rows of symbols (`sequence.py`), many at once, without a string; and changed copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN
from mirscan.encoding.descriptors import partners
from mirscan.encoding.sequence import STRUCTURES, UNKNOWN_SYMBOL
from mirscan.runtime.compiled import compiled
from mirscan.runtime.rowwise import Rowwise

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

_STATES = len(STRUCTURES)
_OPENS, _CLOSES = (np.uint8(ord(character)) for character in "()")
_FREE, _LOOP = STRUCTURES.index("."), STRUCTURES.index(":")
_PAIRS = np.array([[LETTERS.index(base) for base in pair] for pair in ("AU", "CG", "GC", "GU", "UA", "UG")])


@dataclass(frozen=True, slots=True)
class SymbolRows(Rowwise):
    """n hairpins.

    Attributes:
        symbols: uint8 (n, longest), 0..15 as `sequence.symbols` makes them; 16 in front of each.
        lengths: int64 (n,), positions of each, at the right.
    """

    symbols: Bytes
    lengths: Places

    def counts(self) -> Places:
        """The positions of each, (n,)."""
        return self.lengths

    def arrays(self) -> tuple[Bytes, Places]:
        """Symbols and lengths."""
        return self.symbols, self.lengths

    def trimmed(self) -> SymbolRows:
        """The same without the positions that are padding in all."""
        longest = int(self.lengths.max(initial=1))
        return SymbolRows(self.symbols[:, self.symbols.shape[1] - longest :], self.lengths)


def of_folds(codes: Bytes, offsets: Places, text: Bytes, longest: int) -> SymbolRows:
    """Encode n folded hairpins that lie one behind the other.

    Args:
        codes: uint8 (total,), by `alphabet.encode`.
        offsets: int64 (n + 1,), where each begins, and the last ends.
        text: uint8 (total,), sound dot-brackets as character codes.
        longest: Positions of a row; none of the hairpins has more.
    """
    lengths = np.diff(offsets)
    rows = SymbolRows(np.full((len(lengths), longest), UNKNOWN_SYMBOL, np.uint8), lengths)
    _fill(codes, offsets, text, rows.symbols)
    return rows


@compiled()
def _fill(codes: Bytes, offsets: Places, text: Bytes, symbols: Bytes) -> None:
    for row in range(symbols.shape[0]):
        first, end = offsets[row], offsets[row + 1]
        at = symbols.shape[1] - (end - first)
        opened = -1  # the last `(` that nothing but dots has followed
        for i in range(first, end):
            state = _FREE
            if text[i] == _OPENS:
                state, opened = 0, i
            elif text[i] == _CLOSES:
                state = 1
                if opened >= 0:
                    for k in range(opened + 1, i):
                        if symbols[row, at + k - first] != UNKNOWN_SYMBOL:
                            symbols[row, at + k - first] += _LOOP - _FREE
                opened = -1
            if codes[i] < UNKNOWN:
                symbols[row, at + i - first] = codes[i] * _STATES + state


def changed(rows: SymbolRows, random: np.random.Generator, share: float) -> SymbolRows:
    """Change some bases of each hairpin; what is paired stays paired.

    Args:
        rows: n hairpins.
        random: The source of chance.
        share: Mean share of the pairs and of the unpaired bases; that of each hairpin is drawn between 0 and
            twice as much.
    """
    rate = 2 * share * random.random((len(rows), 1))
    chosen = random.random(rows.symbols.shape) < rate
    draws = random.integers(len(_PAIRS) * len(LETTERS), size=rows.symbols.shape, dtype=np.uint8)
    symbols = rows.symbols.copy()
    _change(symbols, rows.lengths, chosen, draws, _PAIRS)
    return SymbolRows(symbols, rows.lengths)


@compiled()
def _change(symbols: Bytes, lengths: Places, chosen: NDArray[np.bool_], draws: Bytes, pairs: Places) -> None:
    for row in range(symbols.shape[0]):
        at = symbols.shape[1] - lengths[row]
        partner = partners(symbols[row, at:])
        for i in range(lengths[row]):
            k = at + i
            if not chosen[row, k] or symbols[row, k] == UNKNOWN_SYMBOL:
                continue
            if partner[i] < 0:
                symbols[row, k] = draws[row, k] % 4 * _STATES + symbols[row, k] % _STATES
            elif partner[i] > i:
                pair, other = draws[row, k] % 6, at + partner[i]
                symbols[row, k] = pairs[pair, 0] * _STATES + symbols[row, k] % _STATES
                symbols[row, other] = pairs[pair, 1] * _STATES + symbols[row, other] % _STATES
