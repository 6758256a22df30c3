"""`mirscan evaluate scan`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mirscan.cli import completion, options, training


@click.command("scan")
@click.option("--genomes", type=training.FOLDER, required=True, help="Folder of genomes, a folder each.")
@click.option(
    "--precursors", type=training.FOLDER, help="The scan set; default: the folder scan beside the genomes."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("scan-held-out",),
    show_default=True,
    type=completion.SCAN_MODEL,
    metavar="NAME|DIR",
)
@options.named("--draft", "scan-held-out", "The model that chooses what to score.", completion.SCAN_MODEL)
@training.json_output
@training.cache
@options.device
@options.force
@options.quiet
def command(
    genomes: Path,
    precursors: Path | None,
    models: tuple[str, ...],
    draft: str,
    output: str,
    cache: Path | None,
    device: str,
    force: bool,
    quiet: bool,
) -> None:
    """Measure what a model finds of families and genomes that it has not seen, by false hits per megabase.

    `scan-held-out` are those networks of `scan` that saw neither the families nor the genomes tested here.
    """
    from mirscan.cli.stages import stages
    from mirscan.runtime.user_folders import cache_folder
    from mirscan.scoring.checkpoint import locate
    from mirscan.training.scan.evaluation import evaluate
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.text_file import open_text

    check_destinations([], [output], force)
    place = precursors or genomes.parent / "scan"
    with stages(quiet) as stage:
        figures = evaluate(genomes, place, models, locate(draft), cache or cache_folder(), stage, device)
    with open_text(output, force) as stream:
        stream.write(json.dumps(figures, indent=1) + "\n")
