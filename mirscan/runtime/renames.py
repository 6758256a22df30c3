"""Several files that get their names together: all of them, or none.

No file system renames two files at once. So what stood at a name is kept under another until every file has
its name, and goes back where one cannot have it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Renames:
    """What was renamed so far, and what stood there before; see `together`."""

    def __init__(self) -> None:
        self._before: list[tuple[Path, Path | None]] = []

    def rename(self, temporary: Path, path: Path) -> None:
        """Give a finished file its name; what has that name gives way.

        Raises:
            OSError: The folder does not allow it, or a folder has that name.
        """
        self._before.append((path, _kept(path)))
        temporary.replace(path)

    def remove(self, path: Path) -> None:
        """Take a file away, if there is one.

        Raises:
            OSError: The folder does not allow it.
        """
        if path.is_file():
            self._before.append((path, _kept(path)))
            path.unlink(missing_ok=True)

    def undo(self) -> None:
        """Put everything back as it was, as far as the file system lets one."""
        while self._before:
            path, kept = self._before.pop()
            with suppress(OSError):
                if kept:
                    kept.replace(path)
                    kept.unlink(missing_ok=True)  # renaming between two names of one file does nothing
                elif path.is_file():
                    path.unlink()

    def settle(self) -> None:
        """Forget what was there before."""
        for _, kept in self._before:
            if kept:
                with suppress(OSError):
                    kept.unlink(missing_ok=True)
        self._before.clear()


def _kept(path: Path) -> Path | None:
    """Another name of the file that stands at a path; None where there is none."""
    if not path.is_file():
        return None
    kept = path.with_name(f".before-{os.getpid()}-{path.name}")
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)  # so that there is a file at the path all the time
    except OSError:
        path.replace(kept)
    return kept


@contextmanager
def together() -> Iterator[Renames]:
    """Renames that stay when the context ends well, and are undone when it does not.

    A pipe whose reader has what it wanted is no failure.
    """
    renames = Renames()
    try:
        yield renames
    except BrokenPipeError:
        renames.settle()
        raise
    except BaseException:
        renames.undo()
        raise
    renames.settle()
