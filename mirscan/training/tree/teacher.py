"""A teacher for the tree of the genome: boosting on the concepts, asked about what it has not learnt.

A tree that is grown on the classes alone chases the chance of a few hundred precursors. Grown on what
boosting says of candidates of other families and other stretches of the genomes, it finds steadier
thresholds. What the tree finally says of a leaf is counted on the classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
SEEDS = 2  # boosted models whose mean is the teacher


@dataclass(frozen=True, slots=True)
class Classes:
    """n candidates of known class.

    Attributes:
        points: float64 (n, c), their concepts.
        y: bool (n,), precursor.
        weights: float64 (n,).
        group: int64 (n,), 0..k-1: what is related has the same.
    """

    points: Floats
    y: Bools
    weights: Floats
    group: NDArray[np.int64]


def boosting(seed: int) -> HistGradientBoostingClassifier:
    """Small trees, many of them, each split of some of the concepts."""
    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        max_leaf_nodes=12,
        min_samples_leaf=20,
        l2_regularization=1.0,
        max_features=0.4,
        random_state=seed,
    )


def probabilities(learnt: Classes, asked: Floats) -> Floats:
    """What boosting on some candidates says of the points (m, c): (m,)."""
    models = [boosting(seed).fit(learnt.points, learnt.y, learnt.weights) for seed in range(SEEDS)]
    mean: Floats = np.mean([model.predict_proba(asked)[:, 1] for model in models], axis=0)
    return mean


def out_of_group(learnt: Classes, more: Floats) -> tuple[Floats, Floats]:
    """What teachers say of candidates, none of a group that the teacher has learnt.

    Args:
        learnt: The candidates.
        more: float64 (m, c), others, of which no teacher has learnt any: the mean of all is taken.

    Returns:
        Probabilities (n,) and (m,).
    """
    logits, of_more = np.zeros(len(learnt.y)), []
    for group in np.unique(learnt.group).tolist():
        aside = learnt.group == group
        rest = Classes(*(field[~aside] for field in (learnt.points, learnt.y, learnt.weights, learnt.group)))
        both = probabilities(rest, np.concatenate([learnt.points[aside], more]))
        logits[aside] = both[: aside.sum()]
        of_more.append(both[aside.sum() :])
    return logits, np.mean(of_more, axis=0)
