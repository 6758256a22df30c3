"""Options that several commands share, and the talk on stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mirscan.runner import available_cpus

DEFAULT_MODEL = "scan"
ATTENTION_MODEL = "cross_species-paper"
NO_TREE = "none"
DEFAULT_TREE = "diva-tree"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model = click.option(
    "--model",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="NAME|DIR",
    help="A model's name or its folder.",
)
tree = click.option(
    "--tree",
    default=DEFAULT_TREE,
    show_default=True,
    metavar="NAME|DIR|none",
    help="The tree that gives each hit its rule: a name, its folder, or `none`.",
)
sensitivity = click.option(
    "--sensitivity",
    type=click.Choice(["default", "exhaustive"]),
    default="default",
    show_default=True,
    help="Fold what a first look finds promising, or every candidate.",
)
device = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda[:n]", help="Where the networks run."
)
batch_size = click.option(
    "--batch-size", type=click.IntRange(1), default=1024, show_default=True, help="Hairpins scored at once."
)
threads = click.option(
    "--threads",
    type=click.IntRange(1),
    default=available_cpus,
    show_default="all that this process may use",
    help="Processes that search and fold.",
)
force = click.option("--force", is_flag=True, help="Replace existing files.")
quiet = click.option("--quiet", is_flag=True, help="Say nothing but errors.")
min_score = click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    show_default="what the model's card says",
    help="Lowest score that is called a precursor.",
)


def progress_hidden(quiet: bool) -> bool | None:
    """tqdm's `disable`: always when quiet, else only where stderr is no terminal."""
    return True if quiet else None


def say(message: str, quiet: bool = False) -> None:
    """A line for people, on stderr."""
    if not quiet:
        click.echo(message, err=True)
