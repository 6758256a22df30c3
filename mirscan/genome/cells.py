"""What only cells have, and viruses borrow: genes of tRNAs, and starts where bacterial ribosomes bind.

A virus and a piece of a bacterium may be of the same size, and genes fill both.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes, decode, reverse_complement_codes
from mirscan.genome.composition import long_frames

A, C, G, U = range(4)
PAIRS = np.zeros((UNKNOWN + 1, UNKNOWN + 1), dtype=np.bool_)
for five, three in ((A, U), (C, G), (G, U)):
    PAIRS[five, three] = PAIRS[three, five] = True

# tRNA, by the usual numbers: base 1 lies so many nt before base 53, G of G53 T54 T55 C56 R57 A58 N N C61
BEFORE = range(50, 76)
ROOM, BEHIND = BEFORE[-1] + 5, 20  # nt that are looked at before base 53, and from it on
T_STEM, ACCEPTOR = 3, 6  # pairs of the four beside G53–C61, and of the seven of the acceptor stem, at least
GG = range(15, 20)  # where G18 G19 may lie, nt behind base 1

SHINE_DALGARNO = re.compile("GGAG|GAGG|AGGA")  # four of the AGGAGG that pairs with 16S rRNA
OPPOSITE = re.compile("CUCC|CCUC|UCCU")  # as likely by chance
START, NEAREST, FURTHEST = "AUG", 4, 18  # nt before the start between which it lies
CODONS = 100  # of a frame that counts


def trna_genes(codes: Codes) -> int:
    """Genes of tRNAs on both strands, those with an intron left out.

    They are told by the bases that all tRNAs share (U8, A14, G18 G19, G53 to C61) and by two stems that pair;
    by chance ten megabases hold less than one. Bacteria and yeasts have about one in 50,000 nt.

    Args:
        codes: uint8 (n,), of the plus strand.
    """
    return sum(_trnas(strand) for strand in (codes, reverse_complement_codes(codes)))


def _trnas(codes: Codes) -> int:
    """Those of one strand."""
    at = _t_loops(codes)
    found = np.zeros(len(at), dtype=np.bool_)
    for before in BEFORE:
        first = at - before
        acceptor = sum(PAIRS[codes[first + k], codes[at + 19 - k]].astype(np.int64) for k in range(7))
        turn = np.zeros(len(at), dtype=np.bool_)
        for k in GG:
            turn |= (codes[first + k] == G) & (codes[first + k + 1] == G)
        found |= (acceptor >= ACCEPTOR) & (codes[first + 7] == U) & (codes[first + 13] == A) & turn
    return int(found.sum())


def _t_loops(codes: Codes) -> NDArray[np.int64]:
    """Where base 53 of a tRNA may lie, int64 (n,): its T loop with a stem."""
    if len(codes) < ROOM + BEHIND:
        return np.empty(0, np.int64)
    after = [codes[ROOM + k : len(codes) - BEHIND + k + 1] for k in range(9)]
    loop = (after[0] == G) & (after[1] == U) & (after[2] == U) & (after[3] == C) & (after[8] == C)
    loop &= ((after[4] == A) | (after[4] == G)) & (after[5] == A)
    at = np.flatnonzero(loop) + ROOM
    paired = sum(PAIRS[codes[at - k], codes[at + 8 + k]].astype(np.int64) for k in range(1, 5))
    return at[paired >= T_STEM]


def shine_dalgarno(codes: Codes) -> tuple[int, int, int]:
    """How many long reading frames there are, behind a Shine-Dalgarno sequence, and behind its opposite.

    Bacterial ribosomes bind there: in Escherichia coli three in ten of the frames that are open by their
    stops, and one in twenty behind the opposite, which tells what chance does. In yeasts and viruses of
    animals both are alike.

    Args:
        codes: uint8 (n,), of the plus strand.

    Returns:
        Frames with an AUG; of these those behind a Shine-Dalgarno sequence; and behind its opposite.
    """
    before = [each for strand in (codes, reverse_complement_codes(codes)) for each in _before_starts(strand)]
    found, opposite = (
        sum(bool(motif.search(each)) for each in before) for motif in (SHINE_DALGARNO, OPPOSITE)
    )
    return len(before), found, opposite


def _before_starts(codes: Codes) -> list[str]:
    """What lies before the first AUG of each long frame of a strand, letters of RNA."""
    letters = decode(codes)
    found = []
    for start, end in long_frames(codes, CODONS):
        first = next((at for at in range(start, end, 3) if letters[at : at + 3] == START), end)
        if end - first >= 3 * CODONS and first >= FURTHEST:
            found.append(letters[first - FURTHEST : first - NEAREST])
    return found
