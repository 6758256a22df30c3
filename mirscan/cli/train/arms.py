"""`mirscan train arms`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options


@click.command("arms")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The data folder: scan/ and genomes/.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The checkpoint's folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all draws.")
@click.option("--steps", type=click.IntRange(1), default=1200, show_default=True, help="Batches.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=None, help="Kept folds; default: the user's cache."
)
@options.threads
@options.quiet
@options.one_run_a_folder
def command(
    data: Path, out: Path, seed: int, steps: int, cache: Path | None, threads: int, quiet: bool
) -> None:
    """Train the network that places the mature arms of a hit."""
    import torch

    from mirscan.cli.stages import stages
    from mirscan.training.arms.train import ArmSettings, train
    from mirscan.training.deepmirgene.folds import cache_folder

    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    asked = f"mirscan train arms --seed {seed} --steps {steps}"
    with stages(quiet) as stage:
        train(
            data,
            out,
            ArmSettings(seed=seed, steps=steps),
            threads,
            cache or cache_folder(),
            stage,
            asked,
        )
    options.say(f"{out}: done", quiet)
