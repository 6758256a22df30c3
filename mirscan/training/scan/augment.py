"""Changes that leave a hairpin what it is: they keep the networks from learning examples by heart.

Evolution does the same: the bases of a stem change and still pair, those of loops and bulges change and still
do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import COLOURS, PAIR, SYMBOLS, Scalars, Symbols
from mirscan.encoding.drawing import GAP, A, C, G, U
from mirscan.training.scan.settings import BLURRED, CHANGED

BONDS = {frozenset(pair) for pair in ((G, C), (A, U), (G, U))}


def _can_become(symbol: int, other: int) -> bool:
    """Whether a column may change to another: the same gaps, the same kind, and no new pair or lost one."""
    (upper, lower, kind), (above, below, same) = _parts(symbol), _parts(other)
    if kind != same or (upper == 0) != (above == 0) or (lower == 0) != (below == 0):
        return False
    return (frozenset((above + GAP, below + GAP)) in BONDS) == (kind == PAIR)


def _parts(symbol: int) -> tuple[int, int, int]:
    """Upper and lower letter (0 for a gap) and kind of a column; see `Columns`."""
    return (symbol - 1) // (3 * COLOURS), (symbol - 1) // 3 % COLOURS, (symbol - 1) % 3


def _choices() -> Symbols:
    """What each symbol may become, uint8 (76, m), repeated to the same number for all."""
    rows = [[symbol] for symbol in range(SYMBOLS)]
    for symbol in range(1, SYMBOLS):
        rows[symbol] = [other for other in range(1, SYMBOLS) if _can_become(symbol, other)] or [symbol]
    longest = max(map(len, rows))
    return np.array([(row * longest)[:longest] for row in rows], dtype=np.uint8)


def mutated(symbols: Symbols, random: np.random.Generator, share: float = CHANGED) -> Symbols:
    """Change some columns of each hairpin, uint8 (n, columns); what is paired stays paired, gaps stay gaps.

    Args:
        symbols: As `encoding.duplex` makes them.
        random: The source of chance.
        share: Mean share of the columns; that of each hairpin is drawn between 0 and twice as much.
    """
    rate = 2 * share * random.random((len(symbols), 1))
    other = CHOICES[symbols, random.integers(CHOICES.shape[1], size=symbols.shape)]
    return np.where(random.random(symbols.shape) < rate, other, symbols)


def blurred(
    scalars: Scalars, spread: NDArray[np.float32], random: np.random.Generator, noise: float = BLURRED
) -> Scalars:
    """Add normal noise to each scalar, float32 (n, 35).

    Args:
        scalars: As `encoding.duplex` makes them.
        spread: (35,), of each scalar among the examples.
        random: The source of chance.
        noise: Standard deviation in units of the spread.
    """
    return scalars + random.standard_normal(scalars.shape, dtype=np.float32) * (noise * spread)


CHOICES = _choices()
