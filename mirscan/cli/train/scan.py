"""`mirscan train scan`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options


@click.command("scan")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The data folder: scan/ and genomes/.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The checkpoint's folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all draws.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=None, help="Kept work; default: the user's cache."
)
@options.quiet
@options.one_run_a_folder
def command(data: Path, out: Path, seed: int, cache: Path | None, quiet: bool) -> None:
    """Train the model behind `scan`.

    Beside OUT comes OUT-held-out: those networks that saw nothing of what `mirscan evaluate scan` tests.
    Sieved genomes, planted precursors and folds are kept, so that an interrupted run does not make them anew.
    """
    import torch

    from mirscan.cli.stages import stages
    from mirscan.training.deepmirgene.folds import cache_folder
    from mirscan.training.scan.settings import ScanSettings
    from mirscan.training.scan.train import train

    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    command_line = f"mirscan train scan --seed {seed}"
    with stages(quiet) as stage:
        train(data, out, ScanSettings(seed=seed), cache or cache_folder(), stage, command_line)
    options.say(f"{out}: done", quiet)
