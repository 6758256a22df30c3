"""The pages that people read: README and docs/, in the order in which their examples run; their tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.tools.results import ROOT

README = ROOT / "README.md"


def pages() -> list[Path]:
    """The README first, then the pages of docs/ by name."""
    return [README, *sorted((ROOT / "docs").glob("*.md"))]


def label(key: str) -> str:
    """A key of a result as words; z_m keeps its name."""
    return key.replace("_", " ").replace("z m", "z_m")


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
