"""A click group that imports a command's module only when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from mirscan.cli.endings import CarriedError


class LazyGroup(click.Group):
    """A group whose commands are named by module.

    Args:
        commands_at: Command name → (module that holds it as `command`, its one-line help).
    """

    def __init__(self, *args: Any, commands_at: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The command names, in the order of the table."""
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None where there is none of this name."""
        if cmd_name not in self._commands_at:
            return None
        module, _ = self._commands_at[cmd_name]
        command: click.Command = import_module(module).command
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
            formatter.write_dl([(name, summary) for name, (_, summary) in self._commands_at.items()])
