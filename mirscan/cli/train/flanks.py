"""`mirscan train flanks`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command("flanks")
@training.fitted
def command(data: Path, out: Path, force: bool, quiet: bool) -> None:
    """Fit how much the motifs beside Drosha's cut weigh, on genes with their real flanks.

    One core plants the genes and scans the genomes in some minutes.
    """
    from mirscan.cli.stages import stages
    from mirscan.flanks.weights import FILE
    from mirscan.training.common.provenance import provenance
    from mirscan.training.flanks.train import MODEL, gather, train, write

    training.spare(out / FILE, force)
    with stages(quiet) as stage:
        material = gather(data, stage)
        made = provenance(
            training.command_line(), "scan/ and background of genomes/", material.sha256(), scanned_by=MODEL
        )
        stage("fitting the weights", 0)
        card = train(material, made)
    options.say(str(write(out, card)), quiet)
