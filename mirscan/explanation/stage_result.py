"""What a stage of the line makes of a place, and which candidates of a search concern it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirscan.genome.regions import same_locus
from mirscan.pipeline.search import Stage
from mirscan.records import place_name


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage of the line makes of a place.

    Attributes:
        name: `sieve`, `first prefilter`, `second prefilter`, `score`, `locus`, `tier` or `rule`.
        passed: Whether the place passes; None where the stage does not decide.
        text: What was found there, in words.
        value: The number that decides; None where none does.
        threshold: The number that it is held against.
    """

    name: str
    passed: bool | None
    text: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a strand, 0-based and half-open on the plus strand."""

    contig: str
    start: int
    end: int
    strand: str

    def meets(self, start: int, end: int) -> bool:
        """Whether an interval on the same strand is the same locus, as `loci` has it."""
        return same_locus(self.start, self.end, start, end)

    def name(self, start: int, end: int) -> str:
        """What a hit at an interval of this strand would be called."""
        return place_name(self.contig, start, end, self.strand)


class Here:
    """What of a stage of the search concerns a place.

    Attributes:
        stage: The stage.
        rows: int64 (n,), those of its candidates that are the same locus as the place.
    """

    def __init__(self, stage: Stage, place: Place) -> None:
        self.stage = stage
        self._place = place
        ends = [stage.joined.place(stage.came, row) for row in range(len(stage.came))]
        meets = [end[3] == place.strand and place.meets(end[1], end[2]) for end in ends]
        self.rows = np.flatnonzero(np.array(meets, dtype=np.bool_))

    def name(self, row: int) -> str:
        """What a hit at a candidate would be called."""
        return place_name(*self.stage.joined.place(self.stage.came, row))

    def result(self, then: str, unasked: str) -> StageResult:
        """The best candidate of the place by the values of a prefilter, and what happens to it."""
        stage = self.stage
        if stage.values is None or stage.threshold is None:
            return StageResult(stage.name, None, unasked)
        values = stage.values[self.rows]
        best = int(values.argmax())
        row, value = int(self.rows[best]), float(values[best])
        if not np.isfinite(value):  # the sieve did not offer it
            return StageResult(stage.name, True, f"other evidence asks for {self.name(row)}")
        text = f"{self.name(row)} has a logit of {_shown(value)}; "
        text += f"from {_shown(stage.threshold)} on it is {then}"
        rescued = stage.rescued is not None and bool(stage.rescued[self.rows].any())
        if rescued and value < stage.threshold:
            text += "; other evidence asks for it all the same"
        passed = bool(stage.passed[self.rows].any())
        return StageResult(stage.name, passed, text, value, stage.threshold)


def _shown(logit: float) -> str:
    return f"{logit:.2f}".replace("-", "−")
