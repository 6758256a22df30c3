"""The rank of each hit: what to validate first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mirscan.pipeline.annotators.annotator import Annotator, Column
from mirscan.pipeline.loci import strength
from mirscan.records import Hit


class Rank(Annotator):
    """The place of each hit in the list of all, by score, then by bits; equal ones rank in genome order."""

    name = "rank"
    description = "1 for the best hit of the run: what to validate first"
    columns = (
        Column(
            "rank",
            "Place of the hit in the list by score",
            lambda hit: str(hit.notes.get("rank", "")),
            "integer",
        ),
    )
    schema = {"type": ["integer", "null"], "minimum": 1}  # noqa: RUF012
    explained = False  # it speaks of a whole run

    def __init__(self, top: int | None = None) -> None:
        """Keep the best.

        Args:
            top: How many; None for all.
        """
        self._top = top

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`; all hits are there before the first one leaves."""
        every = list(hits)
        by_score = sorted(range(len(every)), key=lambda number: strength(every[number]), reverse=True)
        rank_of = {number: rank for rank, number in enumerate(by_score, 1)}
        for number, hit in enumerate(every):
            if self._top is None or rank_of[number] <= self._top:
                yield hit.noted(rank=rank_of[number])
