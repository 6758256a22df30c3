"""`mirscan train neighbours`: named precursors in the latent space of DIVA, for `mirscan explain`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from mirscan.cli import options

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", required=True, type=FOLDER, help="Folder of modmiRBase: official_*.gz, *.npz.")
@click.option("--diva", required=True, metavar="NAME|DIR", help="The DIVA in whose z_m they stand.")
@click.option("--out", required=True, type=FOLDER, help="The table's folder.")
@options.threads
@options.device
@options.force
@options.quiet
def command(data: Path, diva: str, out: Path, threads: int, device: str, force: bool, quiet: bool) -> None:
    """Make the table of named training precursors that `mirscan explain` looks for neighbours in."""
    import torch

    from mirscan.errors import OutputError
    from mirscan.explanation.neighbours import save_neighbours
    from mirscan.scoring.checkpoint import CARD
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.diva.neighbours import table_of
    from mirscan.training.tree.run import Encoder

    if (out / CARD).exists() and not force:
        raise OutputError(str(out), f"a {CARD} is there already", hint="Use --force to replace it.")
    torch.set_num_threads(threads)
    encoder = Encoder.load(diva, pick_device(device))
    split = load_open_split(data, threads)
    table = table_of(split.train, encoder)
    provenance = {
        "command": shlex.join(["mirscan", *sys.argv[1:]]),
        "trained_on": "precursors of modmiRBase, open split",
        "data_sha256": split.sha256,
    }
    save_neighbours(out, table, provenance)
    options.say(f"{out}: {len(table.names):,} precursors", quiet)
