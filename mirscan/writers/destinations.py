"""Where results go: which format a name asks for, and what would go wrong there, found out beforehand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from mirscan.errors import OutputError, UsageError

FORMATS = {
    ".gff3": "gff3",
    ".gff": "gff3",
    ".bed": "bed",
    ".tsv": "tsv",
    ".json": "json",
    ".fa": "fasta",
    ".fasta": "fasta",
}
STDOUT = "-"


def format_of(name: str) -> str:
    """The format that a file name asks for by its suffix, `.gz` aside.

    Raises:
        UsageError: No format has this suffix.
    """
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(
            f"output {name!r}", f"no format for the suffix {suffix!r}", f"one of {' '.join(FORMATS)}"
        )
    return FORMATS[suffix]


def check_destinations(outputs: Sequence[str], files: Sequence[str], force: bool) -> None:
    """Find out before hours of work what would fail after them.

    Args:
        outputs: Results, each with a suffix that names a format, or `-`.
        files: Everything that will be written, `outputs` included.
        force: Existing files may be replaced.

    Raises:
        UsageError: A suffix of no format, or a destination given twice.
        OutputError: A destination exists, is a folder, or its folder is missing or not writable.
    """
    for name in outputs:
        if name != STDOUT:
            format_of(name)
    for name in files:
        if files.count(name) > 1:
            raise UsageError(f"output {name!r}", "given twice", "a different file for each result")
        if name != STDOUT:
            _check_destination(Path(name), force)


def check_spared(inputs: Iterable[str | None], files: Iterable[str]) -> None:
    """See that nothing that is read would be written, not even with `--force`.

    Raises:
        UsageError: It would.
    """
    read = [Path(name) for name in inputs if name and Path(name).exists()]
    for name in files:
        if any(Path(name).exists() and Path(name).samefile(path) for path in read):
            raise UsageError(f"output {name!r}", "is an input", "another file")


def _check_destination(path: Path, force: bool) -> None:
    if path.is_dir():
        raise OutputError(str(path), "is a folder", "a file name")
    if path.exists() and not force:
        raise OutputError(str(path), "exists already", hint="Use --force to replace it.")
    if not path.parent.is_dir():
        raise OutputError(str(path), f"there is no folder {path.parent}", "an existing folder")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(str(path), f"the folder {path.parent} is not writable", "a writable folder")
