"""A click command whose help shows its options in groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

REST = "Other"


class GroupedCommand(click.Command):
    """A command with option groups.

    Args:
        groups: Title → names of the parameters, in the order in which help shows them. Those that no group
            names come last.
    """

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        given = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = {option.name: option.get_help_record(ctx) for option in given}
        named = {name for names in self._groups.values() for name in names}
        groups = {**self._groups, REST: [name for name in records if name and name not in named]}
        for title, names in groups.items():
            rows = [record for name in names if (record := records.get(name))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
