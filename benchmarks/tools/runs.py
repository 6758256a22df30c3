"""The results of many runs in one CSV: a row for each number of each run.

A run is nested JSON. Its rows name a value by the keys and places that lead to it, with dots between, and
write it as JSON does, so that what is read is what was written.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HEADER = ("run", "measure", "value")


@dataclass(frozen=True)
class Runs:
    """The runs of a CSV, which need not be there yet."""

    path: Path

    @cached_property
    def _rows(self) -> dict[str, list[tuple[str, str]]]:
        rows: dict[str, list[tuple[str, str]]] = {}
        if self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as stream:
                for run, measure, value in list(csv.reader(stream))[1:]:
                    rows.setdefault(run, []).append((measure, value))
        return rows

    def __contains__(self, run: str) -> bool:
        return run in self._rows

    def read(self, run: str) -> dict[str, Any] | None:
        """What a run found; None where it has not been made."""
        return nested(self._rows[run]) if run in self._rows else None

    def add(self, run: str, found: dict[str, Any]) -> None:
        """Keep what a run found, in the place of what it found before; the file is whole at any time."""
        self._rows[run] = list(flat(found))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        with partial.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADER)
            for name in sorted(self._rows):
                writer.writerows((name, *row) for row in self._rows[name])
        partial.replace(self.path)


def flat(found: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Where each value of some JSON stands, and the value as JSON."""
    items = list(
        found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    )
    if not items:
        yield ".".join(keys), json.dumps(found)
    for key, value in items:
        yield from flat(value, (*keys, str(key)))


def nested(rows: list[tuple[str, str]]) -> Any:
    """The JSON that some rows came from; numbers as keys are places in a list."""
    tree: dict[str, Any] = {}
    for measure, value in rows:
        *outer, last = measure.split(".")
        inside = tree
        for key in outer:
            inside = inside.setdefault(key, {})
        inside[last] = json.loads(value)
    return _lists(tree)


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    values = {key: _lists(value) for key, value in tree.items()}
    return list(values.values()) if values and all(key.isdigit() for key in values) else values
