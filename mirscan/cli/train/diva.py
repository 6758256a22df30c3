"""`mirscan train diva`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mirscan.cli import completion, options, training
from mirscan.errors import UsageError

if TYPE_CHECKING:
    import torch

    from mirscan.training.diva.modmirbase import OpenSplit
    from mirscan.training.diva.start import Start
    from mirscan.training.diva.train import Options

OF_RECIPE = {"epochs", "batch", "seed", "save_every", "check_every"}  # options that go with --recipe
MODELS = ("diva", "diva-wide", "vae", "beta-vae", "beta-iaf-vae", "dc-beta-iaf-vae")


@click.command("diva")
@training.data(training.MODMIRBASE)
@training.out("Folder of the run: checkpoint, logs, and the state to resume from.")
@click.option(
    "--recipe",
    is_flag=True,
    help="Train a diva-wide from fresh weights on, in the stages of the shipped one. --epochs are then those "
    "of all stages, 70 by default; with 7, each stage is a tenth as long.",
)
@options.choice("--model", MODELS, "Row of Table 1, or DIVA with a fourth latent.", "diva")
@options.named(
    "--start-from",
    None,
    "Begin with the weights of this model instead of fresh ones; the optimiser starts anew.",
    completion.DIVA,
)
@training.number("--epochs", 20.0, "Passes over the data; 1.5 stops half way through the second.", above=0)
@training.number("--batch", 32, "Images a step.", min=2)
@training.number("--rate", 0.001, "Learning rate.", above=0)
@training.number("--warmup", 8000, "Steps over which beta rises.", min=1)
@training.number(
    "--fall", 0.2, "Share of the steps, at the end, over which the rate falls to zero.", min=0, max=1
)
@training.number("--save-every", 100, "Steps between states.", min=1)
@training.number("--check-every", 500, "Steps between measurements on the validation part.", min=1)
@click.option(
    "--freeze",
    is_flag=True,
    help="Leave z_m as it is in --start-from, and with it the tree and the neighbours that hang on it.",
)
@training.number(
    "--cross",
    0.0,
    "Share of the images of a step that are crossed with others of their class.",
    min=0,
    max=1,
)
@training.number(
    "--longer",
    0.0,
    "Share of the batches whose crossed images grow longer than the ones they come from; with --cross.",
    min=0,
    max=1,
)
@click.option(
    "--warmed",
    type=click.FloatRange(0, 1),
    help="Share of beta at the first step; by default where --start-from ended.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of weights, order and noise.")
@options.threads
@options.device
@options.quiet
@training.one_run_a_folder
def command(
    data: Path,
    out: Path,
    recipe: bool,
    start_from: str | None,
    warmed: float | None,
    threads: int,
    device: str,
    quiet: bool,
    **schedule: Any,
) -> None:
    """Train DIVA, or one of the models it is compared with.

    A run that was interrupted goes on where its last state in --out is; its schedule (--epochs, --rate,
    --warmup, --fall) may differ then. A run with --start-from begins a new schedule, in which the weight of
    the KL terms rises from where it was when those weights were made, or from --warmed.

    With --recipe each stage has a folder in --out, and an interrupted run goes on with the stage it was in.
    """
    _check_recipe(recipe)
    _check(start_from, schedule)
    import torch

    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split

    torch.set_num_threads(threads)
    place = pick_device(device)
    split = load_open_split(data, threads)
    options.say(
        f"{len(split.train)} training, {len(split.validation)} validation images; of those drawn here "
        f"{split.cut} are cut at 100 columns and {split.branched} have a branched fold",
        quiet,
    )
    if recipe:
        _in_stages(split, out, place, schedule, quiet)
    else:
        _at_once(split, out, place, {**schedule, "warmed": warmed}, start_from, quiet)


def _at_once(
    split: OpenSplit,
    out: Path,
    place: torch.device,
    schedule: dict[str, Any],
    start_from: str | None,
    quiet: bool,
) -> None:
    """A single run."""
    from mirscan.training.diva.start import fresh, start_of
    from mirscan.training.diva.train import Options, train

    start = start_of(start_from, schedule["model"], split.train) if start_from else fresh()
    if schedule["warmed"] is None:
        schedule["warmed"] = start.warmed
    asked, hidden = Options(**schedule), options.progress_hidden(quiet)
    made = {**_provenance(_command(asked, start), split.sha256), **start.provenance}
    _report(str(out), train(split, asked, out, place, made, hidden, start.weights), quiet)


def _in_stages(
    split: OpenSplit, out: Path, place: torch.device, schedule: Mapping[str, Any], quiet: bool
) -> None:
    """The stages of the recipe."""
    from mirscan.training.diva.recipe import EPOCHS, recipe, train_in_stages

    asked = {name: schedule[name] for name in OF_RECIPE}
    if not _given("epochs"):
        asked["epochs"] = EPOCHS
    command = f"mirscan train diva --recipe --epochs {asked['epochs']:g} --batch {asked['batch']} "
    made = _provenance(f"{command}--seed {asked['seed']}", split.sha256)

    def report(stage: str, figures: Mapping[str, float]) -> None:
        _report(str(out / stage), figures, quiet)

    train_in_stages(split, recipe(**asked), out, place, made, report, options.progress_hidden(quiet))
    options.say(f"{out}: the checkpoint of the last stage", quiet)


def _report(place: str, figures: Mapping[str, float], quiet: bool) -> None:
    """Say how a training ended."""
    options.say(
        f"{place}: image error {figures['image']:.4f}, objective {figures['objective']:.4g} on validation",
        quiet,
    )


def _command(asked: Options, start: Start) -> str:
    """The command line of a single run."""
    return (
        f"mirscan train diva --model {asked.model} --epochs {asked.epochs:g} "
        f"--batch {asked.batch} --rate {asked.rate} --warmup {asked.warmup} "
        f"--fall {asked.fall} --seed {asked.seed}{start.option}{_unusual(asked, start)}"
    )


def _provenance(command: str, data_sha256: str) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    import RNA
    import torch

    from mirscan.version import __version__

    return {
        "command": command,
        "trained_on": "modmiRBase, open split",
        "data_sha256": data_sha256,
        "versions": {"mirscan": __version__, "torch": torch.__version__, "viennarna": RNA.__version__},
    }


def _unusual(asked: Options, start: Start) -> str:
    """The options of the command line that most trainings do without, a blank before each."""
    words = " --freeze" if asked.freeze else ""
    for name in ("cross", "longer"):
        words += f" --{name} {value}" if (value := getattr(asked, name)) else ""
    return words + (f" --warmed {asked.warmed}" if asked.warmed != start.warmed else "")


def _given(name: str) -> bool:
    """Whether an option stands on the command line."""
    return click.get_current_context().get_parameter_source(name) == ParameterSource.COMMANDLINE


def _check_recipe(recipe: bool) -> None:
    """Refuse what the stages of the recipe settle by themselves.

    Raises:
        UsageError: Such an option stands beside --recipe.
    """
    others = training.ELSEWHERE | OF_RECIPE | {"recipe"}
    named = {o.name: o.opts[0] for o in click.get_current_context().command.params if o.name not in others}
    found = [option for name, option in named.items() if name and _given(name)]
    if recipe and found:
        raise UsageError(", ".join(found), "given beside --recipe, whose stages settle it", "--recipe alone")


def _check(start_from: str | None, schedule: Mapping[str, Any]) -> None:
    """Refuse options that ask for what is not there.

    Raises:
        UsageError: --freeze without a model whose z_m could stay, or --longer where no image is crossed.
    """
    if schedule["freeze"] and (not start_from or "diva" not in schedule["model"].split("-")):
        raise UsageError(
            "--freeze",
            "no z_m to leave as it is",
            "--model diva or diva-wide, and --start-from with its weights",
        )
    if schedule["longer"] and not schedule["cross"]:
        raise UsageError("--longer", "given without --cross", "a share of images to cross")
