"""Fixtures of the tests of explanations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.hostile_page import HOSTILE, MANY

from mirscan.evidence.score import Sum, log_odds
from mirscan.explanation.page import write_page


@pytest.fixture(scope="package")
def explained(turned):
    """A precursor, and a small hairpin with all that would turn the decisions."""
    known, tiny = turned
    return [replace(known, what_if=None), tiny]


@pytest.fixture(scope="package")
def pages(explained, explainer, tmp_path_factory):
    """A page of one hairpin, of two, and of many with hostile names and different scores."""
    folder = tmp_path_factory.mktemp("pages")
    many = [
        replace(
            explained[0],
            subject=replace(explained[0].subject, name=HOSTILE[at] if at < len(HOSTILE) else f"hit {at}"),
            scores={"scan": (at * 7 % MANY) / MANY, "other": 0.5},
            evidence=Sum.of(0.001, log_odds((at * 7 % MANY) / MANY)),
        )
        for at in range(MANY)
    ]
    for name, some in {"one": explained[:1], "two": explained, "many": many}.items():
        with (folder / f"{name}.html").open("w") as stream:
            assert write_page(stream, some, explainer, "<b>hits</b>.json") == len(some)
    return folder
