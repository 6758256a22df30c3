"""The terms of each hit's score, where more than the network was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mirscan.evidence.score import HAIRPIN, Sum
from mirscan.pipeline.annotators.annotator import Annotator, Column, Options
from mirscan.records import Hit

TOTAL = "bits"
TERM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Kind of evidence."},
        "bits": {"type": "number", "description": "For (+) or against (-)."},
        "sentence": {"type": "string", "description": "Why; empty where there is nothing to say."},
        "numbers": {"type": "object", "description": "What stands behind it."},
    },
    "required": ["name", "bits", "sentence", "numbers"],
}


class EvidenceTerms(Annotator):
    """How many bits each kind of evidence weighs; the notes come with the hits, which are sums."""

    name = "evidence"
    description = "the bits of the prior and all evidence together, and of each kind, for (+) or against (-)"
    columns = (
        Column(
            TOTAL,
            "The prior and all evidence together, in bits",
            lambda hit: f"{hit.evidence.bits:.2f}" if hit.evidence else "",
            "number",
        ),
    )
    schema = {  # noqa: RUF012
        "type": "object",
        "properties": {
            "prior": {"type": "number", "description": "Bits before any evidence."},
            TOTAL: {"type": "number", "description": "Prior and all terms together."},
            "terms": {"type": "array", "items": TERM},
        },
        "required": ["prior", TOTAL, "terms"],
    }

    @classmethod
    def shown(cls, options: Options) -> bool:
        """See `Annotator`."""
        return str(options.get("evidence", HAIRPIN)) != HAIRPIN

    @classmethod
    def columns_of(cls, options: Options) -> Sequence[Column]:
        """See `Annotator`; a column for each kind that the run asked."""
        kinds = str(options.get("evidence", HAIRPIN)).split(",")
        return (*cls.columns, *(_column(kind) for kind in kinds))

    @classmethod
    def as_json(cls, note: Any) -> Any:
        """See `Annotator`."""
        if isinstance(note, Sum):
            return note.as_dict() if len(note.terms) > 1 else None
        return note

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        try:
            totals = {name: float(value[name]) for name in ("prior", TOTAL)}
            terms = [{**_term(term["name"], float(term["bits"])), **term} for term in value["terms"]]
        except (KeyError, TypeError, ValueError):
            return None
        return {**totals, "terms": terms}

    @classmethod
    def restored(cls, value: Any) -> Any:
        """See `Annotator`."""
        return value and Sum.from_dict(value)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`: a table holds the bits, and no sentences."""
        names = [name.removeprefix(f"{TOTAL}_") for name in texts if name.startswith(f"{TOTAL}_")]
        total = super().from_texts(texts)
        if total is None:
            return None
        try:
            terms = [_term(name, float(texts[f"{TOTAL}_{name}"])) for name in names]
        except ValueError:
            return None
        prior = round(total - sum(term["bits"] for term in terms), 2)
        return {"prior": prior, TOTAL: total, "terms": terms}

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        if note is None:
            return []
        terms = [term for term in note["terms"] if term["bits"] or term["sentence"]]
        return [
            f"{note[TOTAL]:+.2f} bits in all: {note['prior']:+.2f} before any evidence.",
            *(f"{term['bits']:+.2f} bits by {term['name']}{_why(term)}." for term in terms),
        ]


def _why(term: Mapping[str, Any]) -> str:
    return f": {term['sentence']}" if term["sentence"] else ""


def _term(name: str, bits: float) -> dict[str, Any]:
    return {"name": name, "bits": bits, "sentence": "", "numbers": {}}


def _column(kind: str) -> Column:
    return Column(f"{TOTAL}_{kind}", f"Bits by the evidence of {kind}", _bits_of(kind), "number")


def _bits_of(kind: str) -> Callable[[Hit], str]:
    def text(hit: Hit) -> str:
        term = hit.evidence and hit.evidence.term(kind)
        return f"{term.bits:.2f}" if term else ""

    return text
