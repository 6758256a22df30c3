"""The jobs behind deepMiRGene's tables, and what each found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.tools.results import RESULTS
from benchmarks.tools.runs import Runs
from mirscan.models import TABLE_4
from mirscan.training.deepmirgene.epochs import LstmSettings

RUNS = Runs(RESULTS / "deepmirgene.csv")
OWN = "lstm2-attention"
BENCHMARKS = ("human", "cross_species", "new")  # of the last there is a test set alone
TREES = {"trees": "boosted-trees", "kin": "kin-trees"}  # kinds of jobs that fit trees
OWN_SCORERS = {**TREES, "columns": "kin-columns"}
EPOCHS = 300  # the paper's; a shorter run has its number of epochs in the name of its result


@dataclass(frozen=True)
class Job:
    """One thing to train and measure; its name is that of its result."""

    kind: str  # folds or test of a network, or one of `OWN_SCORERS`
    benchmark: str
    architecture: str = OWN
    inputs: str = "both"
    seed: int = 0
    epochs: int = EPOCHS

    @property
    def name(self) -> str:
        if self.kind in OWN_SCORERS:
            return f"{self.kind}-{self.benchmark}-seed{self.seed}"
        seed = f"-seed{self.seed}" if self.kind == "test" else ""
        epochs = f"-epochs{self.epochs}" if self.epochs != EPOCHS else ""
        return f"{self.kind}-{self.benchmark}-{self.architecture}-{self.inputs}{seed}{epochs}"

    def settings(self) -> LstmSettings:
        config = {} if self.inputs == "both" else {"inputs": self.inputs}
        return LstmSettings(self.architecture, config, self.epochs, seed=self.seed)


def all_jobs(seeds: int, epochs: int) -> Iterator[Job]:
    for seed in range(seeds):  # Tables 2 and 3, test sets
        for benchmark in BENCHMARKS:
            for kind in OWN_SCORERS:
                yield Job(kind, benchmark, seed=seed)
            yield Job("test", benchmark, seed=seed, epochs=epochs)
    for benchmark in BENCHMARKS[:2]:  # Table 2, cross-validation
        yield Job("folds", benchmark, epochs=epochs)
    for inputs in ("sequence", "structure"):  # Figure 3
        yield Job("folds", "human", inputs=inputs, epochs=epochs)
    for architecture in TABLE_4:
        if architecture != OWN:
            yield Job("folds", "human", architecture, epochs=epochs)


def read(job: Job) -> dict[str, Any] | None:
    """What a job found; None where it has not been run."""
    return RUNS.read(job.name)
