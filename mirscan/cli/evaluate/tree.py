"""`mirscan evaluate tree`: a tree against its own bars and simpler classifiers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options, training

if TYPE_CHECKING:
    from mirscan.tree.rules import Tree


@click.command()
@training.data(f"{training.MODMIRBASE} With --genome: {training.SCAN_DATA}")
@options.named(
    "--diva",
    None,
    "The DIVA in whose z_m the tree stands; with --genome one whose z_m is divided for comparison.",
    completion.DIVA,
)
@click.option(
    "--tree",
    "folder",
    type=completion.RULES,
    required=True,
    metavar="NAME|DIR",
    help="The tree, or its folder.",
)
@click.option(
    "--genome", is_flag=True, help="Measure the tree of scans, on families and genomes that it has not seen."
)
@training.cache
@click.option(
    "--json",
    "output",
    metavar="FILE",
    callback=training.named_json,
    help="Write all figures as JSON; `-` is standard output.",
)
@click.option(
    "--figure",
    type=training.FILE,
    help="Draw the tree (Figure 8); the suffix names the format: .svg, .png, .pdf.",
)
@training.running
def command(
    data: Path,
    diva: str | None,
    folder: str,
    genome: bool,
    cache: Path | None,
    output: str | None,
    figure: Path | None,
    threads: int,
    device: str,
    force: bool,
    quiet: bool,
) -> None:
    """Measure the tree on the open split of modmiRBase, or, with --genome, where scans use it.

    Accuracy, sensitivity and specificity of the tree and of classifiers to compare it with, plain and
    weighted to the proportions of the published test set, and how often each hyperplane gives the measured
    answer. With --genome: how well it parts precursors of unseen families from the other candidates of an
    unseen genome, and whether its leaves hold as many of these as they say.
    """
    import torch

    from mirscan.cli.evaluate import genome_tree
    from mirscan.training.tree.figure import draw_tree
    from mirscan.tree.file import load_tree, locate_tree
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.text_file import open_text

    if not genome and diva is None:
        raise click.UsageError("--diva names the DIVA that the tree was fitted on.")
    check_destinations([], [str(name) for name in (output, figure) if name is not None], force)
    torch.set_num_threads(threads)
    tree = load_tree(locate_tree(folder))
    if genome:
        result = genome_tree.in_genome(tree, data, diva, cache, device, quiet)
    else:
        result = _on_hairpins(tree, data, str(diva), threads, device)
    if output:
        with open_text(output, force) as stream:
            stream.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if figure:
        draw_tree(tree, figure)
    options.say((genome_tree.table if genome else _table)(result), quiet)


def _on_hairpins(tree: Tree, data: Path, diva: str, threads: int, device: str) -> dict[str, Any]:
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.tree.run import Encoder, evaluate_tree

    return evaluate_tree(load_open_split(data, threads), Encoder.load(diva, pick_device(device)), tree)


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
