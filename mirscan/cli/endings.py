"""What is said at an end that no error of ours foresaw: one line, and a way to see more."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

import click

FAILED = 1
TRACEBACK = "MIRSCAN_TRACEBACK"  # the environment variable that asks to see where an error comes from


class CarriedError(Exception):
    """Carries an exception past click, which takes any `EOFError` for Ctrl-D, an interruption."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def unforeseen(error: Exception) -> int:
    """Say what happened, on stderr; the exit code comes back.

    Whoever reads our standard output may stop doing so (`| head`): that is said by the exit code alone.
    """
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        _give_up_stdout()
    if not isinstance(error, BrokenPipeError):
        click.echo(f"mirscan: error: {_words(error)}", err=True)
    return FAILED


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename!s}: {error.strerror}"
    if isinstance(error, MemoryError):
        return "out of memory; fewer --threads and a smaller --batch-size take less"
    if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        return f"a library cannot be loaded ({error}): too little memory, or a broken installation"
    kind = type(error).__name__
    if isinstance(error, OSError):
        return f"the system refused ({kind}: {error}); {TRACEBACK}=1 shows what it was asked for"
    return f"a mistake in mirscan ({kind}: {error}); {TRACEBACK}=1 shows where. Please report it."


def _give_up_stdout() -> None:
    """What is still in the buffer goes nowhere, instead of failing once more when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
