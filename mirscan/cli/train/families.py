"""`mirscan train families`: the index of known families, and what its matches weigh."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from mirscan.cli import options

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", required=True, type=FOLDER, help="Folder with scan/ and genomes/.")
@click.option("--out", required=True, type=FOLDER, help="The index's folder.")
@options.force
@options.quiet
def command(data: Path, out: Path, force: bool, quiet: bool) -> None:
    """Make the index of known families, whose members `mirscan scan` finds by their arms and names."""
    from mirscan.cli.stages import stages
    from mirscan.errors import OutputError
    from mirscan.scoring.checkpoint import CARD
    from mirscan.training.families.train import train
    from mirscan.version import __version__

    if (out / CARD).exists() and not force:
        raise OutputError(str(out), f"a {CARD} is there already", hint="Use --force to replace it.")
    provenance = {
        "command": shlex.join(["mirscan", *sys.argv[1:]]),
        "trained_on": "MirGeneDB and plant families of miRBase in scan/, background of genomes/",
        "version": __version__,
    }
    with stages(quiet) as stage:
        card = train(data, out, provenance, stage)
    options.say(f"{out}: {card.metrics['precursors']:,} precursors", quiet)
