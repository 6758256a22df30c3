"""What a tree asks of a hairpin: whether a named concept is above a threshold, or so at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

UPPER = "upper"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked at an inner node.

    Attributes:
        concept: Name of the concept.
        label: The concept in plain words.
        unit: Its unit, empty for answers and shares.
        kind: `boolean`, `count`, `fraction` or `strand`.
        threshold: Yes means above it; None for `boolean` (yes means true) and `strand` (yes means upper).
    """

    concept: str
    label: str
    unit: str
    kind: str
    threshold: float | None = None

    @property
    def text(self) -> str:
        """The question in words: `base pairs in stem > 0.5`."""
        if self.threshold is not None:
            return f"{self.label} > {self.threshold:g}"
        return f"{self.label} on the {UPPER} strand" if self.kind == "strand" else self.label

    def answers(self, values: ArrayLike) -> NDArray[np.bool_]:
        """The measured answer for concept values (n,); an empty value (NaN, empty string) is a no."""
        array = np.asarray(values)
        if self.threshold is not None:
            return np.asarray(array.astype(np.float64) > self.threshold)
        return np.asarray(array == UPPER) if self.kind == "strand" else array.astype(np.bool_)
