"""DIVA on the open split of modmiRBase: its cost, where it errs, what 16 bits change, and concepts beside it.

    python -m benchmarks.papers.diva [--only diva] [--only diva_columns] [--only diva_storage --state FILE]

writes a file of each name in benchmarks/results; with `--model diva-wide` the names begin with diva_wide.

diva            `encode_zm`: images a second, by the clock and by processor time (what one core would do if
                it were alone); `batch`: the largest difference of z_m between batch sizes, over the largest
                value of z_m; `training`: seconds a step and minutes an epoch.
diva_columns    On the validation part. `columns`: of the nucleotides in each ten columns, counted from the
                loop, how many there are and which share comes out wrong; `widths`: the three errors of
                images up to 60, 61 to 70 and over 70 columns wide; `wrong_nucleotides_of_the_widest`: the
                share of all wrong nucleotides that is in images over 70 columns.
diva_storage    With --state RUN/resume/FILE.safetensors: the averaged weights of a training in the 32 bits
                they were trained in are stored as float16 (which is what `mirscan train diva` does) and as
                bfloat16, read back, and compared on rows of the open test split: z_m, the verdicts of the
                tree, the classes, the images drawn and Table 1's three errors.
tree_baselines  What the concepts alone know of the class: accuracy, sensitivity and specificity of a CART
                of depth 5 and of gradient boosting, trained with and without weights that make up for the
                missing negatives.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from benchmarks.tools.results import parser_of_parts, write
from mirscan.encoding.concepts import compute
from mirscan.encoding.drawing import BACKGROUND, LOWER, UPPER
from mirscan.models.diva import DIVA, encode_zm
from mirscan.models.mean_path import widths_of
from mirscan.models.resnet import one_hot
from mirscan.scoring.diva_checkpoint import load_network
from mirscan.training.diva.metrics import Reading, figures, read
from mirscan.training.diva.modmirbase import Examples, load_open_split
from mirscan.training.diva.reconstruction import reconstruction_errors
from mirscan.training.diva.train import Options, batch_loss
from mirscan.training.tree.evaluation import Points, on_concepts, views
from mirscan.training.tree.run import training_weights
from mirscan.tree.file import load_tree, locate_tree
from mirscan.tree.rules import Tree

SAMPLE, BATCHES, STEPS = 2048, (1, 7, 64, 256), 5
STEP, WIDTHS = 10, {"up_to_60": (0, 60), "61_to_70": (60, 70), "over_70": (70, 100)}
AVERAGED = "averaged.module."
STORED = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def cost(given: argparse.Namespace) -> dict[str, Any]:
    """What the network costs, and its round-off."""
    split = load_open_split(given.data)
    card, network = load_network(given.model, torch.device("cpu"))
    sample = split.test.take(np.arange(SAMPLE))
    return {
        "threads": given.threads,
        "model": card.sha256,
        "load_average_at_start": round(os.getloadavg()[0], 1),
        "encode_zm": encoding_speed(network, sample.images),
        "batch": batch_dependence(network, sample.images),
        "training": training_speed(sample, len(split.train)),
    }


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
    first = images[:256]
    together = encode_zm(network, first, max(BATCHES))
    scale = float(np.abs(together).max())
    return {
        f"batch_{size}": float(np.abs(encode_zm(network, first, size) - together).max()) / scale
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


def columns(given: argparse.Namespace) -> dict[str, Any]:
    """Where the reconstruction fails, on the validation part: the test part is for final figures."""
    examples = load_open_split(given.data, given.threads).validation
    card, network = load_network(given.model, torch.device("cpu"))
    drawn = read(network, examples).drawn
    strands = slice(UPPER, LOWER + 1)
    there = examples.images[:, strands] != BACKGROUND
    wrong = there & (examples.images[:, strands] != drawn[:, strands])
    width = widths_of(examples.images)
    widths: dict[str, Any] = {}
    for name, (above, widest_of) in WIDTHS.items():
        chosen = (width > above) & (width <= widest_of)
        errors = reconstruction_errors(examples.images[chosen], drawn[chosen]).values()
        widths[name] = {"images": int(chosen.sum()), **{k: round(v, 5) for k, v in errors.items()}}
    widest = width > WIDTHS["over_70"][0]
    return {
        "model_sha256": card.sha256,
        "images": len(examples),
        "columns": by_columns(there, wrong),
        "widths": widths,
        "wrong_nucleotides_of_the_widest": round(float(wrong[widest].sum() / wrong.sum()), 3),
    }


def by_columns(there: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Of nucleotides (n, 2, 100): those that are there and those of them that are wrong, by ten columns."""
    found = {}
    for first in range(0, there.shape[2], STEP):
        span = slice(first, first + STEP)
        count = int(there[:, :, span].sum())
        share = round(float(wrong[:, :, span].sum()) / max(count, 1), 4)
        found[f"{first}-{first + STEP - 1}"] = {"nucleotides": count, "wrong": share}
    return found


def storage(given: argparse.Namespace) -> dict[str, Any]:
    """What 16 bits change, by the state of a run."""
    test = load_open_split(given.data).test
    rows = test.take(np.linspace(0, len(test) - 1, min(given.images, len(test))).astype(int))
    averaged = load_file(given.state).items()
    state = {name.removeprefix(AVERAGED): t for name, t in averaged if name.startswith(AVERAGED)}
    tree, numbers = load_tree(locate_tree(given.tree)), sum(t.numel() for t in state.values())
    readings = {name: read(network_of(state, stored), rows) for name, stored in STORED.items()}
    return {
        "images": len(rows),
        "megabytes": {name: round(numbers * size / 1e6, 1) for name, size in BYTES.items()},
        **{name: compared(reading, readings["float32"], tree, rows) for name, reading in readings.items()},
    }


def network_of(state: dict[str, torch.Tensor], stored: torch.dtype) -> DIVA:
    """The network with its floats rounded as a file would hold them."""
    network = DIVA()
    network.load_state_dict(
        {name: t.to(stored).to(t.dtype) if t.is_floating_point() else t for name, t in state.items()}
    )
    return network.eval()


def compared(stored: Reading, whole: Reading, tree: Tree, examples: Examples) -> dict[str, Any]:
    """A reading against that of the whole weights."""
    z, reference = stored.latents["m"], whole.latents["m"]
    return {
        "largest_difference_of_z_m_over_the_largest_value": float(
            np.abs(z - reference).max() / np.abs(reference).max()
        ),
        "leaves_of_the_tree_that_change": int((tree.walk(z) != tree.walk(reference)).sum()),
        "verdicts_of_the_tree_that_change": int((tree.predict(z) != tree.predict(reference)).sum()),
        "classes_from_z_m_that_change": int((stored.y_from_m != whole.y_from_m).sum()),
        "classes_from_z_y_that_change": int((stored.y != whole.y).sum()),
        "share_of_pixels_that_change": float((stored.drawn != whole.drawn).mean()),
        "errors": figures(stored, examples).errors.values(),
    }


def tree_baselines(given: argparse.Namespace) -> dict[str, Any]:
    """What the concepts alone know of the class, with no latent in between."""
    split = load_open_split(given.data, given.threads)
    test = points(split.test, split.test.weights)
    trainings = {
        "weighted_training": training_weights(split.train),
        "plain_training": np.ones(len(split.train)),
    }
    return {
        training: {
            name: views(called, test, ~split.in_both)
            for name, called in on_concepts(points(split.train, weights), test).items()
        }
        for training, weights in trainings.items()
    }


def points(examples: Examples, weights: np.ndarray) -> Points:
    nowhere = np.empty((len(examples), 0))
    return Points(nowhere, examples.labels == 1, compute(examples.images), weights)


PARTS = {
    "diva": cost,
    "diva_columns": columns,
    "diva_storage": storage,
    "tree_baselines": tree_baselines,
}


def main() -> None:
    parser = parser_of_parts(__doc__, PARTS, "modmirbase", threads=2)
    parser.add_argument("--model", default="diva")
    parser.add_argument("--state", type=Path, help="Of a training, for diva_storage, which needs it.")
    parser.add_argument("--tree", default="diva-tree")
    parser.add_argument("--images", type=int, default=1024, help="Test rows of diva_storage, evenly spread.")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    for name in given.only or PARTS:
        if name != "diva_storage" or given.state:
            write(given.results / f"{named(name, given.model)}.json", PARTS[name](given))


def named(part: str, model: str) -> str:
    """The result of a part for a model: diva_columns for `diva`, diva_wide_columns for `diva-wide`."""
    return part.replace("diva", Path(model).name.replace("-", "_"), 1)


if __name__ == "__main__":
    main()
