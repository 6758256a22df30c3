"""Everything that hangs on the weights of DIVA, made anew after a training.

    python -m benchmarks.papers.after_diva --run RUN [--threads 2]

takes the checkpoint of a run of `mirscan train diva` (without --run: the weights that are there already) and

1. copies it to weights/diva, with the run's log as benchmarks/results/diva_training.csv, or diva_frozen.csv
   for a run with --freeze,
2. fits weights/diva-tree and weights/diva-neighbours, which a run with --freeze leaves as they are,
3. writes diva_open_split.json, diva_columns.json, the figures 5, 6 and 7, tree_on_zm.json and .svg,
   diva.json and, with a run, diva_storage.json in benchmarks/results.

Each command is printed before it runs, with the seconds it took after it; one that fails ends the script.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.tools.results import DATA, ROOT
from mirscan.scoring.checkpoint import read_card

DIVA = Path("weights/diva")
RESULTS = Path("benchmarks/results")
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


def frozen() -> bool:
    """Whether the weights that are there were trained with z_m as it was before."""
    return bool(read_card(ROOT / DIVA).provenance["settings"].get("freeze"))


def adopt(run: Path) -> Path:
    """Take over the weights of a run; its latest state comes back."""
    for name in ("card.json", "model.safetensors"):
        shutil.copy(run / name, ROOT / DIVA / name)
    log = "diva_frozen.csv" if frozen() else "diva_training.csv"
    shutil.copy(run / "log.csv", ROOT / RESULTS / log)
    return max((run / "resume").glob("*.safetensors"), key=lambda path: path.stat().st_mtime).resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path)
    parser.add_argument("--data", default=str(DATA / "modmirbase"))
    parser.add_argument("--threads", default="1")
    given = parser.parse_args()
    state = adopt(given.run) if given.run else None
    for arguments in commands(given.data, given.threads, state, frozen()):
        started = perf_counter()
        print(shlex.join(["python", *arguments]), flush=True)
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)
        print(f"  {perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
