"""What a soak has seen."""

from __future__ import annotations

import platform
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from mirscan.version import __version__

GROWN = 1.1  # how much larger the last fifth of what must not grow may be than the first


@dataclass
class Tally:
    """What the soak has seen so far."""

    started: float = field(default_factory=time.time)
    rounds: int = 0
    runs: int = 0
    interruptions: Counter[str] = field(default_factory=Counter)
    chunks_found: int = 0
    problems: list[str] = field(default_factory=list)
    differences: int = 0
    fork_server_folders: int = 0
    interrupted_imports: int = 0
    cpu_seconds: float = 0.0
    peak_kilobytes: list[int] = field(default_factory=list)
    resident: list[dict[str, int]] = field(default_factory=list)

    def as_dict(self, chunks: int, bases: int) -> dict[str, Any]:
        return {
            "mirscan": __version__,
            "python": platform.python_version(),
            "bases": bases,
            "chunks": chunks,
            "hours": round((time.time() - self.started) / 3600, 3),
            "rounds": self.rounds,
            "runs": self.runs,
            "interruptions": dict(sorted(self.interruptions.items())),
            "chunks_found_by_resumed_runs": self.chunks_found,
            "rounds_whose_bytes_differ": self.differences,
            "problems": [*self.problems, *self.growth()],
            "interrupted_before_the_command_line": self.interrupted_imports,
            "fork_server_folders_left": self.fork_server_folders,
            "cpu_seconds": round(self.cpu_seconds),
            "peak_megabytes": _ends([kilobytes / 1024 for kilobytes in self.peak_kilobytes]),
            "resident_megabytes": _ends([one["kB"] / 1024 for one in self.resident]),
            "resident_open_files": _ends([one["files"] for one in self.resident]),
            "resident_processes": _ends([one["processes"] for one in self.resident]),
            "resident_temporary_files": _ends([one["temporary"] for one in self.resident]),
        }

    def growth(self) -> list[str]:
        """What the resident process has more of at the end than at the start, in words."""
        ends = {name: _ends([one[name] for one in self.resident]) for name in (self.resident or [{}])[0]}
        return [
            f"the resident process: {name} grew from {end['first']} to {end['last']}"
            for name, end in ends.items()
            if end and end["last"] > GROWN * end["first"]
        ]


def _ends(values: list[float]) -> dict[str, float] | None:
    """The medians of the first and of the last fifth, and the largest."""
    if not values:
        return None
    fifth = max(1, len(values) // 5)
    first, last = statistics.median(values[:fifth]), statistics.median(values[-fifth:])
    return {"first": round(first, 1), "last": round(last, 1), "most": round(max(values), 1)}
