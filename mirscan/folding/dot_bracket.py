"""The geometry of a dot-bracket: who pairs with whom, where the terminal loop is, whether it branches.

Compiled by numba, for one hairpin from Python and for many from compiled code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import InputError
from mirscan.runtime.compiled import compiled

SOUND = -1  # no flaw
_OPENS, _CLOSES, _FREE = (ord(character) for character in "().")

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]


def characters(text: str) -> Bytes:
    """The character codes of a text, one byte each, as compiled code reads a dot-bracket."""
    return np.frombuffer(bytearray(text, "latin-1", "replace"), np.uint8)  # writable, as all other arrays


def pair_table(structure: str) -> Ints:
    """The partner of each position of a dot-bracket.

    Args:
        structure: Dot-bracket of n characters `( ) .`.

    Returns:
        int32 (n,): 0-based index of the partner, -1 where unpaired.

    Raises:
        InputError: The brackets do not match, or another character is there.
    """
    table = np.empty(len(structure), dtype=np.int32)
    flaw = fill_pair_table(characters(structure), table)
    if flaw == SOUND:
        return table
    if structure[flaw] == ")":
        raise InputError("structure", f"`)` at {flaw + 1} closes nothing", "a balanced dot-bracket")
    if structure[flaw] == "(":
        raise InputError("structure", f"`(` at {flaw + 1} stays open", "a balanced dot-bracket")
    raise InputError("structure", f"{structure[flaw]!r} at {flaw + 1}", "only `(`, `)` and `.`")


@compiled()
def fill_pair_table(brackets: Bytes, table: Ints) -> int:
    """Fill the partner of each position, -1 where unpaired; brackets that lost their partner are unpaired.

    Args:
        brackets: uint8 (n,), a dot-bracket as character codes.
        table: int32 (n,), filled.

    Returns:
        The position of the first flaw (a `)` that closes nothing, a foreign character, else the last `(` that
        stays open), or `SOUND`.
    """
    stack = np.empty(brackets.size, np.int32)
    depth, flaw = 0, SOUND
    for i in range(brackets.size):
        table[i] = -1
        if brackets[i] == _OPENS:
            stack[depth] = i
            depth += 1
        elif brackets[i] == _CLOSES and depth > 0:
            depth -= 1
            table[i], table[stack[depth]] = stack[depth], i
        elif brackets[i] != _FREE and flaw == SOUND:
            flaw = i
    return stack[depth - 1] if depth and flaw == SOUND else flaw


@compiled()
def first_flawed(brackets: Bytes, offsets: NDArray[np.int64]) -> int:
    """The first of n dot-brackets, one behind the other, that has a flaw, or `SOUND`.

    Args:
        brackets: uint8 (total,), character codes.
        offsets: int64 (n + 1,), where each begins, and the last ends.
    """
    table = np.empty(brackets.size, np.int32)
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        if fill_pair_table(brackets[first:last], table[first:last]) != SOUND:
            return row
    return SOUND


@compiled()
def central_loop(table: Ints, by_end: bool = False) -> tuple[int, int, int]:
    """The terminal loop that is nearest to the middle of the sequence, and how many terminal loops there are.

    A loop is as near as its own middle. The official images of modmiRBase part the strands of a branched
    fold by another rule, at the loop whose nearer end is nearest (`benchmarks/papers/agreement.py`,
    `loops`): `by_end` is for what draws and reads them, and for nothing else.

    Args:
        table: int32 (n,), from `pair_table`.
        by_end: Whether a loop is as near as its nearer end; one that holds the middle is nearest of all.

    Returns:
        The loop as a half-open interval of its unpaired bases, the first of equally near ones; the number of
        terminal loops. A fold without a pair is one loop, and counts as none.
    """
    best_start, best_end, nearest, loops = 0, table.size, 2 * table.size + 1, 0
    last_open = -1
    for i in range(table.size):
        if table[i] > i:
            last_open = i
        elif table[i] >= 0 and table[i] == last_open:
            loops += 1
            start = last_open + 1
            ends = max(table.size - 2 * i, 2 * start - table.size)
            distance = ends if by_end else abs(start + i - table.size)
            if distance < nearest:
                best_start, best_end, nearest = start, i, distance
    return best_start, best_end, loops
