"""A folded hairpin as columns: one symbol each, from the terminal loop to the open end, and scalars.

A column is one position of the image of Cordero et al. (2019): two opposite nucleotides, or a nucleotide
opposite a gap. Its symbol says who stands on the 5′ strand, who on the 3′ strand, and whether they pair, so
that a convolution over columns sees both strands at once. Compiled by numba: a prefilter encodes every
candidate of a genome. A hairpin's encoding depends on nothing but the hairpin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN
from mirscan.encoding import drawing
from mirscan.encoding.drawing import (
    COLOUR_OF_CODE,
    COLUMNS,
    GAP,
    PAIRED_HEIGHTS,
    UNBOUND_HEIGHT,
    C,
    G,
    U,
    fill_columns,
)
from mirscan.encoding.joined import join
from mirscan.folding.dot_bracket import central_loop, fill_pair_table
from mirscan.records import Hairpin
from mirscan.runtime.compiled import compiled
from mirscan.runtime.rowwise import Rowwise

LOOP, OPEN, PAIR = 0, 1, 2  # what a column is: terminal loop, unpaired, paired
COLOURS = 5  # gap G C U A
SYMBOLS = 1 + COLOURS * COLOURS * 3  # 0 is no column
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
    *(first + second for first in LETTERS for second in LETTERS),
)
COMPOSITION = SCALARS.index(LETTERS[0])  # scalars before the frequencies of letters
# the name under which the cards of checkpoints know this encoding
DESCRIPTION = {"name": "duplex", "columns": COLUMNS, "symbols": SYMBOLS, "scalars": list(SCALARS)}

Symbols = NDArray[np.uint8]
Scalars = NDArray[np.float32]
Places = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns(Rowwise):
    """n encoded hairpins.

    Attributes:
        symbols: uint8 (n, 100), 1 + 15 · upper + 3 · lower + kind; upper and lower are 0..4 for gap G C U A,
            kind is 0 terminal loop, 1 unpaired, 2 paired; 0 beyond the open end. Column 0 is the loop's.
        scalars: float32 (n, 35), in the order of `SCALARS`: nt / 100; kcal/mol / 10; kcal/mol a nt; shares of
            the columns or of the nucleotides, runs / 10; frequencies of nucleotides and dinucleotides.
    """

    symbols: Symbols
    scalars: Scalars

    def counts(self) -> NDArray[np.int64]:
        """The number of columns of each, (n,)."""
        counts: NDArray[np.int64] = (self.symbols > 0).sum(1)
        return counts

    def arrays(self) -> tuple[Symbols, Scalars]:
        """Symbols and scalars."""
        return self.symbols, self.scalars

    def trimmed(self) -> Columns:
        """The same without the columns that are empty in all, of which one stays."""
        return Columns(self.symbols[:, : int(self.counts().max(initial=1))], self.scalars)


@dataclass(frozen=True, slots=True)
class HairpinColumns:
    """One encoded hairpin; its length is its number of columns.

    Attributes:
        symbols: uint8 (columns,).
        scalars: float32 (35,).
    """

    symbols: Symbols
    scalars: Scalars

    def __len__(self) -> int:
        return len(self.symbols)


def encode_hairpins(hairpins: Sequence[Hairpin]) -> list[HairpinColumns]:
    """Each of n hairpins on its own; see `encode`."""
    coded = encode(
        [hairpin.sequence for hairpin in hairpins],
        [hairpin.structure for hairpin in hairpins],
        [hairpin.mfe for hairpin in hairpins],
    )
    counts = coded.counts().tolist()
    return [
        HairpinColumns(symbols[:count], scalars)
        for symbols, scalars, count in zip(coded.symbols, coded.scalars, counts, strict=True)
    ]


def pad(rows: Sequence[HairpinColumns]) -> tuple[Symbols, Scalars]:
    """Symbols (n, longest) with 0 beyond each open end, and scalars (n, 35)."""
    symbols = np.zeros((len(rows), max(map(len, rows))), np.uint8)
    for row, hairpin in enumerate(rows):
        symbols[row, : len(hairpin)] = hairpin.symbols
    return symbols, np.stack([hairpin.scalars for hairpin in rows])


def encode(sequences: Sequence[str], structures: Sequence[str], energies: Sequence[float]) -> Columns:
    """Encode n folded hairpins.

    Args:
        sequences: RNA letters, 5′ to 3′; a letter outside ACGU counts as a gap.
        structures: A dot-bracket of the same length for each. Branched ones are seen as the image shows them.
        energies: Minimum free energies, kcal/mol.

    Raises:
        InputError: A structure is no dot-bracket, or not as long as its sequence.
    """
    hairpins = join(sequences, structures)
    return _encoded(hairpins.codes, hairpins.offsets[:-1], hairpins.offsets, hairpins.brackets, energies)


def encode_folds(
    codes: Symbols, start: Places, offsets: Places, text: Symbols, energy: NDArray[np.int32]
) -> Columns:
    """Encode n folded stretches of a sequence, without a string; see `encode`.

    Args:
        codes: uint8, the sequence by `alphabet.encode`.
        start: int64 (n,), first base of each stretch.
        offsets: int64 (n + 1,), where the fold of each begins in `text`, and the last ends.
        text: uint8, sound dot-brackets as character codes, one behind the other.
        energy: int32 (n,), 0.01 kcal/mol.
    """
    return _encoded(codes, start, offsets, text, energy / 100)


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Join encoded hairpins; none at all give 0 rows."""
    nothing = _zeros(0)
    return Columns(
        np.concatenate([nothing.symbols, *(part.symbols for part in parts)]),
        np.concatenate([nothing.scalars, *(part.scalars for part in parts)]),
    )


def _zeros(rows: int) -> Columns:
    return Columns(np.zeros((rows, COLUMNS), np.uint8), np.zeros((rows, len(SCALARS)), np.float32))


def _encoded(
    codes: Symbols, start: Places, offsets: Places, text: Symbols, energies: Sequence[float] | Floats
) -> Columns:
    encoded = _zeros(len(start))
    energy = np.asarray(energies, np.float64)
    _encode_all(codes, COLOUR_OF_CODE, start, offsets, text, energy, encoded.symbols, encoded.scalars)
    return encoded


@compiled()
def _encode_all(
    codes: Symbols,
    colours: Symbols,
    start: Places,
    offsets: Places,
    text: Symbols,
    energy: Floats,
    symbols: Symbols,
    scalars: Scalars,
) -> None:
    longest = 0
    for row in range(start.size):
        longest = max(longest, offsets[row + 1] - offsets[row])
    upper, lower, kind = np.empty(longest, np.uint8), np.empty(longest, np.uint8), np.empty(longest, np.uint8)
    bases, partners = np.empty(longest, np.uint8), np.empty(longest, np.int32)
    facts = np.zeros(scalars.shape[1], np.float64)
    for row in range(start.size):
        length = offsets[row + 1] - offsets[row]
        table = partners[:length]
        fill_pair_table(text[offsets[row] : offsets[row + 1]], table)
        for i in range(length):
            bases[i] = colours[codes[start[row] + i]]
        first, last, loops = central_loop(table, by_end=True)
        count = fill_columns(bases[:length], table, first, last, upper, lower, kind)
        facts[0], facts[1], facts[2] = length / 100, energy[row] / 10, energy[row] / max(length, 1)
        facts[13], facts[14] = loops > 1, count > COLUMNS
        _fill_columns(upper, lower, kind, min(count, COLUMNS), symbols[row], facts)
        _fill_composition(codes[start[row] : start[row] + length], facts[COMPOSITION:])
        for fact in range(facts.size):
            scalars[row, fact] = facts[fact]


@compiled(inner=True)
def _fill_columns(
    upper: Symbols, lower: Symbols, kind: Symbols, count: int, symbols: Symbols, facts: Floats
) -> None:
    """The symbols of the columns, and the scalars from `paired` to `longest_open`."""
    pairs = strong = wobble = loop = five = three = facing = 0
    helix = bulge = longest_helix = longest_bulge = 0
    for column in range(count):
        u, v = upper[column], lower[column]
        bond = kind[column] == drawing.PAIR and PAIRED_HEIGHTS[u, v] < UNBOUND_HEIGHT
        pairs += bond
        what = PAIR if bond else OPEN if pairs else LOOP
        symbols[column] = 1 + 3 * (COLOURS * (u - GAP) + v - GAP) + what
        strong += bond and min(u, v) == G and max(u, v) == C
        wobble += bond and min(u, v) == G and max(u, v) == U
        loop += what == LOOP
        five += what == OPEN and u == GAP
        three += what == OPEN and v == GAP
        facing += what == OPEN and u != GAP and v != GAP
        helix = helix + 1 if bond else 0
        bulge = bulge + 1 if what == OPEN else 0
        longest_helix, longest_bulge = max(longest_helix, helix), max(longest_bulge, bulge)
    columns = max(count, 1)
    facts[3], facts[4], facts[5] = pairs / columns, strong / columns, wobble / columns
    facts[6], facts[7] = columns / 100, loop / 10
    facts[8], facts[9], facts[10] = five / columns, three / columns, facing / columns
    facts[11], facts[12] = longest_helix / 10, longest_bulge / 10


@compiled(inner=True)
def _fill_composition(codes: Symbols, facts: Floats) -> None:
    """Frequencies of the 4 nucleotides and the 16 dinucleotides."""
    for fact in range(facts.size):
        facts[fact] = 0
    single = double = 0
    before = UNKNOWN
    for code in codes:
        if code < UNKNOWN:
            facts[code] += 1
            single += 1
            if before < UNKNOWN:
                facts[UNKNOWN * (1 + before) + code] += 1
                double += 1
        before = code
    for fact in range(facts.size):
        facts[fact] /= max(single if fact < UNKNOWN else double, 1)
