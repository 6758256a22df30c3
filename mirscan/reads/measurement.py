"""A signature as journals and results hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirscan.reads.signature import Signature, Stack
from mirscan.records import Hairpin, on_genome

NAME = "reads"  # of the evidence, and of the note
CLEAR = "standing_out"  # the signature without the reads that lie all over the place, where there are any


def read_signature(measured: Mapping[str, Any]) -> Signature:
    """The signature of a measurement as a journal or a result holds it."""
    numbers: dict[str, Any] = dict(measured)
    for extra in ("rarity", "samples", "profile", CLEAR):
        numbers.pop(extra, None)
    for arm in ("five_prime", "three_prime"):
        numbers[arm] = Stack(**numbers[arm]) if numbers[arm] else None
    numbers["overhangs"] = tuple(numbers["overhangs"]) if numbers["overhangs"] else None
    return Signature(**numbers)


def weighed_signature(measured: Mapping[str, Any]) -> Signature:
    """The signature of what stands out of the reads all over the place: that is what weighs."""
    return read_signature(measured.get(CLEAR, measured))


def mature_place(hairpin: Hairpin, measured: Mapping[str, Any]) -> tuple[int, int] | None:
    """Where the arm with more reads lies on the plus strand of the contig; None without reads."""
    mature = weighed_signature(measured).mature
    return on_genome(hairpin, (mature.start, mature.end)) if mature else None
