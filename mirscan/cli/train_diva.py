"""`mirscan train diva`."""

from __future__ import annotations

from pathlib import Path

import click

MODELS = ("diva", "vae", "beta-vae", "beta-iaf-vae", "dc-beta-iaf-vae")


@click.command("diva")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of modmiRBase: official_*.gz, *.npz.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder of the run; resumes if begun."
)
@click.option("--model", type=click.Choice(MODELS), default="diva", show_default=True, help="Row of Table 1.")
@click.option("--epochs", type=click.IntRange(1), default=20, show_default=True, help="Passes over the data.")
@click.option("--batch", type=click.IntRange(2), default=32, show_default=True, help="Images a step.")
@click.option("--rate", type=float, default=1e-3, show_default=True, help="Peak learning rate.")
@click.option(
    "--save-every", type=click.IntRange(1), default=100, show_default=True, help="Steps between states."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of weights, order and noise.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, or auto.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Processors to use.")
def command(
    data: Path,
    out: Path,
    model: str,
    epochs: int,
    batch: int,
    rate: float,
    save_every: int,
    seed: int,
    device: str,
    threads: int,
) -> None:
    """Train DIVA, or one of the models it is compared with."""
    import torch

    from mirscan.training.diva import Options, train
    from mirscan.training.modmirbase import load_open_split
    from mirscan.version import __version__

    torch.set_num_threads(threads)
    place = torch.device(
        "cuda" if device == "auto" and torch.cuda.is_available() else device.replace("auto", "cpu")
    )
    split = load_open_split(data, threads)
    click.echo(
        f"{len(split.train)} training, {len(split.validation)} validation images; of those drawn here "
        f"{split.cut} are cut at 100 columns and {split.branched} have a branched fold",
        err=True,
    )
    options = Options(model, epochs=epochs, batch=batch, rate=rate, save_every=save_every, seed=seed)
    provenance = {
        "command": f"mirscan train diva --model {model} --epochs {epochs} --batch {batch} --rate {rate} "
        f"--seed {seed}",
        "data": {"name": "modmiRBase, open split", "sha256": split.sha256},
        "versions": {"mirscan": __version__, "torch": torch.__version__},
    }
    figures = train(split, options, out, place, provenance)
    click.echo(
        f"{out}: validation objective {figures['objective']:.4g}, image error {figures['image']:.4f}",
        err=True,
    )
