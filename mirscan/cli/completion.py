"""What the shell offers where an option takes a name: the models, trees and data sets that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

TREE = "tree.json"  # the name of a tree's file, as `tree.file` has it; that one loads numpy
SCORERS = ("scan", "lstm")  # kinds of models that score hairpins


if TYPE_CHECKING:  # it has a type argument only there
    ParamType = click.ParamType[str]
else:
    ParamType = click.ParamType


class Named(ParamType):
    """A text that is mostly one of some names; a folder will do as well.

    Args:
        names: Called for the names, when the shell asks for them.
    """

    name = "text"

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._names = names

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,
        incomplete: str,
    ) -> list[CompletionItem]:
        """The names that begin so; where none does, folders."""
        found = [CompletionItem(name) for name in self._names() if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="dir")]


def models(*kinds: str) -> list[str]:
    """The names of the shipped models of some kinds; of none, of all."""
    from mirscan.scoring.checkpoint import read_card, shipped

    return [name for name, folder in shipped().items() if not kinds or read_card(folder).kind in kinds]


def trees() -> list[str]:
    """The names of the shipped trees."""
    from mirscan.scoring.checkpoint import shipped

    return list(shipped(TREE))


def datasets() -> list[str]:
    """The names of the public data sets."""
    from mirscan.data.registry import datasets

    return list(datasets())


def clades() -> list[str]:
    """The clades whose false hits were counted, by each of their names."""
    from mirscan.pipeline.false_hits import CLADES, PLURALS

    return [*CLADES, *PLURALS]


CLADE = Named(clades)
MODEL = Named(models)
SCORER = Named(lambda: models(*SCORERS))
SCAN_MODEL = Named(lambda: models("scan"))
DIVA = Named(lambda: models("diva"))
NEIGHBOURS = Named(lambda: models("neighbours"))
ARMS = Named(lambda: [*models("arms"), "none"])
RULES = Named(lambda: [*trees(), "none"])
CARD = Named(lambda: [*models(), *trees()])
DATA = Named(datasets)
