"""Small made-up hairpins for the tests of DIVA."""

from __future__ import annotations

import numpy as np

from mirscan.encoding.image import bond_vectors, images
from mirscan.training.diva.modmirbase import Examples


def hairpins(n: int, seed: int = 0) -> Examples:
    """n perfect hairpins; those of more than 20 pairs are precursors, every other one is from neghsa."""
    rng = np.random.default_rng(seed)
    arms = ["".join(rng.choice(list("ACGU"), size)) for size in rng.integers(8, 32, n)]
    complement = str.maketrans("ACGU", "UGCA")
    sequences = [arm + "GAAA" + arm[::-1].translate(complement) for arm in arms]
    pictures = images(sequences, ["(" * len(arm) + "...." + ")" * len(arm) for arm in arms])
    return Examples(
        images=pictures,
        bonds=bond_vectors(pictures),
        labels=np.array([len(arm) > 20 for arm in arms], dtype=np.int64),
        names=np.array([f"hairpin{i}" for i in range(n)]),
        sources=np.array([("neghsa", "mirbase")[i % 2] for i in range(n)]),
        sequences=np.array(sequences),
    )
