"""What the concepts alone know of the class, on the open split of modmiRBase, with no latent in between.

    python -m benchmarks.papers.tree_baselines

writes benchmarks/results/tree_baselines.json: accuracy, sensitivity and specificity of a CART of depth 5 and
of gradient boosting on the concepts, trained with and without weights that make up for the missing negatives.
"""

from __future__ import annotations

import numpy as np

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.concepts import compute
from mirscan.training.diva.modmirbase import Examples, load_open_split
from mirscan.training.tree.evaluation import Points, on_concepts, views
from mirscan.training.tree.run import training_weights


def points(examples: Examples, weights: np.ndarray) -> Points:
    nowhere = np.empty((len(examples), 0))
    return Points(nowhere, examples.labels == 1, compute(examples.images), weights)


def main() -> None:
    given = parser_for(__doc__, "tree_baselines.json", "modmirbase", threads=1).parse_args()
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
    write(given.json, result)


if __name__ == "__main__":
    main()
