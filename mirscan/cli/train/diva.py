"""`mirscan train diva`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options, training
from mirscan.errors import UsageError

if TYPE_CHECKING:
    from mirscan.training.diva.start import Start
    from mirscan.training.diva.train import Options

MODELS = ("diva", "diva-wide", "vae", "beta-vae", "beta-iaf-vae", "dc-beta-iaf-vae")


@click.command("diva")
@training.data(training.MODMIRBASE)
@training.out("Folder of the run: checkpoint, logs, and the state to resume from.")
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
    "Share of the images that are crossed with others of their class; with --freeze.",
    min=0,
    max=1,
)
@training.number(
    "--longer",
    0.0,
    "Share of the batches whose crossed images grow longer than the ones they come from.",
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
    """
    _check(start_from, schedule)
    import torch

    from mirscan.scoring.scorer import pick_device
    from mirscan.training.diva.modmirbase import load_open_split
    from mirscan.training.diva.start import fresh, start_of
    from mirscan.training.diva.train import Options, train

    torch.set_num_threads(threads)
    place = pick_device(device)
    split = load_open_split(data, threads)
    start = start_of(start_from, schedule["model"], split.train) if start_from else fresh()
    options.say(
        f"{len(split.train)} training, {len(split.validation)} validation images; of those drawn here "
        f"{split.cut} are cut at 100 columns and {split.branched} have a branched fold",
        quiet,
    )
    asked = Options(**schedule, warmed=start.warmed if warmed is None else warmed)
    figures = train(
        split,
        asked,
        out,
        place,
        _provenance(asked, start, split.sha256),
        options.progress_hidden(quiet),
        start.weights,
    )
    options.say(
        f"{out}: image error {figures['image']:.4f}, objective {figures['objective']:.4g} on validation",
        quiet,
    )


def _provenance(asked: Options, start: Start, data_sha256: str) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    import RNA
    import torch

    from mirscan.version import __version__

    return {
        "command": f"mirscan train diva --model {asked.model} --epochs {asked.epochs:g} "
        f"--batch {asked.batch} --rate {asked.rate} --warmup {asked.warmup} "
        f"--fall {asked.fall} --seed {asked.seed}{start.option}{_unusual(asked, start)}",
        **start.provenance,
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


def _check(start_from: str | None, schedule: Mapping[str, Any]) -> None:
    """Refuse options that ask for what is not there.

    Raises:
        UsageError: --freeze without a model whose z_m could stay, or an option of --freeze without it.
    """
    if schedule["freeze"]:
        if not start_from or "diva" not in schedule["model"].split("-"):
            raise UsageError(
                "--freeze",
                "no z_m to leave as it is",
                "--model diva or diva-wide, and --start-from with its weights",
            )
    elif schedule["cross"] or schedule["longer"]:
        raise UsageError("--cross, --longer", "given without --freeze", "both with --freeze alone")
