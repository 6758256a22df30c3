"""The geometry of a dot-bracket: who pairs with whom, where the terminal loop is, whether it branches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import InputError


def pair_table(structure: str) -> NDArray[np.int32]:
    """The partner of each position of a dot-bracket.

    Args:
        structure: Dot-bracket of n characters `( ) .`.

    Returns:
        int32 (n,): 0-based index of the partner, -1 where unpaired.

    Raises:
        InputError: The brackets do not match, or another character is there.
    """
    table = np.full(len(structure), -1, dtype=np.int32)
    open_positions: list[int] = []
    for position, character in enumerate(structure):
        if character == "(":
            open_positions.append(position)
        elif character == ")":
            if not open_positions:
                raise InputError(
                    "structure", f"`)` at {position + 1} closes nothing", "a balanced dot-bracket"
                )
            partner = open_positions.pop()
            table[partner], table[position] = position, partner
        elif character != ".":
            raise InputError("structure", f"{character!r} at {position + 1}", "only `(`, `)` and `.`")
    if open_positions:
        raise InputError("structure", f"`(` at {open_positions[-1] + 1} stays open", "a balanced dot-bracket")
    return table


def hairpin_loops(table: NDArray[np.int32]) -> list[tuple[int, int]]:
    """The loops closed by one pair, as half-open intervals of their unpaired bases, 5′ to 3′."""
    paired = np.flatnonzero(table >= 0)
    return [(int(left) + 1, int(right)) for left, right in pairwise(paired) if table[left] == right]
