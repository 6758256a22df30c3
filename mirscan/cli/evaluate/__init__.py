"""`mirscan evaluate`: one subcommand a model."""

from __future__ import annotations

import click

from mirscan.cli.lazy import LazyGroup

COMMANDS = {
    "diva": ("mirscan.cli.evaluate.diva", "DIVA and its ablations on the open split of modmiRBase."),
    "families": ("mirscan.cli.evaluate.families", "Known families by species, clades left out of the index."),
    "hairpins": ("mirscan.cli.evaluate.hairpins", "Any models on two FASTA files of your own."),
    "lstm": ("mirscan.cli.evaluate.lstm", "The networks of deepMiRGene on its three benchmarks."),
    "scan": ("mirscan.cli.evaluate.scan", "Models in genomes and on families that they have not seen."),
    "tree": ("mirscan.cli.evaluate.tree", "The decision tree over DIVA's z_m."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def command() -> None:
    """Measure a model on a benchmark, or on sequences of your own."""
