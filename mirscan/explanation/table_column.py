"""A column of a table on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[Item]):
    """A column of a table.

    Attributes:
        title: Its header.
        numeric: Whether it sorts by number.
        text: From what a row is about to its cell; empty where nobody knows.
    """

    title: str
    numeric: bool
    text: Callable[[Item], str]
