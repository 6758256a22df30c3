"""What it changes to store DIVA's weights in 16 bits.

    python -m benchmarks.papers.diva_storage --state RUN/resume/FILE.safetensors

takes the averaged weights of a training run in the 32 bits they were trained in, stores them as float16
(which is what `mirscan train diva` does) and as bfloat16, reads them back, and compares on rows of the open
test split: z_m, the verdicts of the tree, the classes, the images drawn and Table 1's three errors. It writes
benchmarks/results/diva_storage.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from benchmarks.tools.results import parser_for, write
from mirscan.models.diva import DIVA
from mirscan.training.diva.metrics import Reading, figures, read
from mirscan.training.diva.modmirbase import Examples, load_open_split
from mirscan.tree.file import load_tree, locate_tree
from mirscan.tree.rules import Tree

AVERAGED = "averaged.module."
STORED = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def network_of(state: dict[str, torch.Tensor], stored: torch.dtype) -> DIVA:
    """The network with its floats rounded as a file would hold them."""
    network = DIVA()
    network.load_state_dict(
        {name: t.to(stored).to(t.dtype) if t.is_floating_point() else t for name, t in state.items()}
    )
    return network.eval()


def compared(one: Reading, whole: Reading, tree: Tree, examples: Examples) -> dict[str, Any]:
    """A reading against that of the whole weights."""
    z, own = one.latents["m"], whole.latents["m"]
    return {
        "largest_difference_of_z_m_over_the_largest_value": float(np.abs(z - own).max() / np.abs(own).max()),
        "leaves_of_the_tree_that_change": int((tree.walk(z) != tree.walk(own)).sum()),
        "verdicts_of_the_tree_that_change": int((tree.predict(z) != tree.predict(own)).sum()),
        "classes_from_z_m_that_change": int((one.y_from_m != whole.y_from_m).sum()),
        "classes_from_z_y_that_change": int((one.y != whole.y).sum()),
        "share_of_pixels_that_change": float((one.drawn != whole.drawn).mean()),
        "errors": figures(one, examples).errors.values(),
    }


def main() -> None:
    parser = parser_for(__doc__, "diva_storage.json", "modmirbase", threads=1)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--tree", default="diva-tree")
    parser.add_argument("--images", type=int, default=1024, help="Test rows, evenly spread.")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    test = load_open_split(given.data).test
    rows = test.take(np.linspace(0, len(test) - 1, min(given.images, len(test))).astype(int))
    averaged = load_file(given.state).items()
    state = {name.removeprefix(AVERAGED): t for name, t in averaged if name.startswith(AVERAGED)}
    tree, numbers = load_tree(locate_tree(given.tree)), sum(t.numel() for t in state.values())
    readings = {name: read(network_of(state, stored), rows) for name, stored in STORED.items()}
    result = {
        "images": len(rows),
        "megabytes": {name: round(numbers * size / 1e6, 1) for name, size in BYTES.items()},
        **{name: compared(one, readings["float32"], tree, rows) for name, one in readings.items()},
    }
    write(given.json, result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
