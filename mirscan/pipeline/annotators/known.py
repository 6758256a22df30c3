"""Which hits are known microRNAs, and which of the known were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from mirscan.pipeline.annotators.annotator import Annotator, Column
from mirscan.pipeline.known import ANTISENSE, KNOWN, NEW, Recall
from mirscan.records import Hit, Label


class KnownLabel(Annotator):
    """The label of each hit beside a list of known microRNAs.

    Attributes:
        recall: Counts what of the known was found.
    """

    name = "known"
    description = "`known`, `antisense` or `new`, and what is known there"
    columns = (
        Column(
            "known",
            "What the hit is beside the known microRNAs: known, antisense or new",
            lambda hit: hit.known.kind if hit.known else "",
        ),
        Column(
            "known_names",
            "What is known there",
            lambda hit: " ".join(hit.known.names) if hit.known else "",
        ),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {
            "kind": {"enum": [KNOWN, ANTISENSE, NEW]},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["kind", "names"],
    }
    gff3_rank = 1  # names may be many: behind the numbers
    explained = False  # it depends on the list that a run was given
    listed = True

    def __init__(self, recall: Recall) -> None:
        self.recall = recall

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for hit in hits:
            yield hit.noted(known=self.recall.label(hit))

    @classmethod
    def as_json(cls, note: Any) -> Any:
        """See `Annotator`."""
        return note and asdict(note)

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        if not isinstance(value, dict) or value.get("kind") not in (KNOWN, ANTISENSE, NEW):
            return None
        names = value.get("names")
        return Label(value["kind"], tuple(map(str, names)) if isinstance(names, list) else ())

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`."""
        return cls.from_json({"kind": texts.get("known"), "names": texts.get("known_names", "").split()})
