"""What the server that workers are forked from imports for them, and clears up when it ends.

It imports this before all else. Whoever started it removes the folder of its socket, unless that process was
killed; then the server, which ends with it, is the last that could. A module that cannot be imported does not
end the server: a worker that needs it will say so, where somebody hears it.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from mirscan.runtime.garbage import searched_seldom

# The environment variables that tell the server.
FOLDER = "MIRSCAN_FORK_SERVER_FOLDER"
IMPORTS = "MIRSCAN_FORK_SERVER_IMPORTS"  # modules, with commas between
PREFIX = "pymp-"  # which Python gives such folders, and no other


def remove(folder: str) -> None:
    """Remove the folder of a fork server's socket, if it is one."""
    if Path(folder).name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


if FOLDER in os.environ:
    atexit.register(remove, os.environ.pop(FOLDER))
with searched_seldom():
    for _name in os.environ.pop(IMPORTS, "").split(","):
        with suppress(Exception):
            import_module(_name)
gc.freeze()  # workers share what is there now, as long as nobody looks for garbage in it
