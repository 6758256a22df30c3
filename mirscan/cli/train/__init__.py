"""`mirscan train`: one subcommand a model."""

from __future__ import annotations

import click

from mirscan.cli.lazy import LazyGroup

COMMANDS = {
    "arms": "The network that places mature arms.",
    "context": "What neighbours weigh, and what the genome repeats.",
    "diva": "The image autoencoder DIVA and its ablations.",
    "families": "The index of known families.",
    "flanks": "How much the motifs beside Drosha's cut weigh.",
    "genome-tree": "The tree that gives a scan's hits their rules.",
    "lstm": "A scorer of ready hairpins; also on your own sequences.",
    "neighbours": "The named precursors that `explain` compares with.",
    "reads": "How much small RNA reads on a hairpin weigh.",
    "scan": "The model behind `mirscan scan`; also on your own genomes.",
    "tree": "The decision tree over DIVA's z_m.",
}


@click.group(cls=LazyGroup, package=__name__, summaries=COMMANDS)
def command() -> None:
    """Train on your own sequences or genomes (lstm, scan), or rebuild what is shipped."""
