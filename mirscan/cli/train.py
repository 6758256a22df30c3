"""`mirscan train`: one subcommand a model."""

from __future__ import annotations

import click

from mirscan.cli.lazy import LazyGroup

COMMANDS = {
    "arms": ("mirscan.cli.train_arms", "The network that places mature arms."),
    "diva": ("mirscan.cli.train_diva", "The image autoencoder DIVA and its ablations."),
    "lstm": ("mirscan.cli.train_lstm", "The LSTM with attention of deepMiRGene."),
    "neighbours": ("mirscan.cli.train_neighbours", "The named precursors that `explain` compares with."),
    "scan": ("mirscan.cli.train_scan", "The model behind `mirscan scan`."),
    "tree": ("mirscan.cli.train_tree", "The decision tree over DIVA's z_m."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def command() -> None:
    """Rebuild the weights from the benchmarks."""
