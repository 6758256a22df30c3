"""Run every command line of the README and of docs/, and hold what it prints against what the page says.

The `sh` and `python` blocks run in order, page by page, in one empty folder. Where a `text` block follows
at once, it is what the block prints; `…` stands for anything, and seconds may differ. Lines that cannot run
here (see ELSEWHERE) are named with the reason; of the commands of mirscan among them the options are checked.

    python -m benchmarks.tools.doc_examples [--check]

Without --check the `text` blocks that do not fit are renewed. What is printed depends on the weights, whose
checksum stands in the README: with other weights --check says so and only sees that every line runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.tools.pages import README, pages
from benchmarks.tools.results import ROOT
from mirscan.cli import mirscan

# How a line begins that cannot run here → why, and what does run it.
ELSEWHERE = {
    "sh .ci/": "sets up an environment of gigabytes; continuous integration runs it",
    "mirscan train": "hours, and the benchmarks; the tests train on a few examples",
    "mirscan predict new.fa": "needs a reader's own model; tests/training/test_own_data.py trains one",
    "mirscan scan new-genome.fa": "needs a reader's own model; tests/training/test_own_genomes.py trains one",
    "mirscan evaluate": "needs the benchmarks; the tests measure on a few examples",
    "mirscan data fetch": "needs a network; tests/data/test_download.py fetches from a server of its own",
    "snakemake": "tests/wrappers/test_snakemake.py runs it",
    "nextflow": "not to be had here; see wrappers/README.md",
    "docker": "not to be had here; see wrappers/README.md",
    ". .venv/bin/activate": "for an interactive shell; here mirscan is on the PATH",
    "uv ": "brings gigabytes from the network, as `sh .ci/setup` does",
    "pipx ": "brings gigabytes from the network, as `sh .ci/setup` does",
    'eval "$(_MIRSCAN_COMPLETE': "for an interactive shell; tests/cli/test_help.py runs what it calls",
}
BLOCK = re.compile(
    r"```(?P<kind>sh|python)\n(?P<code>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL
)
SETUP = "sh .ci/setup && "  # what has been set up already where this runs
WEIGHTS = re.compile(r"<!-- examples: weights (\w*) -->")
VARYING = re.compile(r"^(seconds|Mb/s) +[\d.]+$", re.MULTILINE)
OTHER_WEIGHTS = "the pages were printed with other weights: run python -m benchmarks.tools.doc_examples"
LONGEST, MOST = 118, 17  # characters of a printed line, and lines of a block


@dataclass(frozen=True)
class Block:
    """Some lines of `sh` or `python`, and what the README says they print; None where it says nothing."""

    kind: str
    code: str
    printed: str | None
    whole: str


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page that run."""
    for match in BLOCK.finditer(text):
        yield Block(match["kind"], match["code"], match["printed"], match[0])


def elsewhere(line: str) -> str | None:
    """Why a line does not run here; None where it does."""
    return next((reason for start, reason in ELSEWHERE.items() if line.startswith(start)), None)


def check_options(line: str) -> None:
    """Parse a command of mirscan without running it.

    Raises:
        click.ClickException: It has an option or a value that does not exist.
    """
    words = shlex.split(line, comments=True)[1:]
    context, command = click.Context(mirscan), mirscan
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        if found is None:
            raise click.UsageError(f"no such command in: {line}")
        command = found
    try:
        command.make_context(line, words)
    except click.BadParameter as error:
        if "does not exist" not in error.message:  # the benchmarks need not be here
            raise


def runnable(code: str) -> Iterator[str]:
    """The lines that run here; the others are said, and checked as far as they can be."""
    for line in code.splitlines():
        here = line.removeprefix(SETUP).replace(".venv/bin/mirscan", "mirscan")
        if reason := elsewhere(here):
            print(f"not run: {line}\n         {reason}", file=sys.stderr)
            if here.startswith("mirscan "):
                check_options(here)
        else:
            yield here


def prepare(folder: Path) -> dict[str, str]:
    """Put `mirscan` and `python` on the PATH of an environment, which comes back."""
    (folder / ".bin").mkdir()
    for name, words in (("mirscan", "-m mirscan"), ("python", "")):
        program = folder / ".bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(0o755)
    paths = os.pathsep.join([str(folder / ".bin"), os.environ["PATH"]])
    return {**os.environ, "PATH": paths, "COLUMNS": "100", "MIRSCAN_DATA": str(folder / ".data")}


def run(block: Block, folder: Path, environment: dict[str, str]) -> str:
    """What a block prints, standard output and error together."""
    if block.kind == "python":
        command = ["python", "-c", block.code]
    else:
        command = ["bash", "-euo", "pipefail", "-c", "\n".join(runnable(block.code))]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(f"{block.code}\n{done.stdout}\nexit code {done.returncode}")
    return done.stdout


def fits(promised: str, printed: str) -> bool:
    """Whether the output is what the README says."""
    promised, printed = (
        VARYING.sub(r"\1 #", re.sub(r" +$", "", text, flags=re.M)) for text in (promised, printed)
    )
    pattern = re.escape(promised.rstrip()).replace("…", ".*")
    return re.fullmatch(pattern, printed.rstrip(), re.DOTALL) is not None


def shortened(printed: str) -> str:
    """The output as the README shows it, without seconds, which differ from day to day."""
    printed = VARYING.sub(lambda found: f"{found[1]:<12}{'…':>16}", printed)
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    cut = [line if len(line) <= LONGEST else line[:LONGEST] + "…" for line in lines[:MOST]]
    return "\n".join([*cut, *(["…"] if len(lines) > MOST else [])]) + "\n"


def weights() -> str:
    """A checksum of everything that ships as weights."""
    digest = hashlib.sha256()
    for card in sorted((ROOT / "weights").rglob("*.json")):  # a card holds the checksum of its tensors
        digest.update(card.read_bytes())
    return digest.hexdigest()[:16]


def main() -> None:
    """Run the pages' lines; check or renew what they print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    misfits: dict[Block, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = prepare(Path(folder))
        for block in (block for page in pages() for block in blocks(page.read_text())):
            printed = run(block, Path(folder), environment)
            if block.printed is not None and not fits(block.printed, printed):
                misfits[block] = printed
    if given.check:
        check(misfits)
        return
    for page in pages():
        text = page.read_text()  # read anew: the lines took their time
        for block, printed in misfits.items():
            renewed = block.whole.replace(f"{block.printed}```", f"{shortened(printed)}```")
            text = text.replace(block.whole, renewed)
        page.write_text(WEIGHTS.sub(f"<!-- examples: weights {weights()} -->", text))


def check(misfits: dict[Block, str]) -> None:
    """Say which blocks do not fit, and leave with an error, unless other weights are why."""
    mark = WEIGHTS.search(README.read_text())
    if mark is not None and mark[1] != weights():
        print(OTHER_WEIGHTS)
    elif misfits:
        messages = [
            f"{each.code}prints\n{printed}and not\n{each.printed}" for each, printed in misfits.items()
        ]
        sys.exit("\n".join(messages))


if __name__ == "__main__":
    main()
