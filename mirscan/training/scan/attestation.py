"""How sure it is that a known precursor is one, as the weight with which a network learns it.

MirGeneDB holds families that its curators have seen processed, and where cuts are known both ends of the
precursor were seen; miRBase also lists whatever was submitted, and its families with a single precursor are
the least certain of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.training.scan.precursors import Precursor

CURATED, LISTED, FLANKED = "mirgenedb", "mirbase22", "flanked"  # sources of precursors

Floats = NDArray[np.float64]


def attestation(
    precursors: Sequence[Precursor], families: Sequence[str], curated: float, lone: float
) -> Floats:
    """The weight of each precursor, (n,); 1 for what is neither curated nor alone.

    Args:
        precursors: n of them.
        families: The merged family of each.
        curated: Weight where the family has a precursor of MirGeneDB, or where the cuts are known.
        lone: Weight where the family has one precursor, and only miRBase lists it. The microRNAs of a virus
            hardly ever have relatives, which says nothing against them: they keep 1.
    """
    sources = np.array([precursor.source for precursor in precursors])
    named, sizes = np.array(families), Counter(families)
    single = np.array([sizes[family] == 1 for family in families], dtype=np.bool_)
    viral = np.array([precursor.viral for precursor in precursors], dtype=np.bool_)
    sure = np.isin(named, named[sources == CURATED]) | (sources == FLANKED)
    return np.where(sure, curated, np.where(single & (sources == LISTED) & ~viral, lone, 1.0))


def shares(weights: Floats, precursors: Sequence[Precursor]) -> Floats:
    """How often each precursor is shown, (n,): weights with a mean of 1 in animals, plants and viruses each.

    Curators of MirGeneDB look at animals alone; plants and viruses are to be learnt as often as without
    weights.

    Args:
        weights: (n,), of each example.
        precursors: The precursor of each.
    """
    groups = np.array([2 if each.viral else int(each.plant) for each in precursors], dtype=np.int64)
    totals, counts = np.bincount(groups, weights), np.bincount(groups)
    means = np.divide(totals, counts, out=np.ones(len(counts)), where=counts > 0)
    return weights / means[groups]
