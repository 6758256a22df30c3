"""The arms of a hairpin under those of the nearest known precursor, letter by letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAME, OTHER = "|", " "


def alignment(sequence: str, numbers: Mapping[str, Any]) -> list[str]:
    """Lines that show each arm that is alike: the known one, a bar for each letter in common, this one.

    Args:
        sequence: RNA letters of the hairpin.
        numbers: What is known of its kin, as `naming.Kinship` has it; arms that lie outside the hairpin are
            left out.
    """
    lines = []
    for side, label in (("5p", "5′ arm"), ("3p", "3′ arm")):
        known, at = numbers.get(f"known_{side}"), numbers.get(f"start_{side}")
        if not isinstance(known, str) or not isinstance(at, int):
            continue
        here = sequence[at : at + len(known)]
        if len(here) == len(known):
            bars = "".join(SAME if one == other else OTHER for one, other in zip(known, here, strict=True))
            lines += [f"{label}  {known}  {numbers['nearest']}", f"{'':6}  {bars}", f"{'':6}  {here}  here"]
    return [line.rstrip() for line in lines]
