"""A table of texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO


def write_table(rows: Iterable[Sequence[str]], stream: TextIO) -> None:
    """Write rows as tab-separated lines.

    Args:
        rows: The header first; no text holds a tab or a line break.
        stream: Where.
    """
    for row in rows:
        stream.write("\t".join(row) + "\n")
