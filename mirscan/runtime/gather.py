"""Small things travel together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def gather(items: Iterable[Item], size: Callable[[Item], int], enough: int) -> Iterator[list[Item]]:
    """Gather items, in order, until their sizes add up to enough; where 0 is enough each comes alone."""
    gathered: list[Item] = []
    together = 0
    for item in items:
        gathered.append(item)
        together += size(item)
        if together >= enough:
            yield gathered
            gathered, together = [], 0
    if gathered:
        yield gathered
