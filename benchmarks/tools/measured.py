"""Run a command and measure it from outside: time, and peak memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.1  # seconds between looks at the memory


@dataclass(frozen=True)
class Measured:
    """What a finished command took; memory is proportional set size, so that shared pages count once.

    Processor seconds are those of all its processes, up to the last look at each.
    """

    seconds: float
    peak_megabytes: float
    core_seconds: float


def run(command: Sequence[str]) -> Measured:
    """Run a command to its end; raises CalledProcessError with its stderr where it fails."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        watch = _Watch(process.pid)
        watch.start()
        _, errors = process.communicate()
        seconds = time.perf_counter() - started
        watch.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=errors)
    return Measured(round(seconds, 2), round(watch.peak / 1024, 1), round(sum(watch.spent.values()), 2))


class _Watch(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self.peak = 0  # kB
        self.spent: dict[int, float] = {}  # process → its processor seconds

    def run(self) -> None:
        while not self._ended.wait(INTERVAL):
            family = _family(self._pid)
            self.peak = max(self.peak, sum(map(_proportional_kilobytes, family)))
            for pid in family:
                self.spent[pid] = max(self.spent.get(pid, 0.0), _processor_seconds(pid))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _family(pid: int) -> list[int]:
    members = [pid]
    for member in members:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                members += map(int, children.read_text().split())
            except OSError:
                continue
    return members


def _proportional_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
