"""`mirscan train context`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command("context")
@training.fitted
def command(data: Path, out: Path, force: bool, quiet: bool) -> None:
    """Fit what neighbours weigh, and what the genome repeats, on genomes with clusters and without.

    One core searches the genomes; that takes most of the time.
    """
    from mirscan.cli.stages import stages
    from mirscan.evidence.context import FILE
    from mirscan.training.common.provenance import provenance
    from mirscan.training.context.train import MODEL, gather, train, write

    training.spare(out / FILE, force)
    with stages(quiet) as stage:
        material = gather(data, stage)
        made = provenance(training.command_line(), "genomes/ and scan/", material.sha256(), scanned_by=MODEL)
        stage("fitting the numbers", 0)
        card = train(material, made)
    options.say(str(write(out, card)), quiet)
