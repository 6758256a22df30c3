"""The columns of the table in words and as a schema, for docs/formats.md, Galaxy and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from mirscan.evidence.registry import REGISTERED
from mirscan.pipeline.annotators import registry
from mirscan.records import Hairpin
from mirscan.writers.text import JSON_FORMAT, JSON_VERSION, PLACE

# what every hit has, as docs/formats.md groups it
PLACE_ROWS = (
    ("name", "the place, `contig:start-end:strand`; what `explain` takes"),
    ("contig start end strand", "where"),
    ("score", "the probability of a precursor, 0 to 1"),
    ("length mfe sequence structure", "nt; kcal/mol; RNA letters and dot-bracket, 5′ to 3′ on the strand"),
)
TYPES = {"str": "string", "int": "integer", "float": "number"}
OPTIONAL = ("tree", "tree_latent", "arms", "arms_sha256")


def names(options: Mapping[str, Any] | None = None) -> list[str]:
    """The names of all columns in the results of a run with these options."""
    return [column.name for column in (*PLACE, *registry.columns(options or {}))]


def documented() -> str:
    """All columns that a table may have as a table of Markdown, a row for what belongs together."""
    options = {"evidence": ",".join(REGISTERED)}
    rows = ["| column | content |", "|---|---|"]
    rows += [_row(listed.split(), content) for listed, content in PLACE_ROWS]
    for annotator in registry.shown(options):
        listed = [column.name for column in annotator.columns_of(options)]
        rows.append(_row(listed, annotator.description))
    return "\n".join(rows)


def _row(listed: Sequence[str], content: str) -> str:
    return f"| {' '.join(f'`{name}`' for name in listed)} | {content} |"


def place_schema() -> dict[str, Any]:
    """JSON Schema of the members that say where a hairpin is and how it folds."""
    return {field.name: {"type": TYPES[str(field.type)]} for field in fields(Hairpin)}


def hits_schema() -> dict[str, Any]:
    """JSON Schema of the `.json` of a scan, published as `schemas/hits.schema.json`."""
    place = place_schema()
    members = {annotator.name: annotator.json_schema() for annotator in registry.ANNOTATORS}
    always = [annotator.name for annotator in registry.shown({})]
    hit = {
        "name": {"type": "string", "description": "Unique: `contig:start-end:strand`, 1-based."},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "Probability of a precursor."},
        **place,
        **members,
    }
    run: dict[str, Any] = {name: {"type": "string"} for name in ("mirscan", "model", "model_sha256")}
    run |= {name: {"type": ["string", "null"]} for name in OPTIONAL}
    run |= {
        "options": {"type": "object", "description": "What decided which hits there are, by name."},
        "coordinates": {"const": "0-based, half-open, plus strand"},
    }
    hits = {
        "type": "array",
        "items": {"type": "object", "required": ["name", "score", *place, *always], "properties": hit},
    }
    contigs = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
    heading = {"format": {"const": JSON_FORMAT}, "format_version": {"const": JSON_VERSION}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hits of mirscan scan or mirscan merge (-o NAME.json)",
        "description": f"Version {JSON_VERSION}. A later version of mirscan may add members without a new "
        "version number; what is here keeps its name and meaning as long as format_version is the same.",
        "type": "object",
        "required": [*heading, *run, "hits", "contigs"],
        "properties": {**heading, **run, "hits": hits, "contigs": contigs},
    }
