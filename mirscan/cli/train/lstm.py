"""`mirscan train lstm`: the networks of deepMiRGene."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import options, training
from mirscan.cli.cost import Cost
from mirscan.training.request import HairpinTraining

if TYPE_CHECKING:
    from mirscan.scoring.checkpoint import Card
    from mirscan.training.deepmirgene.epochs import LstmTraining
    from mirscan.training.deepmirgene.folds import Fold
    from mirscan.training.deepmirgene.task import Task

BENCHMARKS = ("human", "cross_species", "new")


class Bars:
    """Progress bars on stderr: one for the folding, then one a run."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._hidden = quiet, options.progress_hidden(quiet)
        self._bar: Any = None
        self._name = ""

    def folding(self, chunks: Iterable[list[Fold]], count: int) -> Iterable[list[Fold]]:
        """Show the folding of `count` chunks."""
        from tqdm import tqdm

        bar: Iterable[list[Fold]] = tqdm(chunks, total=count, desc="folding", disable=self._hidden)
        return bar

    def training(self, name: str, run: LstmTraining) -> None:
        """Show an epoch, with its loss and the measures of the validation fold."""
        from tqdm import tqdm

        from mirscan.training.common.log import watched_measures

        if name != self._name:
            self.close()
            self._bar = tqdm(total=run.settings.epochs, desc=name, unit=" epochs", disable=self._hidden)
            self._name = name
        measured = watched_measures(run)
        shown = {"AUPR": measured.aupr, "AUROC": measured.auroc, "F": measured.f} if measured else {}
        self._bar.set_postfix({"loss": run.losses[-1], **shown})
        self._bar.update(run.done - self._bar.n)

    def batches(self, count: int) -> Callable[[int], object]:
        """Show `count` batches; call what comes back with the number done."""
        from tqdm import tqdm

        self._bar = tqdm(total=count, desc="networks", unit=" batches", disable=self._hidden)
        update: Callable[[int], object] = self._bar.update
        return update

    def say(self, message: str) -> None:
        """A line between the bars."""
        options.say(message, self._quiet)

    def close(self) -> None:
        """End the bar that is shown."""
        if self._bar is not None:
            self._bar.close()


@click.command()
@training.optional_data(training.DEEPMIRGENE)
@click.option("--benchmark", type=click.Choice(BENCHMARKS), default="cross_species", show_default=True)
@click.option("--positives", type=training.FILE, help="FASTA of precursors, instead of a benchmark.")
@click.option("--negatives", type=training.FILE, help="FASTA of hairpins that are not precursors.")
@training.number(
    "--test-share",
    0.1,
    "Share of --positives and --negatives that is held out to measure the scorer.",
    min=0.02,
    max=0.5,
)
@training.out("Folder of the checkpoint. An interrupted training goes on there.")
@click.option(
    "--architecture",
    default="lstm2-attention",
    show_default=True,
    help="A network of Table 4, boosted-trees, kin-trees or kin-columns.",
)
@training.inputs
@training.number("--epochs", 300, "Passes over the training set; with --folds, at most.", min=1)
@training.number("--batch", 128, "Hairpins a step.", min=1)
@training.number("--rate", 1e-3, "Learning rate of Adam.", above=0)
@training.number("--seed", 0, "Seed of the first weights, the order and the dropout.")
@click.option(
    "--folds/--no-folds",
    default=True,
    show_default=True,
    help="Choose the number of epochs, up to --epochs, by five-fold cross-validation; else train --epochs.",
)
@click.option(
    "--ensemble",
    is_flag=True,
    help="Let the networks of the folds score together with the one trained on everything.",
)
@training.known
@training.running
@training.one_run_a_folder
def command(out: Path, **given: Any) -> None:
    """Train a scorer on two FASTA files, or on a benchmark of deepMiRGene, and write its checkpoint.

    Of --positives and --negatives a part is held out to measure the scorer. Sequences that share a word are
    relatives and stay in one part. OUT/split.tsv says what went where; OUT/test_pos.fa and test_neg.fa hold
    the part that was held out, for `mirscan evaluate hairpins`.

    The architectures are the networks of the paper's Table 4, and three that are not the paper's and take
    --seed alone of the options: boosted-trees; kin-trees, which also compare a hairpin with those they were
    fitted to; and kin-columns, kin-trees and convolutional networks together.
    """
    import torch

    from mirscan.errors import UsageError
    from mirscan.models import architectures
    from mirscan.scoring.checkpoint import CARD

    asked, quiet = options.request(HairpinTraining, given), given["quiet"]
    asked.check()
    training.spare(out / CARD, given["force"])
    torch.set_num_threads(asked.threads)
    if asked.architecture not in architectures():
        raise UsageError("architecture", f"no {asked.architecture!r}", f"one of {', '.join(architectures())}")
    train = _trainer(asked.architecture)
    bars, cost = Bars(quiet), Cost(quiet)
    task = _own(out, bars, asked) if asked.positives else _of_benchmark(bars, asked)
    say_longer(task, quiet)
    card = train(task, out, bars, cost, asked)
    bars.close()
    measured = card.metrics[task.tested_on]
    measured = measured.get("published", measured)
    text = f"AUROC {measured['auroc']:.3f} AUPR {measured['aupr']:.3f} F {measured['f']:.3f}"
    options.say(f"{out}: {task.tested_on}: {text}", quiet)
    cost.say()


def _own(out: Path, bars: Bars, asked: HairpinTraining) -> Task:
    """The two FASTA files as a benchmark; what went where is written into `out`."""
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.deepmirgene.own_data import SPLIT, prepare, write_test

    assert asked.positives
    assert asked.negatives
    device = pick_device(asked.device)
    task, split = prepare(
        asked.positives, asked.negatives, device, asked.threads, asked.test_share, bars.folding
    )
    split.write(out / SPLIT)
    write_test(task, out)
    precursors = int(split.records.labels.sum())
    bars.say(
        f"{precursors:,} precursors and {len(split.records) - precursors:,} others in "
        f"{int(split.group.max()) + 1:,} groups of relatives; {len(task.testing):,} are held out"
    )
    return task


def _of_benchmark(bars: Bars, asked: HairpinTraining) -> Task:
    assert asked.data
    return benchmark_task(asked.data, asked.benchmark, asked.known, asked.device, asked.threads, bars)


def benchmark_task(
    data: Path, benchmark: str, known: Path | None, device: str, threads: int, bars: Bars
) -> Task:
    """The benchmark that the options of `train lstm` or `evaluate lstm` name."""
    from mirscan.scoring.scorer import pick_device
    from mirscan.training.deepmirgene.benchmarks import known_hairpins
    from mirscan.training.deepmirgene.task import prepare

    hairpins = known_hairpins(known) if known else frozenset()
    return prepare(data, benchmark, pick_device(device), threads, hairpins, bars.folding)


def say_longer(task: Task, quiet: bool) -> None:
    """Say how many sequences are longer than the scorers see, and what is seen of them."""
    count = task.training.longer_than_seen() + task.testing.longer_than_seen()
    if count:
        seen = "the part around the hairpin loop nearest to the middle is seen"
        options.say(f"sequences longer than 400: {count:,}; of each {seen}", quiet)


def _trainer(architecture: str) -> Callable[[Task, Path, Bars, Cost, HairpinTraining], Card]:
    from mirscan.models import KIN_COLUMNS, KIN_TREES, TREES

    others = {TREES: _train_trees, KIN_TREES: _train_trees, KIN_COLUMNS: _train_kin_columns}
    return others.get(architecture, _train_network)


def _train_network(task: Task, out: Path, bars: Bars, cost: Cost, asked: HairpinTraining) -> Card:
    from mirscan.training.deepmirgene.benchmarks import FOLDS
    from mirscan.training.deepmirgene.epochs import LstmSettings
    from mirscan.training.deepmirgene.lstm import train

    config = {} if asked.inputs == "both" else {"inputs": asked.inputs}
    settings = LstmSettings(asked.architecture, config, asked.epochs, asked.batch, asked.rate, asked.seed)
    runs = FOLDS + 1 if asked.folds else 1

    def watch(name: str, run: LstmTraining) -> None:
        bars.training(name, run)
        cost.step(runs * settings.epochs)

    return train(task, settings, out, training.command_line(), watch, asked.folds, asked.ensemble)


def _train_trees(task: Task, out: Path, _: Bars, __: Cost, asked: HairpinTraining) -> Card:
    from mirscan.training.deepmirgene.trees import TreeSettings, train

    return train(task, TreeSettings(asked.architecture, seed=asked.seed), out, training.command_line())


def _train_kin_columns(task: Task, out: Path, bars: Bars, cost: Cost, asked: HairpinTraining) -> Card:
    from mirscan.models import KIN_TREES
    from mirscan.training.deepmirgene.kin_columns import KinColumnSettings, steps, train
    from mirscan.training.deepmirgene.trees import TreeSettings

    seed = asked.seed
    settings = KinColumnSettings(TreeSettings(KIN_TREES, seed=seed), seed=seed)
    count = steps(settings)
    update = bars.batches(count)

    def watch(done: int) -> None:
        update(done)
        cost.step(count)

    return train(task, settings, out, training.command_line(), watch)
