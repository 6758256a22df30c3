"""`mirscan evaluate families`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mirscan.cli import options


@click.command("families")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with scan/ and genomes/.",
)
@click.option("--clade", "clades", multiple=True, metavar="NAME", help="One of the clades; default: all.")
@click.option("--json", "destination", type=click.Path(path_type=Path), required=True, help="The figures.")
@options.quiet
def command(data: Path, clades: tuple[str, ...], destination: Path, quiet: bool) -> None:
    """Recall by species: genes of a species, planted in background, with an index without its clade.

    At 0.1, 1 and 10 false hits per Mb, for all genes and for those whose family the index knows. The networks
    and weights saw neither the background of vertebrates nor the clade.
    """
    from mirscan.cli.stages import stages
    from mirscan.errors import UsageError
    from mirscan.training.families.evaluation import evaluate
    from mirscan.training.families.train import CLADES

    for clade in clades:
        if clade not in CLADES:
            raise UsageError(f"--clade {clade}", "not evaluated", f"one of {', '.join(CLADES)}")
    with stages(quiet) as stage:
        figures = evaluate(data, stage, clades or tuple(CLADES))
    destination.write_text(json.dumps(figures, indent=1) + "\n")
    options.say(f"{destination}: written", quiet)
