"""`mirscan evaluate hairpins`: any model on any two FASTA files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options, training
from mirscan.pipeline.request import HAIRPIN_MODEL

if TYPE_CHECKING:
    from mirscan.pipeline.predict import Prediction

COLUMNS = ("model", "AUROC", "AUPR", "F", "sensitivity", "specificity", "at score")


@click.command("hairpins")
@click.option("--positives", type=training.FILE, required=True, help="FASTA of precursors.")
@click.option(
    "--negatives", type=training.FILE, required=True, help="FASTA of hairpins that are not precursors."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=(HAIRPIN_MODEL,),
    show_default=True,
    type=completion.SCORER,
    metavar="NAME|DIR",
    help="A model that scores hairpins. Repeatable.",
)
@training.files("--seen", "FASTA of what the models were trained on: relatives are left out. Repeatable.")
@options.min_score
@click.option(
    "--json",
    "output",
    metavar="FILE",
    callback=training.named_json,
    help="Write all measures there; `-` is standard output.",
)
@training.running
def command(
    positives: Path, negatives: Path, models: tuple[str, ...], output: str | None, **given: Any
) -> None:
    """Measure models on two FASTA files, precursors and others, as `mirscan predict` scores them.

    Brackets are 95 % intervals. A model looks better on what it was trained on: name those sequences with
    --seen, or take newer ones.
    """
    from tqdm import tqdm

    from mirscan.cli.tables import table
    from mirscan.scoring.scorer import Scorer
    from mirscan.training.deepmirgene.own_data import read_pair
    from mirscan.training.deepmirgene.pair_evaluation import evaluate_pair, without_relatives
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.text_file import open_text

    check_destinations([], [output] if output else [], given["force"])
    scorers = [Scorer(model, given["device"]) for model in models]
    records, related = without_relatives(read_pair(positives, negatives), given["seen"])
    if related:
        options.say(f"mirscan: {related:,} relatives of what was seen are left out", given["quiet"])

    def shown(predictions: Iterable[Prediction], count: int) -> Iterable[Prediction]:
        hidden = options.progress_hidden(given["quiet"])
        bar: Iterable[Prediction] = tqdm(predictions, total=count, desc="scoring", disable=hidden)
        return bar

    found = [evaluate_pair(records, each, given["threads"], given["min_score"], shown) for each in scorers]
    if output:
        whole = {"positives": positives.name, "negatives": negatives.name, "related_left_out": related}
        with open_text(output, given["force"]) as stream:
            stream.write(json.dumps({**whole, "models": found}, indent=2) + "\n")
    if output != "-":
        table(COLUMNS, [_row(each) for each in found])


def _row(measured: dict[str, Any]) -> tuple[str, ...]:
    test = measured["test"]

    def cell(name: str) -> str:
        low, high = test["interval_95"][name]
        return f"{test[name]:.3f} ({low:.3f}–{high:.3f})"

    cells = [cell(name) for name in ("auroc", "aupr", "f", "se", "sp")]
    return (measured["model"], *cells, f"{measured['threshold']:.3g}")
