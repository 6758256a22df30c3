"""Everything that hangs on the weights of DIVA, made anew after a training.

    python -m benchmarks.tools.after_diva --run RUN [--run RUN …] [--model diva-wide] [--threads 2]

takes the checkpoint of a run of `mirscan train diva` (without --run: the weights that are there already) and

1. copies it to weights/diva, with the run's log as benchmarks/results/diva_training.csv, or diva_frozen.csv
   for a run with --freeze,
2. fits weights/diva-tree and weights/diva-neighbours, which a run with --freeze leaves as they are,
3. writes diva_open_split.json, diva_columns.json, the figures 5, 6 and 7, tree_on_zm.json and .svg,
   diva.json and, with a run, diva_storage.json in benchmarks/results.

With `--model diva-wide`, whose z_m and tree are those of `diva`, it writes weights/diva-wide, diva_wide.json,
diva_wide_columns.json, diva_wide_generation.json and the figures, and adds the logs of the runs to
diva_wide.csv; of several runs, each was begun with the weights of the one before, and the checkpoint of the
last counts.

Each command is printed before it runs, with the seconds it took after it; one that fails ends the script.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.tools.results import DATA, ROOT
from mirscan.scoring.checkpoint import read_card

DIVA, WIDE = Path("weights/diva"), Path("weights/diva-wide")
RESULTS = Path("benchmarks/results")
WIDE_LOG = "diva_wide.csv"
MIRSCAN = ("-m", "mirscan")


def commands(data: str, threads: str, state: Path | None, same_latent: bool) -> Iterator[list[str]]:
    """Arguments of Python, one list a command, in an order in which each finds what it needs."""
    common = ["--data", data, "--threads", threads]
    made = [*common, "--diva", str(DIVA), "--force"]
    if not same_latent:
        fitted = ["--choose", "--min-samples", "200", "--out", "weights/diva-tree"]
        yield [*MIRSCAN, "train", "tree", *made, *fitted]
        yield [*MIRSCAN, "train", "neighbours", *made, "--out", "weights/diva-neighbours"]
    measured = ["--json", str(RESULTS / "diva_open_split.json"), "--figures", str(RESULTS / "diva")]
    yield [*MIRSCAN, "evaluate", "diva", *common, *measured, "--force"]
    tree = ["--json", str(RESULTS / "tree_on_zm.json"), "--figure", str(RESULTS / "tree_on_zm.svg")]
    shipped = ["--diva", "diva", "--tree", "weights/diva-tree"]
    yield [*MIRSCAN, "evaluate", "tree", *common, *shipped, *tree, "--force"]
    of_state = ["--only", "diva_storage", "--state", str(state)] if state else []
    parts = ["--only", "diva_columns", "--only", "diva", *of_state]
    yield ["-m", "benchmarks.papers.diva", *common, *parts]


def commands_of_wide(data: str, threads: str) -> Iterator[list[str]]:
    """The same for `diva-wide`."""
    common = ["--data", data, "--threads", threads, "--model", WIDE.name]
    measured = ["--json", str(RESULTS / "diva_wide.json"), "--figures", str(RESULTS / "diva_wide")]
    yield [*MIRSCAN, "evaluate", "diva", *common, *measured, "--force"]
    yield ["-m", "benchmarks.papers.diva", *common, "--only", "diva_columns"]
    yield ["-m", "benchmarks.papers.diva_generation", *common]


def frozen() -> bool:
    """Whether the weights that are there were trained with z_m as it was before."""
    return bool(read_card(ROOT / DIVA).provenance["settings"].get("freeze"))


def adopt(run: Path) -> Path:
    """Take over the weights of a run; its latest state comes back."""
    take_weights(run, DIVA)
    log = "diva_frozen.csv" if frozen() else "diva_training.csv"
    shutil.copy(run / "log.csv", ROOT / RESULTS / log)
    return max((run / "resume").glob("*.safetensors"), key=lambda path: path.stat().st_mtime).resolve()


def adopt_wide(runs: Sequence[Path]) -> None:
    """Take over the weights of the last run, and the logs of all: their steps go on where the file ends."""
    take_weights(runs[-1], WIDE)
    for run in runs:
        add_log(run / "log.csv", ROOT / RESULTS / WIDE_LOG)


def take_weights(run: Path, folder: Path) -> None:
    for name in ("card.json", "model.safetensors"):
        shutil.copy(run / name, ROOT / folder / name)


def add_log(log: Path, to: Path) -> None:
    """Add the rows of a log to another; each `step` counts from the last that is there."""
    with to.open(encoding="utf-8", newline="") as stream:
        last = max(int(row["step"]) for row in csv.DictReader(stream))
    with log.open(encoding="utf-8", newline="") as stream, to.open("a", encoding="utf-8", newline="") as out:
        for row in csv.DictReader(stream):
            csv.writer(out).writerow([int(row.pop("step")) + last, *row.values()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, action="append", default=[])
    parser.add_argument("--model", choices=(DIVA.name, WIDE.name), default=DIVA.name)
    parser.add_argument("--data", default=str(DATA / "modmirbase"))
    parser.add_argument("--threads", default="1")
    given = parser.parse_args()
    for arguments in made(given):
        started = perf_counter()
        print(shlex.join(["python", *arguments]), flush=True)
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)
        print(f"  {perf_counter() - started:.0f} s", flush=True)


def made(given: argparse.Namespace) -> Iterator[list[str]]:
    """Take over what was trained; the commands that follow."""
    if given.model == WIDE.name:
        if given.run:
            adopt_wide(given.run)
        return commands_of_wide(given.data, given.threads)
    state = adopt(given.run[-1]) if given.run else None
    return commands(given.data, given.threads, state, frozen())


if __name__ == "__main__":
    main()
