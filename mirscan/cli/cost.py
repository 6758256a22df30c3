"""What a training costs, on stderr: an estimate while it runs, the whole at its end."""

from __future__ import annotations

from time import perf_counter, process_time

from mirscan.cli import options


class Cost:
    """A clock that starts when it is made.

    Args:
        quiet: Say nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._started, self._cpu = perf_counter(), process_time()
        self._first: float | None = None
        self._told = False

    def step(self, steps: int) -> None:
        """Note that a step has ended; the second of them says what all will take.

        Args:
            steps: Of the whole training, at most.
        """
        now = perf_counter()
        if self._first is None:
            self._first = now
        elif not self._told:
            self._told = True
            options.say(
                f"mirscan: training takes about {spoken((now - self._first) * steps)} at most", self._quiet
            )

    def say(self) -> None:
        """Say how long it took, and how much of a processor."""
        wall, cpu = perf_counter() - self._started, process_time() - self._cpu
        options.say(f"mirscan: trained in {spoken(wall)}, {spoken(cpu)} of processor", self._quiet)


def spoken(seconds: float) -> str:
    """A time as people say it: 45 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
