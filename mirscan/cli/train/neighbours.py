"""`mirscan train neighbours`: named precursors in the latent space of DIVA, for `mirscan explain`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command()
@training.data(training.MODMIRBASE)
@training.diva
@training.out("The table's folder.")
@training.running
def command(data: Path, diva: str, out: Path, threads: int, device: str, force: bool, quiet: bool) -> None:
    """Make the table of named precursors among which `mirscan explain` looks for neighbours."""
    import torch

    from mirscan.explanation.neighbours import save_neighbours
    from mirscan.scoring.checkpoint import CARD
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.common.provenance import provenance
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.diva.neighbours import table_of
    from mirscan.training.tree.run import Encoder

    training.spare(out / CARD, force)
    torch.set_num_threads(threads)
    encoder = Encoder.load(diva, pick_device(device))
    split = load_open_split(data, threads)
    table = table_of(split.train, encoder)
    made = provenance(training.command_line(), "precursors of modmiRBase, open split", split.sha256)
    save_neighbours(out, table, made)
    options.say(f"{out}: {len(table.names):,} precursors", quiet)
