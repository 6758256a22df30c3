"""Folded hairpins one behind the other, as compiled encoders take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes, encode
from mirscan.errors import InputError
from mirscan.folding.dot_bracket import SOUND, characters, first_flawed, pair_table


class Joined(NamedTuple):
    """n folded hairpins.

    Attributes:
        codes: uint8 (total,), by `alphabet.encode`.
        brackets: uint8 (total,), their dot-brackets as character codes.
        offsets: int64 (n + 1,), where each begins, and the last ends.
    """

    codes: Codes
    brackets: NDArray[np.uint8]
    offsets: NDArray[np.int64]


def join(sequences: Sequence[str], structures: Sequence[str]) -> Joined:
    """Join n hairpins.

    Args:
        sequences: Letters, 5′ to 3′.
        structures: A dot-bracket of the same length for each.

    Raises:
        InputError: A structure is no dot-bracket, or not as long as its sequence.
    """
    if len(sequences) != len(structures):
        found = f"{len(sequences)} sequences, {len(structures)} structures"
        raise InputError("hairpins", found, "as many of both")
    for number, (sequence, structure) in enumerate(zip(sequences, structures, strict=True), 1):
        if len(sequence) != len(structure):
            found = f"{len(sequence)} nucleotides and {len(structure)} brackets"
            raise InputError(f"hairpin {number}", found, "equal lengths")
    sizes = [len(sequence) for sequence in sequences]
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    brackets = characters("".join(structures))
    flawed = first_flawed(brackets, offsets)
    if flawed != SOUND:
        pair_table(structures[flawed])  # raises: it says which character it is
    return Joined(encode("".join(sequences)), brackets, offsets)
