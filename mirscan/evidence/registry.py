"""Which kinds of evidence there are, in the order of their terms. Each is loaded where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from typing import Any, cast

from mirscan.errors import UsageError
from mirscan.evidence.kind import Kind, Setup
from mirscan.evidence.score import HAIRPIN

# name → module and class
REGISTERED: dict[str, str] = {
    HAIRPIN: "mirscan.evidence.hairpin:HairpinEvidence",
    "families": "mirscan.evidence.families:FamilyEvidence",
    "flanks": "mirscan.evidence.flanks:FlankEvidence",
    "reads": "mirscan.evidence.reads:ReadsEvidence",
    "repeats": "mirscan.evidence.repeats:RepeatEvidence",
    "neighbours": "mirscan.evidence.neighbours:NeighbourEvidence",
}
DEFAULT = (HAIRPIN, "families", "flanks", "repeats", "neighbours")


def parse_evidence(text: str) -> tuple[str, ...]:
    """Names parted by commas, in the order of the registry.

    Raises:
        UsageError: An unknown kind, or none of the hairpin itself.
    """
    return in_order([name.strip() for name in text.split(",") if name.strip()])


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of kinds, each once, in the order of the registry.

    Raises:
        UsageError: An unknown kind, or none of the hairpin itself.
    """
    names = list(names)
    for name in names:
        if name not in REGISTERED:
            near = get_close_matches(name, REGISTERED, n=1)
            meant = f"{near[0]}, or another of " if near else ""
            raise UsageError(
                f"evidence {name!r}", "no such kind of evidence", f"{meant}{', '.join(REGISTERED)}"
            )
    if HAIRPIN not in names:
        raise UsageError("evidence", f"{','.join(names) or 'none'} lets no network score", f"{HAIRPIN},…")
    return tuple(name for name in REGISTERED if name in names)


def load_kinds(names: Sequence[str], setup: Setup, choices: Mapping[str, Any] | None = None) -> list[Kind]:
    """The kinds of these names, loaded.

    Args:
        names: See `in_order`.
        setup: What they are made from.
        choices: Name of a kind → what was asked of it.

    Raises:
        UsageError: See `in_order`.
        MirscanError: What a kind needs is missing or damaged.
    """
    loaded = []
    for name in in_order(names):
        module, _, class_name = REGISTERED[name].partition(":")
        kind = cast(type[Kind], getattr(import_module(module), class_name))
        loaded.append(kind(replace(setup, choice=(choices or {}).get(name))))
    return loaded
