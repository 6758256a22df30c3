"""The command line: one file a command, each with options and checks and no work of its own.

A command's file is imported when the command is called, so that `mirscan --help` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys

import click

from mirscan.cli.endings import CarriedError, unforeseen
from mirscan.cli.ground import firm_ground
from mirscan.cli.lazy import LazyGroup
from mirscan.cli.naming import with_options
from mirscan.cli.signals import ended_by_signals
from mirscan.cli.streams import standard_streams
from mirscan.cli.warnings import warnings_said
from mirscan.errors import MirscanError
from mirscan.version import __version__

COMMANDS = {
    "scan": "Find the pre-miRNA hairpins of a genome.",
    "merge": "Join the shards of a scan.",
    "predict": "Score ready hairpins.",
    "explain": "Show why a hairpin is called, or is not.",
    "report": "Show a run on one page.",
    "demo": "Make a small example genome.",
    "concepts": "Measure named features of hairpins.",
    "models": "List the models and their cards.",
    "data": "Fetch the public benchmarks.",
    "train": "Train on your own data, or rebuild what is shipped.",
    "evaluate": "Measure models on your own data, or on benchmarks.",
}


@click.group(
    cls=LazyGroup,
    package=__name__,
    summaries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="%(version)s")
def mirscan() -> None:
    """Find microRNA genes in genomes."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 failure, 2 usage, 130 Ctrl-C, 143 SIGTERM."""
    with standard_streams(), warnings_said(), firm_ground():
        return _ended(arguments)


def _ended(arguments: list[str] | None) -> int:
    received = [signal.SIGINT]
    atexit.register(gc.freeze)  # else Python looks for garbage in all of PyTorch as it ends
    # threads of PyTorch that wait for each other sleep: on busy processors, spinning costs more than the work
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        with ended_by_signals(received):
            return _run(arguments)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("mirscan: interrupted", err=True)
        return 128 + received[-1]
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MirscanError as error:
        click.echo(f"mirscan: error: {with_options(str(error))}", err=True)
        return error.exit_code
    except CarriedError as carried:
        return unforeseen(carried.error)
    except Exception as error:
        return unforeseen(error)


def _run(arguments: list[str] | None) -> int:
    try:
        result = mirscan.main(args=arguments, prog_name="mirscan", standalone_mode=False)
        sys.stdout.flush()  # here, where somebody still hears that the disk is full
    except SystemExit as stop:
        if not stop.code:  # shell completion has had its say
            return 0
        raise BrokenPipeError from None  # this is how click says so
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
