"""`mirscan evaluate tree`: the decision tree over z_m against its own bars and simpler classifiers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mirscan.cli import options, training


@click.command()
@training.data(training.MODMIRBASE)
@training.diva
@click.option("--tree", "folder", required=True, type=training.FOLDER, help="Folder that holds tree.json.")
@click.option("--json", "output", metavar="FILE", help="Write all figures as JSON; `-` is standard output.")
@click.option(
    "--figure",
    type=training.FILE,
    help="Draw the tree (Figure 8); the suffix names the format: .svg, .png, .pdf.",
)
@training.running
def command(
    data: Path,
    diva: str,
    folder: Path,
    output: str | None,
    figure: Path | None,
    threads: int,
    device: str,
    force: bool,
    quiet: bool,
) -> None:
    """Measure the tree on the open split of modmiRBase.

    Accuracy, sensitivity and specificity of the tree and of classifiers to compare it with, plain and
    weighted to the proportions of the published test set, and how often each hyperplane gives the measured
    answer.
    """
    import torch

    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.tree.figure import draw_tree
    from mirscan.training.tree.run import Encoder, evaluate_tree
    from mirscan.tree.file import load_tree
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.files import open_text

    check_destinations([], [str(name) for name in (output, figure) if name is not None], force)
    torch.set_num_threads(threads)
    tree = load_tree(folder)
    result = evaluate_tree(load_open_split(data, threads), Encoder.load(diva, pick_device(device)), tree)
    if output:
        with open_text(output, force) as stream:
            stream.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if figure:
        draw_tree(tree, figure)
    options.say(_table(result), quiet)


def _table(result: dict[str, Any]) -> str:
    """The figures for people: one line a classifier, one line a split."""
    lines = [f"{'weighted, open split':<32}accuracy  sensitivity  specificity"]
    for name, views in result["scores"].items():
        found = views["weighted"]
        lines.append(
            f"{name:<32}{found['accuracy']:8.3f}{found['sensitivity']:13.3f}{found['specificity']:13.3f}"
        )
    lines += ["", f"{'fidelity of the splits':<52}share  hairpins"]
    lines += [
        f"{split['question']:<52}{split['share']:5.3f}{split['points']:10,}" for split in result["fidelity"]
    ]
    return "\n".join(lines)
