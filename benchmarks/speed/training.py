"""What trainings cost: the processor seconds of a step, and from them the hours of what is shipped.

    python -m benchmarks.speed.training [--only lstm] [--only diva] [--only scan]

A command runs three times: with a few steps, which fills the user's cache, with as many again, and with more.
The difference of the last two is the cost of a step, whatever starts and ends a run. `scan` is a step of one
network of columns on random hairpins: sieving genomes, folding and the readers beside these networks are not
in it. A part that is not measured anew keeps what the file holds. Seconds are those of all processors,
which other work on the machine changes little.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.encoding.columns import encode
from mirscan.folding.viennarna import fold
from mirscan.models.columns import ColumnNetwork
from mirscan.scoring.checkpoint import locate, read_card
from mirscan.training.common.one_cycle import Cycle, RandomBatches, one_cycle
from mirscan.training.scan.settings import BATCH, CLIP, RATE, WEIGHT_DECAY, ScanSettings

PASS = 758  # steps of 32 images in a pass over the training part of the open split
HOUR = 3600


@dataclass(frozen=True)
class Trained:
    """A command that trains.

    Attributes:
        command: Its words; `{steps}` is their number.
        steps: A few, and more.
        unit: What a step is called.
    """

    command: str
    steps: tuple[int, int]
    unit: str


COMMANDS = {
    "lstm": Trained(
        "train lstm --data {data}/deepmirgene --benchmark human --no-folds --epochs {steps}", (1, 4), "epoch"
    ),
    "diva": Trained("train diva --data {data}/modmirbase --epochs {share}", (2, 10), "step"),
}


def measured(trained: Trained, data: Path) -> dict[str, Any]:
    """Processor seconds of a step, and of all else where caches are full."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        few, more = trained.steps
        _run(trained, few, data, place, "first")  # folds are kept in the user's cache: the others find them
        short, long = (_run(trained, steps, data, place, f"{steps}") for steps in trained.steps)
    step = (long - short) / (more - few)
    return {
        "unit": trained.unit,
        "cpu_seconds_a_unit": round(step, 3),
        "cpu_seconds_beside": round(short - few * step, 1),
    }


def _run(trained: Trained, steps: int, data: Path, place: Path, name: str) -> float:
    """Run the command; the processor seconds that it and its workers took."""
    share = f"{steps / PASS:.6f}"
    words = trained.command.format(data=data, steps=steps, share=share).split()
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    before = _seconds()
    whole = [sys.executable, "-m", "mirscan", *words, "--threads", "1", "--out", str(place / name), "--quiet"]
    subprocess.run(whole, check=True, env=alone)
    return _seconds() - before


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class SameBatch(RandomBatches):
    """Batches of a network of columns that are always the same hairpins."""

    def __init__(self, network: ColumnNetwork) -> None:
        super().__init__(seed=0)
        dice = random.Random(0)
        letters = ["".join(dice.choices("ACGU", k=dice.randint(60, 110))) for _ in range(BATCH)]
        folds = [fold(sequence) for sequence in letters]
        examples = encode(letters, [structure for structure, _ in folds], [mfe for _, mfe in folds]).trimmed()
        self.network = network
        self.symbols, self.scalars = (torch.from_numpy(part) for part in examples.arrays())

    def loss(self, step: int) -> Tensor:
        """Cross entropy of hairpins that are none."""
        return softplus(self.network.logits(self.symbols, self.scalars)).mean()


def network_of_columns() -> dict[str, Any]:
    """Processor seconds of a step of one network of `scan`."""
    torch.set_num_threads(1)
    network = ColumnNetwork(**ScanSettings().shape, outputs=2)
    batches = SameBatch(network)
    took = []
    for steps in (3, 23):
        start = process_time()
        one_cycle(network, batches, Cycle(steps, RATE, WEIGHT_DECAY, CLIP))
        took.append(process_time() - start)
    return {"unit": "step", "cpu_seconds_a_unit": round((took[1] - took[0]) / 20, 3)}


def steps_of(part: str) -> dict[str, int]:
    """How many steps made what is shipped: model → steps, of all its networks together."""
    settings = {name: read_card(locate(name)).provenance["settings"] for name in ("human-paper", "scan")}
    networks = 2 * settings["scan"]["members"]
    epochs = settings["human-paper"]["epochs"]
    last = {name: read_card(locate(name)).provenance["steps"] for name in ("diva", "diva-wide")}
    return {
        "lstm": {"human-paper": epochs},
        "scan": {"scan": networks * settings["scan"]["steps"]},
        "diva": {"diva_20_passes_over_the_data": 20 * PASS, **last},
    }[part]


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    **{name: lambda data, trained=trained: measured(trained, data) for name, trained in COMMANDS.items()},
    "scan": lambda _: network_of_columns(),
}


def main() -> None:
    parser = parser_for(__doc__, "training_cost.json")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="a part; default: all")
    given = parser.parse_args()
    found = json.loads(given.json.read_text()) if given.json.exists() else {}
    for name, measure in PARTS.items():
        if not given.only or name in given.only:
            cost = measure(given.data)
            hours = {
                model: steps * cost["cpu_seconds_a_unit"] / HOUR for model, steps in steps_of(name).items()
            }
            steps = steps_of(name)
            found[name] = {
                **made_with(),
                **cost,
                "trainings": {
                    model: {"units": steps[model], "processor_hours": float(f"{value:.2g}")}
                    for model, value in hours.items()
                },
            }
            write(given.json, found)


if __name__ == "__main__":
    main()
