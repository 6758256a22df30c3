"""JSON Schema of `explain --json`, published as `schemas/explanations.schema.json`."""

from __future__ import annotations

from typing import Any

from mirscan.encoding.drawing import COLUMNS, ROWS
from mirscan.explanation.as_json import FORMAT, VERSION
from mirscan.pipeline.annotators import registry
from mirscan.writers.columns import place_schema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
ANSWER: Schema = {"type": "boolean"}


def explanations_schema() -> Schema:
    """The schema of the whole document."""
    head = {
        "format": {"const": FORMAT},
        "format_version": {"const": VERSION},
        "mirscan": TEXT,
        "model": TEXT,
        "model_sha256": TEXT,
        "tree": TEXT,
        "tree_latent": _or_null(TEXT),
        "min_score": {**SHARE, "description": "The lowest score of a hairpin that is called."},
        "coordinates": TEXT,
    }
    listed = {"type": "array", "items": _explanation()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Explanations of mirscan explain --json",
        "description": f"Version {VERSION}. A later version of mirscan may add members without a new version "
        "number; what is here keeps its name and meaning as long as format_version is the same.",
        **_object({**head, "explanations": listed}),
    }


def _explanation() -> Schema:
    repeated = {each.name: _or_null(each.json_schema()) for each in registry.explained()}
    always = {
        "name": {**TEXT, "description": "Of the hit or record, or the place as it was asked for."},
        **place_schema(),
        "called": {**ANSWER, "description": "Whether a scan with these models calls it."},
        "scores": {
            "type": "object",
            "description": "Network → score; the first is the one that calls.",
            "additionalProperties": SHARE,
        },
        "attention": _object(
            {"model": TEXT, "values": _list(_or_null(NUMBER), "One a base; null where it does not look.")}
        ),
        "class_activation": _or_null(
            _object(
                {"model": TEXT, "values": _list(_or_null(NUMBER), "The class activation map, one a base.")}
            )
        ),
        "readers": {
            "type": "object",
            "description": "Reader → bits that it adds to the score; empty where one network reads.",
            "additionalProperties": NUMBER,
        },
        "arms": _list(
            _object({"name": {"enum": ["5p", "3p"]}, "start": COUNT, "end": COUNT}),
            "Mature arms in the hairpin, 0-based and half-open.",
        ),
        "rule": _rule(),
        "concepts": {
            "type": "object",
            "description": "Concept → measured value; null where it has none.",
            "additionalProperties": {"type": ["boolean", "number", "string", "null"]},
        },
        "kin": {"type": ["object", "null"], "description": "The known family whose arm it bears."},
        "neighbours": _list(_object({"name": TEXT, "distance": NUMBER}), "Nearest named precursors in z_m."),
        "stages": _or_null(_list(_stage(), "The stages of a scan, up to where the place falls out.")),
        "image": _object(
            {"drawn": _image(), "reconstruction": _image(), "columns": COUNT, "branched": ANSWER}
        ),
        "what_if": _or_null(_what_if()),
    }
    found = _object({**repeated, **always})
    return {**found, "required": [*always]}


def _rule() -> Schema:
    """The path through the tree; further numbers of a leaf may stand beside it."""
    question = _object(
        {"concept": TEXT, "label": TEXT, "unit": TEXT, "kind": TEXT, "threshold": _or_null(NUMBER)}
    )
    step = _object(
        {
            "question": question,
            "yes": ANSWER,
            "margin": NUMBER,
            "value": {"type": ["boolean", "number", "string", "null"]},
            "measured": {"type": ["boolean", "null"]},
        }
    )
    rates = _object({"precursors": NUMBER, "background": NUMBER, "bits": NUMBER})
    always = {
        "text": TEXT,
        "disagreements": COUNT,
        "steps": _list(step, "From the root to the leaf."),
        "precursor": ANSWER,
        "counts": {"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2},
        "share": SHARE,
        "leaf": COUNT,
    }
    return {**_object({**always, "rates": rates}), "required": [*always]}


def _stage() -> Schema:
    numbers = {"value": _or_null(NUMBER), "threshold": _or_null(NUMBER)}
    return _object({"name": TEXT, "passed": {"type": ["boolean", "null"]}, "text": TEXT, **numbers})


def _what_if() -> Schema:
    """The smallest changes that turn a decision; null where none was found."""
    columns = {"type": "array", "items": COUNT}
    bonds = {"opened": columns, "closed": columns, "moved": NUMBER, "rule": _rule(), "image": _image()}
    sequence = {
        "changes": _list(TEXT, "As `G12A`."),
        "sequence": TEXT,
        "structure": TEXT,
        "mfe": NUMBER,
        "score": SHARE,
        "rule": _rule(),
        "image": _image(),
    }
    singles = {"type": "object", "additionalProperties": NUMBER}
    return _object(
        {
            "bonds": _or_null(_object(bonds)),
            "tree": _or_null(_object(sequence)),
            "call": _or_null(_object(sequence)),
            "log_odds_of_single_substitutions": singles,
        }
    )


def _image() -> Schema:
    row = {"type": "string", "pattern": f"^[.GCUA-]{{{COLUMNS}}}$"}
    return {"type": "array", "items": row, "minItems": ROWS, "maxItems": ROWS}


def _object(members: Schema) -> Schema:
    return {"type": "object", "required": [*members], "properties": members}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
