"""A working directory that is gone: what is named by whole paths is still read and written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from warnings import warn

from mirscan.errors import MirscanWarning

NOWHERE = "/proc/self/fdinfo"  # a folder with nothing in it to read, where nobody, not even root, can write


@contextmanager
def firm_ground() -> Iterator[None]:
    """While it lasts, the working directory exists, as libraries of C and other processes need it to.

    Nothing can be read or written by a relative path then, as in a folder that was removed.
    """
    gone = None
    try:
        os.getcwd()  # noqa: PTH109, where it was is not asked
    except OSError:
        with suppress(OSError):
            gone = os.open(".", os.O_RDONLY)
            os.chdir(NOWHERE)
        warn(MirscanWarning("the working directory was removed: relative paths name nothing"), stacklevel=2)
    try:
        yield
    finally:
        if gone is not None:
            os.fchdir(gone)
            os.close(gone)
