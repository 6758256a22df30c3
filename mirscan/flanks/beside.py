"""What lies beside a hairpin, out of a sequence that holds both."""

from __future__ import annotations

from mirscan.alphabet import UNKNOWN_LETTER, on_strand
from mirscan.records import Flanks


def beside(bases: str, start: int, end: int, strand: str, size: int) -> Flanks:
    """So many bases on both sides of a hairpin, N beyond the ends of the sequence.

    >>> beside("AACCGGUU", 3, 5, "-", 4)
    Flanks(five_prime='NAAC', three_prime='GUUN')

    Args:
        bases: RNA letters of the plus strand.
        start: First base of the hairpin in them.
        end: One past its last base.
        strand: Its strand, on which the flanks are read.
        size: nt.
    """
    before = bases[max(start - size, 0) : start].rjust(size, UNKNOWN_LETTER)
    after = bases[end : end + size].ljust(size, UNKNOWN_LETTER)
    five, three = (before, after) if strand == "+" else (after, before)
    return Flanks(on_strand(five, strand), on_strand(three, strand))
