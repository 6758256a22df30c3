"""`mirscan evaluate diva`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mirscan.cli import completion, options, training
from mirscan.errors import UsageError


@click.command("diva")
@training.data(training.MODMIRBASE)
@options.named("--model", "diva", "The model to measure.", completion.DIVA)
@training.json_output
@click.option(
    "--figures", type=training.FOLDER, help="Draw figures 5, 6 and 7 of the paper into this folder."
)
@training.number("--seed", 0, "Seed of generated images and maps.")
@training.running
def command(
    data: Path,
    model: str,
    output: str,
    figures: Path | None,
    seed: int,
    threads: int,
    device: str,
    force: bool,
    quiet: bool,
) -> None:
    """Measure DIVA, or one of its ablations, on the open test split of modmiRBase.

    Table 1's errors, the accuracy of the class from z_y and from z_m and of the bonds from z_m: on all test
    rows, weighted like the published test part, and without sequences that stand in both parts.
    """
    import torch

    from mirscan.scoring.diva_checkpoint import load_network
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.evaluation import conditional_generation, report
    from mirscan.training.diva.metrics import read
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.text_file import open_text

    check_destinations([], [output], force)
    torch.set_num_threads(threads)
    card, network = load_network(model, pick_device(device))
    with_bonds = "m" in network.latents
    if figures is not None and not with_bonds:
        raise UsageError(
            "--figures", f"{card.architecture} has no z_m to draw", "a model of architecture diva"
        )
    split = load_open_split(data, threads)
    reading = read(network, split.test)
    origin = {"model": card.architecture, "sha256": card.sha256, "data": split.sha256}
    found = {**origin, **report(split, reading)}
    if with_bonds:
        found["conditional_generation"] = conditional_generation(network, reading, split.test, seed)
    with open_text(output, force) as stream:
        stream.write(json.dumps(found, indent=2) + "\n")
    if figures is not None:
        from mirscan.training.diva.figures import draw_figures

        for path in draw_figures(figures, network, reading, split.test, seed):
            options.say(f"{path} drawn", quiet)
