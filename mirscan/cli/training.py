"""Options that `mirscan train` and `mirscan evaluate` share, and the command line that cards repeat."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mirscan.cli import completion, options
from mirscan.errors import OutputError

SCAN_DATA = "The data folder: scan/ and genomes/."
DEEPMIRGENE = "Folder that holds human/, cross_species/ and new/."
MODMIRBASE = "Folder of modmiRBase: official_train.tsv.gz, official_test.tsv.gz, official_test_images.npz."
ELSEWHERE = {"data", "out", "cache", "threads", "device", "force", "quiet"}  # where and how, not what

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

Decorator = options.Decorator


def together(*decorators: Decorator) -> Decorator:
    """Several options as one, in the order in which help shows them."""

    def decorate(run: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(decorators):
            run = each(run)
        return run

    return decorate


def data(holds: str) -> Decorator:
    """`--data`, a folder that holds what the help says."""
    folder = click.Path(file_okay=False, exists=True, path_type=Path)
    return click.option("--data", type=folder, required=True, help=holds)


def optional_data(holds: str) -> Decorator:
    """`--data`, where something else can be named instead."""
    return click.option("--data", type=click.Path(file_okay=False, exists=True, path_type=Path), help=holds)


def out(what: str) -> Decorator:
    """`--out`, the folder of the result."""
    return click.option("--out", type=FOLDER, required=True, help=what)


def one_run_a_folder(run: Callable[..., None]) -> Callable[..., None]:
    """Keep a second run out of the folder `out` that a run fills."""

    @wraps(run)
    def alone(*, out: Path, **given: Any) -> None:
        from mirscan.runtime.locks import locked_folder

        with locked_folder(out):
            run(out=out, **given)

    return alone


def files(option: str, what: str, *names: str) -> Decorator:
    """An option that takes several files; `names` are those of its argument."""
    return click.option(option, *names, type=FILE, multiple=True, help=what)


def number(name: str, default: float, what: str, above: float | None = None, **limits: float) -> Decorator:
    """An option that takes a number, whole if its default is.

    Args:
        name: With its dashes.
        default: Where nobody gives it.
        what: Its help.
        above: A bound that it must exceed.
        **limits: `min` and `max`, which it may reach.
    """
    bounds: dict[str, Any] = limits if above is None else {**limits, "min": above, "min_open": True}
    whole = isinstance(default, int)
    ranged: Any = click.IntRange if whole else click.FloatRange
    kind = ranged(**bounds) if bounds else int if whole else float
    return click.option(name, type=kind, default=default, show_default=True, help=what)


seed = click.option("--seed", type=int, default=1, show_default=True, help="Seed of all random numbers.")
cache = click.option(
    "--cache", type=FOLDER, help="Folder for work that another run can use again. [default: the user's cache]"
)
diva = click.option(
    "--diva",
    required=True,
    type=completion.DIVA,
    metavar="NAME|DIR",
    help="The DIVA in whose z_m the hairpins stand.",
)


def named_json(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """The name of a JSON file; one that promises another format is refused."""
    from mirscan.writers.destinations import check_not_another

    check_not_another(name, "measures are JSON", ".json")
    return name


json_output = click.option(
    "--json",
    "output",
    default="-",
    metavar="FILE",
    callback=named_json,
    help="Where to write the measures as JSON; `-` is standard output.",
)
known = click.option(
    "--known",
    type=FILE,
    help="Table of known precursors (TSV with a column `sequence`) for the cleaned test set.",
)
inputs = options.choice(
    "--inputs", ("both", "sequence", "structure"), "What the networks see of a hairpin.", "both"
)
running = together(options.threads, options.device, options.force, options.quiet)


fitted = together(data(SCAN_DATA), out("Folder of the weights."), options.force, options.quiet)


def command_line() -> str:
    """The command that makes the same again, for a card: what was asked for, no place and no processor."""
    context = click.get_current_context()
    words = [context.command_path]
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if option.name in ELSEWHERE or value is None:
            continue
        if isinstance(value, bool):
            words += option.opts[:1] if value else option.secondary_opts[:1]
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [option.opts[0], f"{each:g}" if isinstance(each, float) else _placeless(each)]
    return " ".join(words)


def _placeless(value: object) -> str:
    """A value of an option; of a path its name alone."""
    text = str(value)
    return Path(text).name if isinstance(value, Path) or os.sep in text else text


def spare(path: Path, force: bool) -> None:
    """See that a result is not there yet, or may be replaced.

    Raises:
        OutputError: It is there.
    """
    if path.exists() and not force:
        raise OutputError(
            str(path.parent), f"a {path.name} is there already", hint="Use --force to replace it."
        )
