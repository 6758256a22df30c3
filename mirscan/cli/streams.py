"""The standard streams of the program: UTF-8 everywhere, errors that say which stream they are of.

A result must not fail for want of somebody to talk to: what cannot be written to standard error is dropped.
What cannot be written to standard output is data that is lost, and an error with its name.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

STDOUT_NAME = "standard output"
OUT, ERR = 1, 2


class _Descriptor(io.FileIO):
    """A standard stream, whose errors bear its name."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "wb", closefd=False)

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, STDOUT_NAME) from error


class _Talk(io.FileIO):
    """Standard error, which loses what it cannot write."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "wb", closefd=False)

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


class Closed(io.TextIOBase):
    """Standard output that was closed before the program began."""

    def writable(self) -> bool:
        """It would be, were it open."""
        return True

    def write(self, text: str) -> int:
        """Refuse.

        Raises:
            OSError: Always.
        """
        raise OSError(errno.EBADF, "is closed", STDOUT_NAME)


@contextmanager
def standard_streams() -> Iterator[None]:
    """While it lasts, the standard streams of this process are as the module says.

    Streams that somebody has put in their places, as tests and notebooks do, stay as they are.
    """
    before = sys.stdout, sys.stderr
    ours: list[Any] = []  # click may have put others in their places by the end
    _occupy_closed()
    try:
        if sys.stdout is sys.__stdout__:
            sys.stdout = _stream(sys.stdout, OUT, _Descriptor) if sys.stdout else Closed()
            ours.append(sys.stdout)
        if sys.stderr is sys.__stderr__:
            sys.stderr = _stream(sys.stderr, ERR, _Talk)
            ours.append(sys.stderr)
        yield
    finally:
        for stream in ours:
            _end(stream)
        sys.stdout, sys.stderr = before


def _occupy_closed() -> None:
    """Open descriptors that were closed: a result would get their number, and what C code prints."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _stream(old: TextIO | None, number: int, kind: type[io.FileIO]) -> TextIO:
    """A stream of a descriptor; where somebody looks at it, in the letters that a terminal shows."""
    if old is not None:
        with suppress(OSError, ValueError):
            old.flush()
    raw = kind(number)
    shown = old is not None and raw.isatty()
    encoding = old.encoding if old is not None and shown else "utf-8"
    at_once = shown or number == ERR
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, "backslashreplace", "\n", line_buffering=at_once
    )


def _end(stream: Any) -> None:
    """Flush what is left, and leave the descriptor open for whoever had it before."""
    with suppress(OSError, ValueError):
        stream.flush()
    with suppress(OSError, ValueError):
        stream.detach().detach()
