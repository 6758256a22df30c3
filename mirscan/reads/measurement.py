"""A signature as journals and results hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirscan.reads.signature import Signature, Stack

NAME = "reads"  # of the evidence, and of the note


def read_signature(measured: Mapping[str, Any]) -> Signature:
    """The signature of a measurement as a journal or a result holds it."""
    own: dict[str, Any] = dict(measured)
    for extra in ("rarity", "samples", "profile"):
        own.pop(extra, None)
    for arm in ("five_prime", "three_prime"):
        own[arm] = Stack(**own[arm]) if own[arm] else None
    own["overhangs"] = tuple(own["overhangs"]) if own["overhangs"] else None
    return Signature(**own)
