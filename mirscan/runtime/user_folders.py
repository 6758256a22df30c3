"""Folders of the user: a cache in the home, or, of a user without one, among the temporary files."""

from __future__ import annotations

import os
import stat
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_dir

NAME = "mirscan"


def home_cache() -> Path | None:
    """`$XDG_CACHE_HOME/mirscan`, else `~/.cache/mirscan`; None for a user who has no home."""
    try:
        folder = Path(user_cache_dir(NAME, appauthor=False))
    except (
        RuntimeError
    ):  # newer versions of platformdirs say so; older ones name a folder `~` where one works
        return None
    return folder if folder.is_absolute() else None


@cache
def private_folder() -> Path | None:
    """A folder of this user alone among the temporary files; None where there is none to be had.

    Code may be run from it: it must belong to this user, be no link, and be closed to all others.
    """
    if not hasattr(os, "getuid"):
        return None
    folder = Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if private else None


def cache_folder() -> Path:
    """The cache of the user, where it can be written to; else a private folder among the temporary files."""
    home = home_cache()
    if home is not None and can_be_written(home):
        return home
    return private_folder() or home or Path(tempfile.gettempdir()) / NAME


def can_be_written(folder: Path) -> bool:
    """Whether a folder, or the one in which it would be made, lets us write."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
