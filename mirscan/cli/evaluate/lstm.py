"""`mirscan evaluate lstm`: the networks of deepMiRGene on its three benchmarks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options, training
from mirscan.cli.train.lstm import BENCHMARKS, Bars, benchmark_task, say_longer

if TYPE_CHECKING:
    from mirscan.training.deepmirgene.epochs import LstmSettings
    from mirscan.training.deepmirgene.task import Task


@click.command()
@click.option("--benchmark", type=click.Choice(BENCHMARKS), required=True)
@training.data(training.DEEPMIRGENE)
@options.named(
    "--model",
    None,
    "The model to measure. [default: human-paper on human, else cross_species-paper]",
    completion.MODEL,
)
@click.option("--folds", is_flag=True, help="Train five networks by cross-validation and measure them.")
@training.number("--seeds", 0, "Train this number of networks and measure each on the test set.", min=0)
@click.option(
    "--architecture", default="lstm2-attention", show_default=True, help="What --folds and --seeds train."
)
@training.inputs
@training.number(
    "--epochs",
    300,
    "Passes over the training set; with --folds, --seeds stop where the folds were best.",
    min=1,
)
@click.option(
    "--runs",
    type=training.FOLDER,
    help="Folder that keeps the states of the trainings, so that they can go on after an interruption.",
)
@training.known
@training.json_output
@click.option("--maps", type=training.FILE, help="Draw the class activation maps there.")
@training.running
def command(output: str, **given: Any) -> None:
    """Measure a model on the test set of a benchmark, as published and cleaned.

    With --folds or --seeds networks are trained for it: by cross-validation on the training set, or on the
    whole of it from several seeds.
    """
    import torch

    from mirscan.training.deepmirgene.epochs import LstmSettings
    from mirscan.writers.destinations import check_destinations
    from mirscan.writers.text_file import open_text

    check_destinations([], [output, *([str(given["maps"])] if given["maps"] else [])], given["force"])
    torch.set_num_threads(given["threads"])
    bars = Bars(given["quiet"])
    where = (given["data"], given["benchmark"], given["known"])
    task = benchmark_task(*where, given["device"], given["threads"], bars)
    say_longer(task, given["quiet"])
    config = {} if given["inputs"] == "both" else {"inputs": given["inputs"]}
    settings = LstmSettings(given["architecture"], config, given["epochs"])
    if given["folds"] or given["seeds"]:
        found = _train(task, settings, bars, given)
    else:
        found = _measure(task, given["model"], given["maps"])
    bars.close()
    with open_text(output, given["force"]) as stream:
        stream.write(json.dumps({"benchmark": task.benchmark, **found}, indent=2) + "\n")


def _train(task: Task, settings: LstmSettings, bars: Bars, given: dict[str, Any]) -> dict[str, Any]:
    from mirscan.training.deepmirgene.evaluation import evaluate_folds, evaluate_seeds

    found: dict[str, Any] = {"architecture": settings.architecture, "config": settings.config}
    if given["folds"]:
        found["folds"] = evaluate_folds(task, settings, given["runs"], bars.training)
        settings = replace(settings, epochs=found["folds"]["best"]["epochs"])
    if given["seeds"]:
        found["seeds"] = evaluate_seeds(task, settings, range(given["seeds"]), given["runs"], bars.training)
    return found


def _measure(task: Task, model: str | None, maps: Path | None) -> dict[str, Any]:
    from mirscan.models import build
    from mirscan.models.ensemble import Ensemble
    from mirscan.models.lstm import LstmNetwork
    from mirscan.scoring import checkpoint
    from mirscan.training.deepmirgene.epochs import score
    from mirscan.training.deepmirgene.evaluation import activation_maps, draw_maps, evaluate_network
    from mirscan.training.deepmirgene.task import KIND

    name = model or ("human-paper" if task.benchmark == "human" else "cross_species-paper")
    card, state = checkpoint.load(checkpoint.locate(name), KIND)
    network = checkpoint.filled(lambda: build(card.architecture, card.config), state, name)
    network.to(task.test.labels.device)
    if maps and isinstance(network, LstmNetwork | Ensemble):
        draw_maps(maps, activation_maps(network, task.test), score(network, task.test), task.benchmark)
    return {
        "model": Path(name).name,
        "trained_on": card.provenance.get("trained_on"),
        "test": evaluate_network(task, network),
    }
