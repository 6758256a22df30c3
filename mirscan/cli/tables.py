"""Tables on standard output: laid out in a terminal, plain and uncut where a program reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; in a terminal cells wrap, elsewhere every row is one line.

    Args:
        columns: Their names; none are printed where all are empty.
        rows: A cell for each column.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    shown = Table(
        box=box.SIMPLE_HEAD if terminal else None,
        show_header=any(columns),
        show_edge=False,
        pad_edge=False,
        header_style="bold" if terminal else "",
    )
    for number, name in enumerate(columns):
        shown.add_column(name, overflow="fold", no_wrap=number == 0 or not terminal)
    content = list(rows)
    for row in content:
        shown.add_row(*(Text(cell) for cell in row))
    cells = [len(cell) for row in (columns, *content) for cell in row]
    console = Console(width=None if terminal else max(80, len(columns) * (max(cells) + 2)))
    with console.capture() as capture:
        console.print(shown)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())
