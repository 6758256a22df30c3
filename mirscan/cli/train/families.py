"""`mirscan train families`: the index of known families, and what its matches weigh."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command()
@training.data(training.SCAN_DATA)
@training.out("The index's folder.")
@options.force
@options.quiet
def command(data: Path, out: Path, force: bool, quiet: bool) -> None:
    """Make the index of known families, by which `mirscan scan` finds their members and names them."""
    from mirscan.cli.stages import stages
    from mirscan.scoring.checkpoint import CARD
    from mirscan.training.families.train import train
    from mirscan.version import __version__

    training.spare(out / CARD, force)
    provenance = {
        "command": training.command_line(),
        "trained_on": "MirGeneDB and plant families of miRBase in scan/, background of genomes/",
        "version": __version__,
    }
    with stages(quiet) as stage:
        card = train(data, out, provenance, stage)
    options.say(f"{out}: {card.metrics['precursors']:,} precursors", quiet)
