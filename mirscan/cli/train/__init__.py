"""`mirscan train`: one subcommand a model."""

from __future__ import annotations

import click

from mirscan.cli.lazy import LazyGroup

COMMANDS = {
    "arms": ("mirscan.cli.train.arms", "The network that places mature arms."),
    "diva": ("mirscan.cli.train.diva", "The image autoencoder DIVA and its ablations."),
    "families": ("mirscan.cli.train.families", "The index of known families."),
    "flanks": ("mirscan.cli.train.flanks", "What the motifs beside Drosha's cut weigh."),
    "genome-tree": ("mirscan.cli.train.genome_tree", "The tree that gives a scan's hits their rules."),
    "lstm": (
        "mirscan.cli.train.lstm",
        "A scorer of ready hairpins; also on your own sequences.",
    ),
    "neighbours": ("mirscan.cli.train.neighbours", "The named precursors that `explain` compares with."),
    "reads": ("mirscan.cli.train.reads", "What small RNA reads on a hairpin weigh."),
    "scan": ("mirscan.cli.train.scan", "The model behind `mirscan scan`; also on your own genomes."),
    "tree": ("mirscan.cli.train.tree", "The decision tree over DIVA's z_m."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def command() -> None:
    """Train on your own sequences or genomes (lstm, scan), or rebuild what is shipped."""
