"""Perfect hairpins."""

from __future__ import annotations

import random

PAIRS = str.maketrans("ACGU", "UGCA")


def stem(draw: random.Random) -> str:
    """A perfect hairpin."""
    arm = "".join(draw.choices("ACGU", k=30))
    return arm + "".join(draw.choices("ACGU", k=8)) + arm.translate(PAIRS)[::-1]
