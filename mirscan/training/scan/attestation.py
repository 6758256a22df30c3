"""How sure it is that a known precursor is one, as the weight with which a network learns it.

MirGeneDB holds families that its curators have seen processed; miRBase also lists whatever was submitted, and
its families with a single precursor are the least certain of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.training.scan.precursors import Precursor

CURATED, LISTED = "mirgenedb", "mirbase22"  # sources of precursors


def attestation(
    precursors: Sequence[Precursor], families: Sequence[str], curated: float, lone: float
) -> NDArray[np.float64]:
    """The weight of each precursor, (n,); 1 for what is neither curated nor alone.

    Args:
        precursors: n of them. One with real flanks, of which the cuts are known, is never taken as alone.
        families: The merged family of each.
        curated: Weight where the family has a precursor of MirGeneDB.
        lone: Weight where the family has one precursor, and only miRBase lists it.
    """
    sources = np.array([precursor.source for precursor in precursors])
    named, sizes = np.array(families), Counter(families)
    single = np.array([sizes[family] == 1 for family in families], dtype=np.bool_)
    sure = np.isin(named, named[sources == CURATED])
    return np.where(sure, curated, np.where(single & (sources == LISTED), lone, 1.0))
