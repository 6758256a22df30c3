"""A click group that imports a command's module only when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from mirscan.cli.endings import CarriedError


class LazyGroup(click.Group):
    """A group whose commands are the modules of a package, each of which holds its own as `command`.

    Args:
        package: The package; its modules have the names of the commands, with underscores for dashes.
        summaries: Command name → its one-line help.
    """

    def __init__(self, *args: Any, package: str, summaries: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The command names, in the order of the table."""
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None where there is none of this name."""
        if cmd_name not in self._summaries:
            return None
        module = import_module(f"{self._package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an `EOFError` is one of reading, and no Ctrl-D of somebody who was asked."""
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise CarriedError(error) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their one-line helps without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))
