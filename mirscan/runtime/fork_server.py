"""What the server that workers are forked from clears up when it ends.

It imports this before all else. Whoever started it removes the folder of its socket, unless that process was
killed; then the server, which ends with it, is the last that could.
"""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path

FOLDER = "MIRSCAN_FORK_SERVER_FOLDER"  # the environment variable that tells the server
PREFIX = "pymp-"  # which Python gives such folders, and no other


def remove(folder: str) -> None:
    """Remove the folder of a fork server's socket, if it is one."""
    if Path(folder).name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


if FOLDER in os.environ:
    atexit.register(remove, os.environ.pop(FOLDER))
