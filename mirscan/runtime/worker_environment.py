"""What worker processes take over from the process that starts them: no more than they need."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.util import get_temp_dir
from types import ModuleType

from mirscan import safe_path

LONGEST_TEMPORARY = 70  # bytes of a folder's name: a socket's is 32 longer, and may have 103 on some systems
SHORT_TEMPORARY = "/tmp"


@contextmanager
def variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Environment variables for the processes that start meanwhile; None for one that they do not get."""
    before = {name: os.environ.get(name) for name in values}
    _set_variables(values)
    try:
        yield
    finally:
        _set_variables(before)


def _set_variables(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def for_workers() -> Iterator[None]:
    """What processes that start meanwhile take over from this one: no place to import from that is the
    working directory, a working directory that is still there, and nothing of the script that runs.

    Python lets a worker import the script of its parent first, which would begin all over where its start is
    not guarded. Ours need nothing of it: what they do comes from modules.
    """
    usual, folder, script = sys.path, None, sys.modules["__main__"]
    sys.path = [each for each in usual if each not in safe_path.HERE]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        if not _is_there("."):
            folder = os.open(".", os.O_RDONLY)
            os.chdir("/")
        with variables(safe_path.environment()):
            yield
    finally:
        sys.path, sys.modules["__main__"] = usual, script
        if folder is not None:
            os.fchdir(folder)
            os.close(folder)


def _is_there(folder: str) -> bool:
    """Whether a folder still has a name; another may have removed the one that somebody works in."""
    try:
        return bool(os.path.realpath(folder, strict=True))
    except OSError:
        return False


def temporary_folder() -> str:
    """The folder of the sockets: under $TMPDIR, unless its name leaves no room for theirs."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > LONGEST_TEMPORARY and os.access(SHORT_TEMPORARY, os.W_OK):
        tempfile.tempdir = SHORT_TEMPORARY
    try:
        return get_temp_dir()
    finally:
        tempfile.tempdir = usual
