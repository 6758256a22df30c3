"""Shares of starts that are near, with intervals over families: members of a family are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
ENDS = (2.5, 97.5)  # per cent of the draws


def by_families(errors: NDArray[np.float64], families: Sequence[str], near: int) -> dict[str, Any]:
    """The share of starts that are off by no more than `near`, with the ends of 95 % of bootstrap draws.

    Args:
        errors: Predicted minus true start of both arms, nt, (n, 2); NaN where the truth is unknown.
        families: Of each of the n hairpins.
        near: nt.
    """
    names, family = np.unique(np.array(families), return_inverse=True)
    counted = [
        np.bincount(family, rows.sum(1), len(names)) for rows in (np.abs(errors) <= near, ~np.isnan(errors))
    ]
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    hits, starts = (drawn @ each for each in counted)
    interval = np.percentile(hits / np.maximum(starts, 1), ENDS)
    return {"share": float(counted[0].sum() / counted[1].sum()), "interval": interval.tolist()}
