"""Explanations as JSON: everything that the page shows, as numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from mirscan.encoding.image import COLOURS
from mirscan.explanation.content import Explanation, OtherBonds, OtherSequence, WhatIf
from mirscan.explanation.explainer import Explainer
from mirscan.pipeline.annotators import registry
from mirscan.version import __version__

FORMAT = "mirscan-explanations"
VERSION = 2


def lines(explanations: Iterable[Explanation], explainer: Explainer) -> Iterator[str]:
    """One JSON document, an explanation a line."""
    header = {
        "format": FORMAT,
        "format_version": VERSION,
        "mirscan": __version__,
        "model": explainer.scorer.name,
        "model_sha256": explainer.scorer.card.sha256,
        "tree": explainer.judge.name,
        "tree_latent": explainer.judge.tree.latent.get("sha256"),
        "min_score": explainer.min_score,
        "coordinates": "0-based, half-open, plus strand; columns from the loop",
    }
    yield json.dumps(header, ensure_ascii=False)[:-1] + ', "explanations": ['
    separator = ""
    for explanation in explanations:
        yield separator + json.dumps(as_dict(explanation), ensure_ascii=False)
        separator = ","
    yield "]}"


def as_dict(explanation: Explanation) -> dict[str, Any]:
    """One explanation as JSON holds it; NaN becomes null, an image rows of `.-GCUA`."""
    return {
        "name": explanation.subject.name,
        **asdict(explanation.hairpin),
        "called": explanation.called,
        "scores": dict(explanation.scores),
        **registry.explained_members(explanation.subject.notes),
        "attention": {"model": explanation.attention_model, "values": _numbers(explanation.attention)},
        "class_activation": {
            "model": explanation.attention_model,
            "values": None
            if explanation.class_activation is None
            else _numbers(explanation.class_activation),
        },
        "readers": dict(explanation.readers),
        "arms": [{"name": name, "start": start, "end": end} for start, end, name in explanation.arms],
        "rule": explanation.rule.as_dict(),
        "concepts": {name: _plain(value) for name, value in explanation.concepts.items()},
        "kin": explanation.kin and explanation.kin.as_json(),
        "neighbours": [asdict(near) for near in explanation.neighbours],
        "stages": explanation.stages and [asdict(stage) for stage in explanation.stages],
        "image": {
            "drawn": _rows(explanation.image),
            "reconstruction": _rows(explanation.reconstruction),
            "columns": explanation.columns,
            "branched": explanation.branched,
        },
        "what_if": explanation.what_if and _what_if(explanation.what_if),
    }


def _what_if(asked: WhatIf) -> dict[str, Any]:
    return {
        "bonds": asked.bonds and _bonds(asked.bonds),
        "tree": asked.tree and _sequence(asked.tree),
        "call": asked.call and _sequence(asked.call),
        "log_odds_of_single_substitutions": {
            change[0].text: round(value, 4)
            for change, value in zip(asked.singles.changes, asked.singles.log_odds.tolist(), strict=True)
        },
    }


def _bonds(other: OtherBonds) -> dict[str, Any]:
    change = other.change
    return {
        "opened": change.opened,
        "closed": change.closed,
        "moved": round(change.moved, 4),
        "rule": other.rule.as_dict(),
        "image": _rows(other.image),
    }


def _sequence(other: OtherSequence) -> dict[str, Any]:
    mutant = other.change.hairpin
    return {
        "changes": [change.text for change in other.change.changes],
        "sequence": mutant.sequence,
        "structure": mutant.structure,
        "mfe": mutant.mfe,
        "score": other.score,
        "rule": other.rule.as_dict(),
        "image": _rows(other.image),
    }


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if value != value else round(value, 6) for value in values.tolist()]


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if plain != plain or plain == "" else plain


def _rows(image: np.ndarray) -> list[str]:
    return ["".join(COLOURS[colour] for colour in row) for row in image.tolist()]
