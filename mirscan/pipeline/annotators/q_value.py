"""How sure each hit is, by the decoys of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mirscan.pipeline.annotators.annotator import Column, ShareAnnotator
from mirscan.pipeline.qvalues import QValues
from mirscan.records import Hit


class QValue(ShareAnnotator):
    """The q-value of each hit, and none of too high a one."""

    name = "q_value"
    description = "of the hits that score no worse, the share that is false, 0 to 1"
    columns = (
        Column(
            "q_value",
            "The share of false hits among those that score no worse: by decoys, or real DNA if it has more",
            lambda hit: "" if hit.q_value is None else f"{hit.q_value:.6f}",
            "number",
        ),
    )
    schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}  # noqa: RUF012
    explained = False  # it speaks of a whole run
    listed = True

    def __init__(self, q_values: QValues, fdr: float | None = None) -> None:
        self._q_values = q_values
        self._highest = 1.0 if fdr is None else fdr

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for hit in hits:
            q_value = self._q_values.q(hit.score)
            if q_value <= self._highest:
                yield hit.noted(q_value=q_value)
