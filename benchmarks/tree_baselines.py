"""What the concepts alone know of the class, on the open split of modmiRBase, with no latent in between.

    python benchmarks/tree_baselines.py --data ../shared/data/modmirbase

writes benchmarks/results/tree_baselines.json: accuracy, sensitivity and specificity of a CART of depth 5 and
of gradient boosting on the concepts, trained with and without weights that make up for the missing negatives.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from mirscan.encoding.concepts import compute
from mirscan.training.diva.modmirbase import Examples, load_open_split
from mirscan.training.tree.evaluation import Points, on_concepts, views
from mirscan.training.tree.run import training_weights

OUT = Path(__file__).parent / "results" / "tree_baselines.json"


def points(examples: Examples, weights: np.ndarray) -> Points:
    nowhere = np.empty((len(examples), 0))
    return Points(nowhere, examples.labels == 1, compute(examples.images), weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/modmirbase"))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    split = load_open_split(given.data, given.threads)
    test = points(split.test, split.test.weights)
    trainings = {
        "weighted training": training_weights(split.train),
        "plain training": np.ones(len(split.train)),
    }
    result = {
        training: {
            name: views(called, test, ~split.in_both)
            for name, called in on_concepts(points(split.train, weights), test).items()
        }
        for training, weights in trainings.items()
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
