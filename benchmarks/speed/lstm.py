"""How fast the paper's network trains and scores: seconds an epoch, hairpins a second.

    python -m benchmarks.speed.lstm [--threads 2]

CPU seconds stand beside wall seconds: on a machine that does other work at the same time only they can be
compared.
Result: benchmarks/results/lstm_speed.json.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.sequence import pad
from mirscan.models import build, recurrence
from mirscan.training.deepmirgene.epochs import LstmSettings, LstmTraining
from mirscan.training.deepmirgene.task import prepare

EPOCHS = 3
HAIRPINS = 16_384
BATCH = 1024


def timed(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def training(data: Path) -> dict[str, dict[str, float]]:
    """An epoch with the compiled steps and with torch's own, in turns on the same batches."""
    task = prepare(data, "cross_species", torch.device("cpu"))
    ways = {"compiled": recurrence._steps, "torch": recurrence.steps_in_torch}
    runs = {way: LstmTraining(task.train, LstmSettings(epochs=1 + EPOCHS), None, None) for way in ways}
    took: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(1 + EPOCHS):  # the first compiles
        for way, steps in ways.items():
            with patch.object(recurrence, "_steps", steps):
                took[way].append(timed(runs[way].epoch))
    return {
        way: {
            f"{name}_an_epoch": round(statistics.median(epoch[name] for epoch in epochs[1:]), 3)
            for name in epochs[0]
        }
        for way, epochs in took.items()
    }


def scoring() -> dict[str, float]:
    random = np.random.default_rng(0)
    rows = [random.integers(0, 16, n).astype(np.uint8) for n in np.sort(random.integers(60, 111, HAIRPINS))]
    network = build("lstm2-attention").eval()

    def score_all() -> None:
        with torch.inference_mode():
            for low in range(0, HAIRPINS, BATCH):
                network(*(torch.from_numpy(part) for part in pad(rows[low : low + BATCH])))

    score_all()
    took = timed(score_all)
    return {
        "hairpins_a_second": round(HAIRPINS / took["wall_seconds"]),
        "hairpins_a_cpu_second": round(HAIRPINS / took["cpu_seconds"]),
    }


def main() -> None:
    given = parser_for(__doc__, "lstm_speed.json", "deepmirgene", threads=2).parse_args()
    torch.set_num_threads(given.threads)
    found = {"threads": given.threads, "training": training(given.data), "scoring": scoring()}
    write(given.json, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
