"""`mirscan train reads`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options


@click.command("reads")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The data folder: scan/ and genomes/.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the weights.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all draws.")
@options.quiet
def command(data: Path, out: Path, seed: int, quiet: bool) -> None:
    """Fit what the small RNA reads on a hairpin weigh, on simulated libraries."""
    import RNA

    from mirscan.training.reads.fit import train, write
    from mirscan.version import __version__

    made = {
        "command": f"mirscan train reads --seed {seed}",
        "versions": {"mirscan": __version__, "viennarna": RNA.__version__},
    }
    options.say(str(write(out, train(data, seed, made, lambda line: options.say(line, quiet)))), quiet)
