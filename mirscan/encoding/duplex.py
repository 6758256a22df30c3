"""A folded hairpin as a duplex: one symbol a column, from the terminal loop to the open end, and scalars.

A column is one position of the image of Cordero et al. (2019): two opposite nucleotides, or a nucleotide
opposite a gap. Its symbol says who stands on the 5′ strand, who on the 3′ strand, and whether they pair, so
that a convolution over columns sees both strands at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan import alphabet
from mirscan.alphabet import LETTERS
from mirscan.encoding.drawing import COLUMNS, GAP, LOWER, UPPER, C, G, U
from mirscan.encoding.image import draw
from mirscan.encoding.outline import first_longest_run
from mirscan.records import Hairpin

LOOP, OPEN, PAIR = 0, 1, 2  # what a column is: terminal loop, unpaired, paired
COLOURS = 5  # gap G C U A
SYMBOLS = 1 + COLOURS * COLOURS * 3  # 0 is no column
ROWS_AT_ONCE = 4096  # an image takes 2.5 kB: bounds the memory to 10 MB

SCALARS = (
    "length",
    "mfe",
    "mfe_per_nt",
    "paired",
    "gc_pairs",
    "gu_pairs",
    "columns",
    "loop",
    "gaps_5p",
    "gaps_3p",
    "mismatches",
    "longest_helix",
    "longest_open",
    "branched",
    "cut",
    *LETTERS,
    *(one + two for one in LETTERS for two in LETTERS),
)
DESCRIPTION = {"name": "duplex", "columns": COLUMNS, "symbols": SYMBOLS, "scalars": list(SCALARS)}

Symbols = NDArray[np.uint8]
Scalars = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Duplexes:
    """n encoded hairpins.

    Attributes:
        symbols: uint8 (n, 100), 1 + 15 · upper + 3 · lower + kind; upper and lower are 0..4 for gap G C U A,
            kind is 0 terminal loop, 1 unpaired, 2 paired; 0 beyond the open end. Column 0 is the loop's.
        scalars: float32 (n, 35), in the order of `SCALARS`: nt / 100; kcal/mol / 10; kcal/mol a nt; shares of
            the columns or of the nucleotides, runs / 10; frequencies of nucleotides and dinucleotides.
    """

    symbols: Symbols
    scalars: Scalars

    def __len__(self) -> int:
        return len(self.symbols)

    def take(self, rows: NDArray[np.int64]) -> Duplexes:
        """Some of the rows."""
        return Duplexes(self.symbols[rows], self.scalars[rows])

    def columns(self) -> NDArray[np.int64]:
        """The number of columns of each, (n,)."""
        columns: NDArray[np.int64] = (self.symbols > 0).sum(1)
        return columns

    def trimmed(self) -> Duplexes:
        """The same without the columns that are empty in all, of which one stays."""
        return Duplexes(self.symbols[:, : int(self.columns().max(initial=1))], self.scalars)


@dataclass(frozen=True, slots=True)
class Duplex:
    """One encoded hairpin; its length is its number of columns.

    Attributes:
        symbols: uint8 (columns,).
        scalars: float32 (35,).
    """

    symbols: Symbols
    scalars: Scalars

    def __len__(self) -> int:
        return len(self.symbols)


def encode_hairpins(hairpins: Sequence[Hairpin]) -> list[Duplex]:
    """Each of n hairpins on its own; see `encode`."""
    coded = encode(
        [hairpin.sequence for hairpin in hairpins],
        [hairpin.structure for hairpin in hairpins],
        [hairpin.mfe for hairpin in hairpins],
    )
    columns = coded.columns().tolist()
    return [
        Duplex(symbols[:count], scalars)
        for symbols, scalars, count in zip(coded.symbols, coded.scalars, columns, strict=True)
    ]


def pad(rows: Sequence[Duplex]) -> tuple[Symbols, Scalars]:
    """Symbols (n, longest) with 0 beyond each open end, and scalars (n, 35)."""
    symbols = np.zeros((len(rows), max(map(len, rows))), np.uint8)
    for row, duplex in enumerate(rows):
        symbols[row, : len(duplex)] = duplex.symbols
    return symbols, np.stack([duplex.scalars for duplex in rows])


def encode(sequences: Sequence[str], structures: Sequence[str], energies: Sequence[float]) -> Duplexes:
    """Encode n folded hairpins.

    Args:
        sequences: RNA letters, 5′ to 3′; a letter outside ACGU counts as a gap.
        structures: A dot-bracket of the same length for each. Branched ones are seen as the image shows them.
        energies: Minimum free energies, kcal/mol.

    Raises:
        InputError: A structure is no dot-bracket, or not as long as its sequence.
    """
    parts = []
    for first in range(0, len(sequences), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        parts.append(_encode(sequences[rows], structures[rows], energies[rows]))
    return concatenate(parts)


def concatenate(parts: Sequence[Duplexes]) -> Duplexes:
    """Join encoded hairpins; none at all give 0 rows."""
    nothing = Duplexes(np.zeros((0, COLUMNS), np.uint8), np.zeros((0, len(SCALARS)), np.float32))
    return Duplexes(
        np.concatenate([nothing.symbols, *(part.symbols for part in parts)]),
        np.concatenate([nothing.scalars, *(part.scalars for part in parts)]),
    )


def _encode(sequences: Sequence[str], structures: Sequence[str], energies: Sequence[float]) -> Duplexes:
    drawn = draw(sequences, structures)
    upper, lower = drawn.images[:, UPPER], drawn.images[:, LOWER]
    inside = (upper > 0) | (lower > 0)
    bonds = drawn.bonds.astype(np.bool_)
    kind = np.where(bonds, PAIR, np.where(np.cumsum(bonds, axis=1) > 0, OPEN, LOOP))
    # a strand that a branched fold leaves empty counts as a gap
    above, below = (np.maximum(side, GAP).astype(np.int64) - GAP for side in (upper, lower))
    symbols = np.where(inside, 1 + (COLOURS * above + below) * 3 + kind, 0).astype(np.uint8)
    lengths = np.array([len(sequence) for sequence in sequences])
    energy = np.asarray(energies, dtype=np.float64)
    scalars = [
        lengths / 100,
        energy / 10,
        energy / np.maximum(lengths, 1),
        *_shape(upper, lower, kind, inside),
        drawn.branched,
        drawn.cut,
        *_composition(sequences, lengths).T,
    ]
    return Duplexes(symbols, np.stack(scalars, axis=1).astype(np.float32))


def _shape(
    upper: Symbols, lower: Symbols, kind: NDArray[np.int64], inside: NDArray[np.bool_]
) -> list[NDArray[np.float64]]:
    """From `paired` to `longest_open`, (n,) each."""
    columns = np.maximum(inside.sum(1), 1)
    pairs, stem = inside & (kind == PAIR), inside & (kind != LOOP)
    strong = pairs & (_opposite(upper, lower, G, C))
    wobble = pairs & (_opposite(upper, lower, G, U))
    unpaired = stem & ~pairs
    gaps = [unpaired & (side <= GAP) for side in (upper, lower)]
    runs = [first_longest_run(mask)[1] / 10 for mask in (pairs, unpaired)]
    shares = [mask.sum(1) / columns for mask in (pairs, strong, wobble)]
    loop = (inside & (kind == LOOP)).sum(1) / 10
    open_shares = [mask.sum(1) / columns for mask in (*gaps, unpaired & ~gaps[0] & ~gaps[1])]
    return [*shares, columns / 100, loop, *open_shares, *runs]


def _opposite(upper: Symbols, lower: Symbols, one: int, other: int) -> NDArray[np.bool_]:
    facing: NDArray[np.bool_] = ((upper == one) & (lower == other)) | ((upper == other) & (lower == one))
    return facing


def _composition(sequences: Sequence[str], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Frequencies of the 4 nucleotides and the 16 dinucleotides, (n, 20); other letters count nowhere."""
    codes = alphabet.encode("".join(sequences)).astype(np.int64)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    known = codes < 4
    single = np.bincount(owner[known] * 4 + codes[known], minlength=4 * len(lengths)).reshape(-1, 4)
    both = known[:-1] & known[1:] & (owner[:-1] == owner[1:])
    pair = owner[:-1][both] * 16 + codes[:-1][both] * 4 + codes[1:][both]
    double = np.bincount(pair, minlength=16 * len(lengths)).reshape(-1, 16)
    return np.hstack([single / np.maximum(single.sum(1, keepdims=True), 1),
                      double / np.maximum(double.sum(1, keepdims=True), 1)])  # fmt: skip
