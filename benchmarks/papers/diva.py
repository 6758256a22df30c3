"""What DIVA costs and what its round-off is.

    python -m benchmarks.papers.diva --model diva --threads 2

writes benchmarks/results/diva.json:

- `encode_zm`: images a second, by the clock and by processor time (what one core would do if it were alone);
- `batch`: the largest difference of z_m between batch sizes, over the largest value of z_m;
- `training`: seconds a step and minutes an epoch of the open split.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.tools.results import parser_for, write
from mirscan.models.diva import DIVA, encode_zm
from mirscan.models.resnet import one_hot
from mirscan.scoring.diva_checkpoint import load_network
from mirscan.training.diva.modmirbase import Examples, load_open_split
from mirscan.training.diva.train import Options, batch_loss

SAMPLE, BATCHES, STEPS = 2048, (1, 7, 64, 256), 5


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - clock, time.process_time() - processor


def encoding_speed(network: DIVA, images: np.ndarray) -> dict[str, float]:
    encode_zm(network, images[:64])
    clock, processor = timed(lambda: encode_zm(network, images))
    return {
        "images": len(images),
        "images_per_second": round(len(images) / clock),
        "images_per_second_of_processor_time": round(len(images) / processor),
    }


def batch_dependence(network: DIVA, images: np.ndarray) -> dict[str, float]:
    some = images[:256]
    together = encode_zm(network, some, max(BATCHES))
    scale = float(np.abs(together).max())
    return {
        f"batch_{size}": float(np.abs(encode_zm(network, some, size) - together).max()) / scale
        for size in BATCHES
    }


def training_speed(examples: Examples, training_images: int) -> dict[str, float]:
    options = Options()
    network = DIVA()
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate, fused=True)
    rows = np.arange(options.batch)
    x = one_hot(torch.from_numpy(examples.images[rows]))
    y, m = torch.from_numpy(examples.labels[rows]), torch.from_numpy(examples.bonds[rows])

    def step() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(batch_loss(network, x, y, m).total(0.5))
        optimizer.step()

    step()
    clock, processor = timed(lambda: [step() for _ in range(STEPS)])
    steps = math.ceil(training_images / options.batch)
    return {
        "batch": options.batch,
        "seconds_per_step": round(clock / STEPS, 3),
        "processor_seconds_per_step": round(processor / STEPS, 3),
        "minutes_per_epoch": round(clock / STEPS * steps / 60, 2),
    }


def main() -> None:
    parser = parser_for(__doc__, "diva.json", "modmirbase", threads=2)
    parser.add_argument("--model", default="diva")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    split = load_open_split(given.data)
    card, network = load_network(given.model, torch.device("cpu"))
    sample = split.test.take(np.arange(SAMPLE))
    result = {
        "threads": given.threads,
        "model": card.sha256,
        "load_average_at_start": round(os.getloadavg()[0], 1),
        "encode_zm": encoding_speed(network, sample.images),
        "batch": batch_dependence(network, sample.images),
        "training": training_speed(sample, len(split.train)),
    }
    write(given.json, result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
