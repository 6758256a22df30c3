"""One writer a file: a lock on what is being written, which ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from mirscan.errors import OutputError

LOCK = ".lock"  # in a folder whose results a run is writing


def open_locked(path: Path, destination: Path | None = None) -> BinaryIO:
    """Open a file for reading and writing, made if need be and as it is, and lock it.

    The lock lasts until the stream that comes back is closed. What a killed process left behind is taken
    over; where the file system knows no locks, it is only a file.

    Raises:
        OutputError: Another process has locked it; the message names `destination` if that is given.
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    if _locked(descriptor) and _still_named(descriptor, path):
        return cast(BinaryIO, os.fdopen(descriptor, "r+b"))
    os.close(descriptor)
    raise OutputError(str(destination or path), "another run is writing it", "one run a result")


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Lock a folder, made if need be, until the context ends; one that was made and stays empty goes again.

    Raises:
        OutputError: Another process has locked it, or it cannot be written.
    """
    new = not folder.exists()
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = open_locked(path, folder)
    except OSError as error:
        raise OutputError(str(folder), f"cannot be written ({error})", "a folder for the run") from error
    with stream:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            if new:
                with suppress(OSError):
                    folder.rmdir()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _still_named(descriptor: int, path: Path) -> bool:
    """Whether nobody renamed or removed the file between opening and locking it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
