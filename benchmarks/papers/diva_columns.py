"""Where in the image DIVA's reconstruction fails.

    python -m benchmarks.papers.diva_columns [--model diva] [--threads 1]

reads the validation part of the open split (the test part is for the final figures) and writes
benchmarks/results/diva_columns.json:

- `columns`: of the nucleotides in each ten columns, counted from the loop, how many there are and which share
  comes out wrong;
- `widths`: the three errors of images up to 60, 61–70 and over 70 columns wide, and how many there are;
- `wrong_nucleotides_of_the_widest`: share of all wrong nucleotides that is in images over 70 columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.drawing import BACKGROUND, LOWER, UPPER
from mirscan.models.mean_path import widths_of
from mirscan.scoring.diva_checkpoint import load_network
from mirscan.training.diva.metrics import read
from mirscan.training.diva.modmirbase import load_open_split
from mirscan.training.diva.reconstruction import reconstruction_errors

STEP, WIDTHS = 10, {"up to 60": (0, 60), "61 to 70": (60, 70), "over 70": (70, 100)}


def by_columns(there: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Of nucleotides (n, 2, 100): those that are there and those of them that are wrong, by ten columns."""
    found = {}
    for first in range(0, there.shape[2], STEP):
        span = slice(first, first + STEP)
        count = int(there[:, :, span].sum())
        share = round(float(wrong[:, :, span].sum()) / max(count, 1), 4)
        found[f"{first}-{first + STEP - 1}"] = {"nucleotides": count, "wrong": share}
    return found


def main() -> None:
    parser = parser_for(__doc__, "diva_columns.json", "modmirbase", threads=1)
    parser.add_argument("--model", default="diva")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    examples = load_open_split(given.data, given.threads).validation
    card, network = load_network(given.model, torch.device("cpu"))
    drawn = read(network, examples).drawn
    strands = slice(UPPER, LOWER + 1)
    there = examples.images[:, strands] != BACKGROUND
    wrong = there & (examples.images[:, strands] != drawn[:, strands])
    width = widths_of(examples.images)
    widths: dict[str, Any] = {}
    for name, (above, most) in WIDTHS.items():
        chosen = (width > above) & (width <= most)
        errors = reconstruction_errors(examples.images[chosen], drawn[chosen]).values()
        widths[name] = {"images": int(chosen.sum()), **{k: round(v, 5) for k, v in errors.items()}}
    widest = width > WIDTHS["over 70"][0]
    write(
        given.json,
        {
            "model_sha256": card.sha256,
            "images": len(examples),
            "columns": by_columns(there, wrong),
            "widths": widths,
            "wrong_nucleotides_of_the_widest": round(float(wrong[widest].sum() / wrong.sum()), 3),
        },
    )


if __name__ == "__main__":
    main()
