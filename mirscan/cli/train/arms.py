"""`mirscan train arms`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command("arms")
@training.data(training.SCAN_DATA)
@training.out("Folder of the checkpoint. An interrupted training goes on there.")
@training.seed
@training.number("--steps", 1500, "Batches until the first of the networks.", min=1)
@options.quiet
@training.one_run_a_folder
def command(data: Path, out: Path, seed: int, steps: int, quiet: bool) -> None:
    """Train the networks that place the mature arms of a hit."""
    import torch

    from mirscan.cli.stages import stages
    from mirscan.training.arms.train import ArmSettings, train

    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    settings = ArmSettings(seed=seed, steps=steps)
    with stages(quiet) as stage:
        train(data, out, settings, stage, training.command_line())
    options.say(f"{out}: done", quiet)
