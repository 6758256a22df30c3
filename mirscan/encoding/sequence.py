"""A folded hairpin as a row of symbols: nucleotide and structure in one of 16 states.

deepMiRGene, section 3.1, with the order of nucleotides that the authors' code uses (A C G U; the paper's text
exchanges C and G): symbol = 4 · nucleotide + structure, structure one of `( ) . :`. `:` stands only in a
hairpin loop, an unpaired run closed by one pair; internal loops, bulges and tails stay `.`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import LETTERS, UNKNOWN, encode
from mirscan.errors import InputError
from mirscan.folding.dot_bracket import central_loop, pair_table

STRUCTURES = "().:"
UNKNOWN_SYMBOL = len(LETTERS) * len(STRUCTURES)  # no nucleotide, or padding: the zero vector
LONGEST = 400  # positions that the networks see
DESCRIPTION = {
    "name": "sequence-structure-16",
    "symbol": "4 * nucleotide + structure",
    "nucleotides": LETTERS,
    "structures": STRUCTURES,
    "unknown": UNKNOWN_SYMBOL,
    "longest": LONGEST,
    "alignment": "right",
    "longer": "the 400 positions around the middle of the hairpin loop nearest to the middle",
}

_INVALID = 255
_HAIRPIN_LOOP = re.compile(r"(?<=\()\.+(?=\))")


_STRUCTURE_OF = bytes(STRUCTURES.find(chr(byte)) % 256 for byte in range(256))  # `_INVALID` for all others


def mark_loops(structure: str) -> str:
    """The dot-bracket with `:` in place of `.` in its hairpin loops (deepMiRGene, section 3.1)."""
    return _HAIRPIN_LOOP.sub(lambda run: ":" * len(run[0]), structure)


def symbols(sequence: str, structure: str) -> NDArray[np.uint8]:
    """Encode a folded hairpin.

    Args:
        sequence: n letters; A C G U (T is read as U), any other letter is unknown.
        structure: Dot-bracket of n characters `( ) .`.

    Returns:
        uint8 (n,): 4 · nucleotide + structure, 0..15; 16, the zero vector, for an unknown letter.

    Raises:
        InputError: The lengths differ, or the structure holds another character.
    """
    if len(sequence) != len(structure):
        raise InputError(
            "hairpin", f"{len(sequence)} letters but {len(structure)} brackets", "as many of both"
        )
    nucleotide = encode(sequence)
    marked = mark_loops(structure).encode("latin-1", "replace")
    state = np.frombuffer(marked.translate(_STRUCTURE_OF), np.uint8)
    if state.size and state.max() == _INVALID:
        raise InputError("structure", f"{structure[int(state.argmax())]!r}", "only `(`, `)` and `.`")
    return np.where(
        nucleotide == UNKNOWN, np.uint8(UNKNOWN_SYMBOL), nucleotide * np.uint8(len(STRUCTURES)) + state
    )


def scored_interval(structure: str, longest: int = LONGEST) -> tuple[int, int]:
    """The part of a hairpin that the networks see, as a half-open interval.

    A hairpin of up to `longest` positions is seen whole. Of a longer one, the `longest` positions centred on
    the middle of the hairpin loop that is nearest to the middle of the sequence (of the sequence, where
    nothing is paired), moved inwards where they would reach over an end. Callers compare with `(0, n)` and
    say so.
    """
    length = len(structure)
    if length <= longest:
        return 0, length
    first, last, _ = central_loop(pair_table(structure))
    start = min(max(int((first + last) / 2 - longest / 2), 0), length - longest)
    return start, start + longest


def pad(encoded: Sequence[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Stack encoded hairpins, right-aligned, padded in front with the zero vector (symbol 16).

    Args:
        encoded: B rows from `symbols`, each of 0 to 400 positions.

    Returns:
        uint8 (B, L), L the longest of them; int64 (B,), their lengths.

    Raises:
        InputError: A row is longer than the networks see: cut it by `scored_interval` first, knowingly.
    """
    lengths = np.fromiter((len(row) for row in encoded), np.int64, len(encoded))
    longest = int(lengths.max(initial=0))
    if longest > LONGEST:
        raise InputError("hairpin", f"{longest} positions", f"at most {LONGEST}", "Cut by `scored_interval`.")
    batch = np.full((len(encoded), longest), UNKNOWN_SYMBOL, np.uint8)
    for row, values in zip(batch, encoded, strict=True):
        row[longest - len(values) :] = values
    return batch, lengths
