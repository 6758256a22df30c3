"""`mirscan train tree`: the decision tree over z_m."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from mirscan.cli import options

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", required=True, type=FOLDER, help="Folder of modmiRBase: official_*.gz, *.npz.")
@click.option("--diva", required=True, metavar="NAME|DIR", help="The DIVA whose z_m the tree stands on.")
@click.option("--out", required=True, type=FOLDER, help="Folder for tree.json.")
@click.option("--max-depth", type=click.IntRange(0), default=5, show_default=True, help="Longest path.")
@click.option(
    "--min-samples", type=click.IntRange(1), default=10, show_default=True, help="Below it, a leaf."
)
@click.option(
    "--min-accuracy",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Share of right answers that a hyperplane must exceed.",
)
@click.option(
    "--min-gain", type=click.FloatRange(0, 1), default=0.001, show_default=True, help="Least fall in Gini."
)
@click.option(
    "--folds",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Folds on which a hyperplane must prove its accuracy; 1 takes its own points, as the paper does.",
)
@click.option(
    "--slide",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Move a hyperplane to where it gains most while it answers right on this share; 1 is the paper.",
)
@click.option(
    "--lean",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How much more a hairpin counts in a hyperplane that answers as its class does; 0 is the paper.",
)
@click.option(
    "--precursors",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="How much more a precursor weighs than the other class.",
)
@click.option(
    "--choose",
    is_flag=True,
    help="Choose --lean, --slide and --precursors on families held out, the last for the highest lesser "
    "of sensitivity and specificity.",
)
@options.threads
@options.device
@options.force
@options.quiet
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

    from mirscan.errors import OutputError
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.tree.hyperplanes import Settings
    from mirscan.training.tree.run import Encoder, choose_settings, train_tree, training_points
    from mirscan.tree.file import FILE, save_tree

    if (out / FILE).exists() and not force:
        raise OutputError(str(out), f"a {FILE} is there already", hint="Use --force to replace it.")
    torch.set_num_threads(threads)
    encoder = Encoder.load(diva, pick_device(device))
    split = load_open_split(data, threads)
    train = training_points(split, encoder)
    settings = Settings(max_depth, min_samples, min_accuracy, min_gain, folds, slide, lean)
    provenance: dict[str, Any] = {"command": shlex.join(["mirscan", *sys.argv[1:]])}
    hidden = options.progress_hidden(quiet)
    if choose:
        with tqdm(desc="choosing", unit=" trees", disable=hidden) as bar:
            trials = choose_settings(split, encoder, train, settings, bar.update)
        settings, precursors = trials[-1].settings, trials[-1].precursors
        provenance["tried, the chosen last"] = [trial.as_dict() for trial in trials]
    with tqdm(desc="splitting", unit=" nodes", disable=hidden) as bar:
        tree = train_tree(split, encoder, train, settings, provenance, bar.update, precursors)
    save_tree(tree, out)
    for part, figures in tree.metrics.items():
        options.say(f"{part}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()), quiet)
