"""How much of each hit the genome repeats, which is measured where the hairpins are scored."""

from __future__ import annotations

from typing import Any

from mirscan.pipeline.annotators.annotator import Column, Count, ShareAnnotator
from mirscan.records import REPEATED


class Repeated(ShareAnnotator):
    """The share of a hit's words that stand in many places of the genome; see `genome/repeats.py`."""

    name = "repeated"
    description = "the share of the hit that stands in many places of the genome, 0 to 1"
    columns = (
        Column(
            "repeated",
            "The share of its sequence that stands in many places of the genome",
            lambda hit: f"{hit.repeated:.2f}",
            "number",
        ),
    )
    schema = {"type": "number", "minimum": 0, "maximum": 1}  # noqa: RUF012
    absent = 0.0
    counts = (
        Count(
            "repeated",
            f"Hits of which more than {REPEATED} of the sequence stands in many places of the genome.",
            lambda hit: hit.repeated > REPEATED,
        ),
    )

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        if note is None or note <= REPEATED:
            return []
        return [
            f"{100 * note:.0f} % of its sequence stands in many places of the genome, as that of "
            "transposons does."
        ]
