"""Text files of places, line by line: plain or packed, with any line ends, in whatever encoding.

Annotations come from many hands. A comment in Latin-1 must not end a run, so bytes that are not UTF-8 are
replaced; a name that holds any matches nothing then, and is reported as every unknown name is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from mirscan.errors import InputError
from mirscan.genome.fasta import open_stream

_LINE_END = re.compile(r"\r\n|\n|\r")  # `splitlines` would also cut at form feeds and at NEL
_BED_HEADERS = ("track", "browser")
_BED_TITLES = ("start", "chromstart", "chrom_start", "begin")

Rows = Iterator[tuple[int, list[str]]]


def read_lines(path: str, expected: str) -> list[str]:
    """The lines of a text file, plain or gzipped; `-` is standard input.

    Args:
        path: The file.
        expected: What it should be, for messages.

    Raises:
        InputError: Missing, unreadable, damaged, or no text.
    """
    try:
        with open_stream(path, expected) as stream:
            content = stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(path, f"cannot be read ({error})", expected) from error
    if b"\0" in content:
        raise InputError(path, "is binary, or UTF-16 text", expected)
    return _LINE_END.split(content.decode("utf-8-sig", "replace"))


def bed_rows(path: str, expected: str) -> Rows:
    """The numbers and columns of those lines of a BED file that are intervals.

    A line is a header only if it is one: a contig may be called `track3`, or even `track`.

    Raises:
        InputError: See `read_lines`.
    """
    first = True
    for number, line in enumerate(read_lines(path, expected), 1):
        columns = line.rstrip().split("\t")
        if len(columns) < 3:
            columns = line.split()
        if not columns or line.startswith("#") or _is_header(columns) or (first and _is_title(columns)):
            continue
        first = False
        yield number, columns


def _is_header(columns: list[str]) -> bool:
    return columns[0].split(None, 1)[:1] in ([word] for word in _BED_HEADERS) and not _is_place(columns)


def _is_title(columns: list[str]) -> bool:
    """Whether a first line names the columns, as spreadsheets leave it there."""
    return len(columns) > 2 and columns[1].lower() in _BED_TITLES


def _is_place(columns: list[str]) -> bool:
    return len(columns) > 2 and columns[1].isdecimal() and columns[2].isdecimal()
