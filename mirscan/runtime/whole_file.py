"""A file that appears whole or not at all: written under another name beside its place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file that is to stand at `path`; it gets this name when the context ends well.

    Folders that are missing are made. An exception removes what was written and leaves what stood at `path`
    before; a link stays one, and the file that it leads to is replaced. The other name holds the process's
    number, so that two processes that make the same file do not write into each other's.

    Args:
        path: Where the file is to stand; one that is there is replaced.

    Raises:
        OSError: It cannot be written.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
