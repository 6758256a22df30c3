"""The letters of RNA, their codes, and the other strand: once and for all.

A sequence stands as letters (`str`, RNA, 5′ to 3′), as read from a file (`bytes`, DNA or RNA in either case),
or, for arithmetic, as codes: uint8, 0..3 for A C G U and 4 for any other letter, which pairs with nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]

LETTERS = "ACGU"  # the code of a letter is its place
UNKNOWN = len(LETTERS)  # the code of any other
UNKNOWN_LETTER = "N"
BASES = b"ACGTUacgtu"  # as files have them
IUPAC = BASES + b"RYSWKMBDHVNXryswkmbdhvnx-."

_RNA_OF_BASE = dict(zip(BASES, b"ACGUUACGUU", strict=True))
_TO_RNA = bytes(_RNA_OF_BASE.get(byte, ord(UNKNOWN_LETTER)) for byte in range(256))
_COMPLEMENT = str.maketrans(LETTERS, LETTERS[::-1])

_LETTER_OF_CODE = np.frombuffer((LETTERS + UNKNOWN_LETTER).encode(), np.uint8)
_COMPLEMENT_OF_CODE = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)
_CODE_OF_BYTE = np.array([(LETTERS + UNKNOWN_LETTER).index(chr(letter)) for letter in _TO_RNA], np.uint8)


def to_rna(bases: bytes) -> str:
    """Bases of any case, DNA or RNA, as RNA letters ACGU, N for any other byte."""
    return bases.translate(_TO_RNA).decode()


def encode(sequence: str | bytes) -> Codes:
    """The codes of a sequence, DNA or RNA in either case: uint8 (n,), 0..4."""
    raw = sequence.encode("ascii", "replace") if isinstance(sequence, str) else sequence
    return _CODE_OF_BYTE[np.frombuffer(raw, np.uint8)]


def decode(codes: Codes) -> str:
    """The RNA letters of codes, N for 4."""
    return _LETTER_OF_CODE[codes].tobytes().decode()


def reverse_complement(sequence: str) -> str:
    """The other strand of RNA letters, 5′ to 3′; any letter outside ACGU stays what it is."""
    return sequence.translate(_COMPLEMENT)[::-1]


def reverse_complement_codes(codes: Codes) -> Codes:
    """The other strand of codes, 5′ to 3′; 4 stays 4."""
    return _COMPLEMENT_OF_CODE[codes[::-1]]


def on_strand(sequence: str, strand: str) -> str:
    """What a strand, `+` or `-`, reads where the plus strand reads the given RNA letters."""
    return sequence if strand == "+" else reverse_complement(sequence)
