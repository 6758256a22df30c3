"""`mirscan train genome-tree`: the tree that gives the hits of a scan their rules."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import completion, options, training


@click.command("genome-tree")
@training.data(training.SCAN_DATA)
@training.out("Folder for tree.json.")
@options.named("--model", "scan", "The model whose scans the tree is for.", completion.SCAN_MODEL)
@click.option(
    "--keep",
    metavar="NAME|DIR",
    help="A tree whose questions stay: only what comes to its nodes is counted anew.",
)
@training.cache
@options.force
@options.quiet
def command(
    data: Path, out: Path, model: str, keep: str | None, cache: Path | None, force: bool, quiet: bool
) -> None:
    """Fit the tree on what a scan meets: precursors in their flanks and the other candidates of genomes.

    One core scans the genomes and plants the precursors. That takes most of the time, and is kept.
    """
    from mirscan.cli.stages import stages
    from mirscan.runtime.user_folders import cache_folder
    from mirscan.training.common.provenance import provenance
    from mirscan.training.tree.genome import recounted, train_genome_tree
    from mirscan.training.tree.genome_material import gather
    from mirscan.tree.file import FILE, load_tree, locate_tree, save_tree

    kept = load_tree(locate_tree(keep)) if keep else None
    training.spare(out / FILE, force)
    with stages(quiet) as stage:
        material = gather(data, model, cache or cache_folder(), stage)
        stage("counting" if kept else "growing the tree", 0)
        trained_on = "scan/ and background of genomes/"
        made = provenance(training.command_line(), trained_on, material.sha256(), scanned_by=model)
        tree = recounted(kept, material, made) if kept else train_genome_tree(material, made)
    save_tree(tree, out)
    leaves = sum(node.split is None for node in tree.nodes)
    options.say(f"{out / FILE}: {leaves} leaves", quiet)
