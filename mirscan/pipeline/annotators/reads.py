"""What small RNA reads say of each hit: how many, the arms that they show, the points of curators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from mirscan.evidence.score import HAIRPIN
from mirscan.pipeline.annotators.annotator import Annotator, Column, Count, Options
from mirscan.pipeline.annotators.arms_from import NAME as PLACED_BY
from mirscan.pipeline.annotators.arms_from import READS
from mirscan.reads.arms import arms_of_reads
from mirscan.reads.criteria import CRITERIA, Criterion, all_hold
from mirscan.reads.measurement import NAME, read_signature
from mirscan.records import Hit

POINT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "holds": {"type": ["boolean", "null"], "description": "Null where the reads are too few to tell."},
        "text": {"type": "string"},
    },
    "required": ["name", "holds", "text"],
}


def _number(key: str) -> Callable[[Hit], str]:
    """A number of the note as text."""

    def text(hit: Hit) -> str:
        note = hit.notes.get(NAME)
        return "" if note is None else f"{note[key]:.10g}"

    return text


def _failing(hit: Hit) -> str:
    note = hit.notes.get(NAME)
    if note is None:
        return ""
    return ",".join(point["name"] for point in note["criteria"] if not point["holds"]) or "none"


class SmallRnaReads(Annotator):
    """The reads of each hit; arms that they show replace those of family and network."""

    name = NAME
    description = "small RNA reads (`--reads`): how many, and which points of curators fail"
    columns = (
        Column("reads", "Small RNA reads on the hairpin, on its strand", _number("reads"), "number"),
        Column("reads_5p", "Of these, reads of the 5′ arm", _number("five_prime"), "number"),
        Column("reads_3p", "Of these, reads of the 3′ arm", _number("three_prime"), "number"),
        Column("criteria_failed", "Points of curators that fail or are open; none where all hold", _failing),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {
            "reads": {"type": "number"},
            "five_prime": {"type": "number"},
            "three_prime": {"type": "number"},
            "criteria": {"type": "array", "items": POINT},
            "samples": {
                "type": "object",
                "description": "Library → reads of the 5′ arm and of the 3′ arm.",
                "additionalProperties": {"type": "array", "items": {"type": "number"}},
            },
        },
        "required": ["reads", "five_prime", "three_prime", "criteria", "samples"],
    }
    counts = (
        Count(
            "with_reads",
            "Hits with small RNA reads on their strand.",
            lambda hit: bool((hit.notes.get(NAME) or {}).get("reads")),
        ),
    )

    def __init__(self, criteria: str = "mirgenedb", require: bool = False) -> None:
        """Choose the points.

        Args:
            criteria: A key of `CRITERIA`.
            require: Keep only hits of which every point holds.
        """
        self._points = CRITERIA[criteria]
        self._require = require

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for hit in hits:
            term = hit.evidence.term(NAME) if hit.evidence else None
            if term is None or not term.numbers:
                if not self._require:
                    yield hit
                continue
            found = read_signature(term.numbers)
            points = self._points(hit.hairpin, found, term.numbers["samples"])
            if self._require and not all_hold(points):
                continue
            arms = arms_of_reads(hit.hairpin, found)
            note = {
                "reads": round(found.reads, 2),
                "five_prime": round(found.five_prime.reads, 2) if found.five_prime else 0.0,
                "three_prime": round(found.three_prime.reads, 2) if found.three_prime else 0.0,
                "criteria": [asdict(point) for point in points],
                "samples": term.numbers["samples"],
            }
            yield hit.noted(**{NAME: note, **({"arms": arms, PLACED_BY: READS} if arms else {})})

    @classmethod
    def shown(cls, options: Options) -> bool:
        """See `Annotator`."""
        return NAME in str(options.get("evidence", HAIRPIN)).split(",")

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`: a table says which points fail, and not why."""
        try:
            counts = {"reads": "reads", "five_prime": "reads_5p", "three_prime": "reads_3p"}
            note: dict[str, Any] = {key: float(texts[column]) for key, column in counts.items()}
            failed = [name for name in texts["criteria_failed"].split(",") if name != "none"]
        except (KeyError, ValueError):
            return None
        note["criteria"] = [asdict(Criterion(name, False, name)) for name in failed]
        return {**note, "samples": {}}

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        if note is None:
            return []
        marks = {True: "holds", False: "fails", None: "open"}
        points = [f"{marks[point['holds']]}: {point['text']}" for point in note["criteria"]]
        return [f"Curators' points: {'; '.join(points)}."] if points else []
