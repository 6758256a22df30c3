"""Tables 2, 3 and 4 and Figure 3 of deepMiRGene: trains and measures what they need.

    python -m benchmarks.papers.deepmirgene [--epochs 100] [--only WORD] [--report]

trains what is missing and adds each finished job to benchmarks/results/deepmirgene.csv. It may be stopped at
any time and goes on where it was (states in --runs). In the end, or with --report at once, what is there is
set beside the paper's figures: deepmirgene.md, and two pictures in the folder of that name.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.tools.deepmirgene_jobs import EPOCHS, OWN_SCORERS, RUNS, TREES, Job, all_jobs, read
from benchmarks.tools.deepmirgene_report import report
from benchmarks.tools.results import DATA
from mirscan.training.deepmirgene import kin_columns
from mirscan.training.deepmirgene.benchmarks import known_hairpins
from mirscan.training.deepmirgene.epochs import LstmTraining
from mirscan.training.deepmirgene.evaluation import (
    evaluate_folds,
    evaluate_network,
    evaluate_seed,
)
from mirscan.training.deepmirgene.task import Task, prepare
from mirscan.training.deepmirgene.trees import TreeSettings, fit_and_validate

SEEDS_APART = 100  # between the seeds of two such jobs, each of which uses several


def run_jobs(jobs: Iterable[Job], options: argparse.Namespace) -> None:
    known = known_hairpins(options.known) if options.known else frozenset()
    tasks: dict[str, Task] = {}
    for job in jobs:
        if job.name in RUNS:
            continue
        if job.benchmark not in tasks:
            tasks[job.benchmark] = prepare(
                options.data, job.benchmark, torch.device(options.device), known=known
            )
        print(job.name, flush=True)
        run_job(job, tasks[job.benchmark], options)


def run_job(job: Job, task: Task, options: argparse.Namespace) -> None:
    def watch(name: str, run: LstmTraining) -> None:
        if run.done % 10 == 0:
            print(f"  {name}: epoch {run.done}, loss {run.losses[-1]:.4f}", flush=True)

    seed = SEEDS_APART * job.seed
    if job.kind in TREES:
        trees, validated = fit_and_validate(task, TreeSettings(TREES[job.kind], seed=seed))
        measured = {"cross_validation": validated, **evaluate_network(task, trees)}
    elif job.kind in OWN_SCORERS:
        measured = run_kin_columns(job, task, seed, options.runs / job.name)
    else:
        work = evaluate_folds if job.kind == "folds" else evaluate_seed
        how = job.settings()
        measured = {"epochs": how.epochs, **work(task, how, options.runs / job.name, watch)}
    RUNS.add(job.name, measured)


def run_kin_columns(job: Job, task: Task, seed: int, folder: Path) -> dict[str, Any]:
    """Cross-validate for the first seed alone; the others take over its share and threshold."""
    settings = kin_columns.KinColumnSettings(TreeSettings("kin-trees", seed=seed), seed=seed)
    first = read(replace(job, seed=0)) if job.seed else None
    with tqdm(total=kin_columns.steps(settings), mininterval=10) as bar:
        if first is None:
            chosen = kin_columns.choose(task, settings, folder, bar.update).values()
        else:
            chosen = {name: first["cross_validation"][name] for name in ("share", "threshold")}
        scorer = kin_columns.fit_all(task, settings, chosen["share"], chosen["threshold"], folder, bar.update)
    return {"cross_validation": chosen, **evaluate_network(task, scorer)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA / "deepmirgene")
    parser.add_argument("--known", type=Path, help="table of known precursors for the cleaned test sets")
    parser.add_argument("--runs", type=Path, default=Path("runs/deepmirgene"))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="run jobs whose name holds this word")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--report", action="store_true", help="run nothing")
    options = parser.parse_args()
    if not options.report:
        run_jobs(
            (job for job in all_jobs(options.seeds, options.epochs) if options.only in job.name), options
        )
    report(options.seeds)


if __name__ == "__main__":
    main()
