"""`mirscan train tree`: the decision tree over z_m."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mirscan.cli import options, training


@click.command()
@training.data(training.MODMIRBASE)
@training.diva
@training.out("Folder for tree.json.")
@training.number("--max-depth", 5, "Longest path.", min=0)
@training.number("--min-samples", 10, "Below it, a leaf.", min=1)
@training.number("--min-accuracy", 0.8, "Share of right answers that a hyperplane must exceed.", min=0, max=1)
@training.number("--min-gain", 0.001, "Least fall in Gini.", min=0, max=1)
@training.number(
    "--folds",
    5,
    "Folds on which a hyperplane must prove its accuracy; 1 takes its own points, as the paper does.",
    min=1,
)
@training.number(
    "--slide",
    0.9,
    "Move a hyperplane to where it gains most while it answers right on this share; 1 is the paper.",
    min=0,
    max=1,
)
@training.number(
    "--lean",
    0.0,
    "How much more a hairpin counts in a hyperplane that answers as its class does; 0 is the paper.",
    min=0,
)
@training.number("--precursors", 1.0, "How much more a precursor weighs than the other class.", above=0)
@click.option(
    "--choose",
    is_flag=True,
    help="Choose --lean, --slide and --precursors on families held out, the last for the highest lesser "
    "of sensitivity and specificity.",
)
@training.running
def command(
    data: Path,
    diva: str,
    out: Path,
    max_depth: int,
    min_samples: int,
    min_accuracy: float,
    min_gain: float,
    folds: int,
    slide: float,
    lean: float,
    precursors: float,
    choose: bool,
    threads: int,
    device: str,
    force: bool,
    quiet: bool,
) -> None:
    """Fit the tree on the open split and write tree.json."""
    import torch
    from tqdm import tqdm

    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.tree.hyperplanes import Settings
    from mirscan.training.tree.run import Encoder, choose_settings, train_tree, training_points
    from mirscan.tree.file import FILE, save_tree

    training.spare(out / FILE, force)
    torch.set_num_threads(threads)
    encoder = Encoder.load(diva, pick_device(device))
    split = load_open_split(data, threads)
    train = training_points(split, encoder)
    settings = Settings(max_depth, min_samples, min_accuracy, min_gain, folds, slide, lean)
    provenance: dict[str, Any] = {"command": training.command_line()}
    hidden = options.progress_hidden(quiet)
    if choose:
        with tqdm(desc="choosing", unit=" trees", disable=hidden) as bar:
            trials = choose_settings(split, encoder, train, settings, bar.update)
        settings, precursors = trials[-1].settings, trials[-1].precursors
        provenance["tried_chosen_last"] = [trial.as_dict() for trial in trials]
    with tqdm(desc="splitting", unit=" nodes", disable=hidden) as bar:
        tree = train_tree(split, encoder, train, settings, provenance, bar.update, precursors)
    save_tree(tree, out)
    for part, figures in tree.metrics.items():
        options.say(f"{part}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()), quiet)
