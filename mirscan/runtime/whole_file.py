"""A file that appears whole or not at all: written under another name beside its place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WholeFile:
    """A file that is to stand at a path, where it appears at `commit`, or not at all.

    Args:
        path: Where it is to stand, links followed already; what is there is replaced.
        temporary: The name under which it is written, on the same file system; None for a name beside it that
            holds the process's number, so that two processes do not write into each other's.
    """

    def __init__(self, path: Path, temporary: Path | None = None) -> None:
        self.path = path
        self.temporary = temporary or path.with_name(f".partial-{os.getpid()}-{path.name}")

    def commit(self) -> None:
        """Give the file its name."""
        self.temporary.replace(self.path)

    def discard(self) -> None:
        """Remove what was written, and leave what stands at the path."""
        self.temporary.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file that is to stand at `path`; it gets this name when the context ends well.

    Folders that are missing are made. An exception removes what was written and leaves what stood at `path`
    before; a link stays one, and the file that it leads to is replaced.

    Args:
        path: Where the file is to stand; one that is there is replaced.

    Raises:
        OSError: It cannot be written.
    """
    file = WholeFile(Path(os.path.realpath(path)))
    file.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield file.temporary
        file.commit()
    except BaseException:
        file.discard()
        raise
