"""What the other strand of a place scores."""

from __future__ import annotations

from typing import Any

from mirscan.pipeline.annotators.annotator import Annotator, Column
from mirscan.records import Hit


def _text(hit: Hit) -> str:
    score = hit.notes.get(OtherStrand.name)
    return "" if score is None else f"{score:.6f}"


class OtherStrand(Annotator):
    """The score of the hairpin on the opposite strand, which gave way; the note comes with the hits."""

    name = "other_strand"
    description = "score of the hairpin on the opposite strand of the place, where it would be a hit as well"
    columns = (
        Column(
            "other_strand",
            "Score of the hairpin on the opposite strand, if it would be a hit",
            _text,
            "number",
        ),
    )
    schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}  # noqa: RUF012

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        return [] if note is None else [f"The opposite strand scores {note:.6f} and gave way."]
