"""`mirscan train reads`."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options, training


@click.command("reads")
@training.fitted
@training.seed
def command(data: Path, out: Path, force: bool, quiet: bool, seed: int) -> None:
    """Fit how much small RNA reads on a hairpin weigh, on simulated libraries."""
    import RNA

    from mirscan.reads.weights import FILE
    from mirscan.training.reads.fit import train, write
    from mirscan.version import __version__

    training.spare(out / FILE, force)
    made = {
        "command": training.command_line(),
        "versions": {"mirscan": __version__, "viennarna": RNA.__version__},
    }
    options.say(str(write(out, train(data, seed, made, lambda line: options.say(line, quiet)))), quiet)
