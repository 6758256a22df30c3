"""What is read of scikit-learn's own trees: private names, of any version that is allowed."""

from __future__ import annotations

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from mirscan.models.trees import LEAF
from mirscan.training.deepmirgene.trees import gather

FIELDS = ("is_leaf", "feature_idx", "num_threshold", "left", "right", "value")


def test_the_private_trees_of_scikit_learn_are_as_they_are_read() -> None:
    """Fails where a scikit-learn keeps its trees otherwise: then `deepmirgene.trees.gather` must follow."""
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 5)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] ** 2 > 0.5).astype(np.int64)
    model = HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=6, random_state=0).fit(x, y)
    here = f"scikit-learn {sklearn.__version__}"
    for name in ("_predictors", "_baseline_prediction"):
        assert hasattr(model, name), f"{here}: no {name}, which `gather` reads"
    assert all(len(stage) == 1 for stage in model._predictors), f"{here}: not a tree a round"
    nodes = model._predictors[0][0].nodes
    missing = [name for name in FIELDS if name not in (nodes.dtype.names or ())]
    assert not missing, f"{here}: nodes without {', '.join(missing)}, which `gather` reads"
    trees = gather([model])
    feature, threshold, child, value = (
        part.numpy() for part in (trees.feature, trees.threshold, trees.child, trees.value)
    )
    walked = np.full(len(x), float(trees.baseline))
    for row in range(len(x)):
        for tree in range(len(feature)):
            node = 0
            while feature[tree, node] != LEAF:
                node = child[tree, node, int(x[row, feature[tree, node]] > threshold[tree, node])]
            walked[row] += value[tree, node]
    assert np.allclose(walked, model.decision_function(x), atol=1e-9), f"{here}: another walk through trees"
