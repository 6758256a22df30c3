"""A table of texts as a file that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mirscan.writers.text_file import open_text


def write_table(rows: Iterable[Sequence[str]], path: str, force: bool) -> None:
    """Write rows as tab-separated lines.

    Args:
        rows: The header first; no text holds a tab or a line break.
        path: Where, or `-` for standard output.
        force: An existing file may be replaced.

    Raises:
        OutputError: It cannot be written there.
    """
    with open_text(path, force) as stream:
        for row in rows:
            stream.write("\t".join(row) + "\n")
