"""`mirscan train scan`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command("scan")
@training.data(training.SCAN_DATA)
@training.out("Folder of the checkpoint. A training that was interrupted goes on there.")
@training.seed
@training.cache
@options.quiet
@options.one_run_a_folder
def command(data: Path, out: Path, seed: int, cache: Path | None, quiet: bool) -> None:
    """Train the model behind `scan`.

    Beside OUT comes OUT-held-out: those networks that saw nothing of what `mirscan evaluate scan` tests.
    Sieved genomes, planted precursors and folds are kept in --cache, the states of the networks in OUT/runs.
    """
    import torch

    from mirscan.cli.stages import stages
    from mirscan.runtime.user_folders import cache_folder
    from mirscan.training.scan.settings import ScanSettings
    from mirscan.training.scan.train import train

    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    settings, work = ScanSettings(seed=seed), cache or cache_folder()
    with stages(quiet) as stage:
        train(data, out, settings, work, stage, training.command_line())
    options.say(f"{out}: done", quiet)
