"""`mirscan evaluate`: one subcommand a model."""

from __future__ import annotations

import click

from mirscan.cli.lazy import LazyGroup

COMMANDS = {
    "diva": "DIVA and its ablations on the open split of modmiRBase.",
    "families": "Known families by species, clades left out of the index.",
    "hairpins": "Any models on two FASTA files of your own.",
    "lstm": "The networks of deepMiRGene on its three benchmarks.",
    "scan": "Models in genomes and on families that they have not seen.",
    "tree": "The decision tree over DIVA's z_m.",
}


@click.group(cls=LazyGroup, package=__name__, summaries=COMMANDS)
def command() -> None:
    """Measure a model on a benchmark, or on sequences of your own."""
