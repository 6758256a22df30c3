"""`mirscan train scan`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options, training
from mirscan.cli.cost import Cost
from mirscan.training.request import ScanTraining
from mirscan.training.scan.settings import CURATED, LONE

if TYPE_CHECKING:
    from mirscan.scoring.checkpoint import Card

Stage = Callable[[str, int], Callable[[int], object]]


@click.command("scan")
@training.optional_data(training.SCAN_DATA)
@training.files("--genome", "FASTA of a genome of your own. Repeatable.", "genomes")
@training.files(
    "--known", "GFF3, GTF or BED of its known microRNAs; one for each --genome, in the same order."
)
@options.named(
    "--start-from",
    None,
    "The model that the training of --genome goes on from, such as scan.",
    completion.SCAN_MODEL,
)
@click.option("--plants", is_flag=True, help="The known microRNAs are those of plants.")
@training.out("Folder of the checkpoint. An interrupted training goes on there.")
@training.seed
@training.cache
@click.option(
    "--columns",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A scan's model whose networks of columns are taken as they are: only what reads beside them is "
    "trained, and all are weighed anew. Its blind model lies beside it.",
)
@training.number(
    "--curated",
    CURATED,
    "How often a precursor of a family of MirGeneDB, or with known cuts, is shown, against any other.",
    above=0,
)
@training.number(
    "--lone", LONE, "The same for a family of a single precursor that only miRBase lists.", above=0
)
@options.quiet
@training.one_run_a_folder
def command(out: Path, **given: Any) -> None:
    """Train a model for `scan`, from genomes with known microRNAs or from the data of the shipped one.

    With --genome and --known the known precursors are what to find, and the rest of the genome is
    background. A fifth of the families and of the sequence is held out, to calibrate the model and to measure
    it. A few dozen loci let a model go on learning (--start-from scan); a new one needs hundreds.

    With --data, beside OUT comes OUT-held-out: those networks that saw nothing of what
    `mirscan evaluate scan` tests. Sieved genomes, precursors and folds are kept in --cache, the states of the
    networks in OUT/runs.
    """
    import torch

    from mirscan.cli.stages import stages

    asked = options.request(ScanTraining, given)
    asked.check()
    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    cost = Cost(given["quiet"])
    with stages(given["quiet"]) as stage:
        card = _train(out, asked, stage)
    options.say(f"{out}: done{_found(card)}", given["quiet"])
    if _was_better(card):
        options.warn(
            f"{asked.start_from} finds more of what was held out: go on scanning with it", given["quiet"]
        )
    cost.say()


def _train(out: Path, asked: ScanTraining, stage: Stage) -> Card:
    from mirscan.runtime.user_folders import cache_folder
    from mirscan.training.scan import own_train
    from mirscan.training.scan.settings import ScanSettings
    from mirscan.training.scan.stacking import stack
    from mirscan.training.scan.train import both_places, train

    settings = ScanSettings(seed=asked.seed, curated=asked.curated, lone=asked.lone)
    work = asked.cache or cache_folder()
    if asked.data and asked.columns:
        places = both_places(asked.columns), both_places(out)
        return stack(asked.data, *places, settings, work, stage, training.command_line())[-1]
    if asked.data:
        return train(asked.data, out, settings, work, stage, training.command_line())
    pairs = list(zip(asked.genomes, asked.known, strict=True))
    request = own_train.Asked(pairs, asked.plants, asked.start_from, settings)
    return own_train.train(request, out, work, stage, training.command_line())


def _found(card: Card) -> str:
    """What a model of own genomes finds of what it has not seen, and what the first model found."""
    figures = card.metrics.get("held out")
    if figures is None:
        return ""
    rates = [f"{share:.2f} at {rate}" for rate, share in figures["recall"].items()]
    text = f"; of {figures['precursors']} precursors held out it finds {', '.join(rates)} false hits per Mb"
    before = figures.get("recall_before")
    return f"{text} (before: {', '.join(f'{share:.2f}' for share in before.values())})" if before else text


def _was_better(card: Card) -> bool:
    """Whether the first model finds more of what was held out than the one that has gone on from it."""
    figures = card.metrics.get("held out", {})
    return bool(sum(figures.get("recall_before", {}).values()) > sum(figures.get("recall", {}).values()))
