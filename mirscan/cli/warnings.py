"""Warnings of the library as lines on stderr."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from mirscan.errors import MirscanWarning


@contextmanager
def warnings_said() -> Iterator[None]:
    """While it lasts, each `MirscanWarning` is a line of its own on stderr, said once."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, MirscanWarning):
            click.echo(f"mirscan: warning: {message}", err=True)
        elif not category.__module__.startswith("tqdm"):  # a bar without a thread is a bar
            usual(message, category, filename, lineno, file, line)

    with warnings.catch_warnings():
        warnings.simplefilter("always", MirscanWarning)
        warnings.showwarning = show
        yield


def silence() -> None:
    """Say no warning until the command ends."""
    warnings.simplefilter("ignore", MirscanWarning)
