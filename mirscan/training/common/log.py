"""The log of a training: a CSV table, a row an epoch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from mirscan.training.deepmirgene.epochs import LstmTraining
from mirscan.training.deepmirgene.metrics import NAMES, Measures, measure


class Log:
    """A CSV table, a row an epoch: run, epoch, loss, and the measures of the watched set.

    Rows of epochs that an earlier, interrupted call did are written again, so that the table is whole.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("w", encoding="utf-8")
        self._stream.write(",".join(("run", "epoch", "loss", *NAMES)) + "\n")
        self._written: dict[str, int] = {}

    def __call__(self, name: str, run: LstmTraining) -> None:
        """Write the epochs of a run that are not in the table yet."""
        for epoch in range(self._written.get(name, 0), run.done):
            values = [f"{value:.6f}" for value in (run.losses[epoch], *_watched(run, epoch))]
            self._stream.write(",".join((name, str(epoch + 1), *values)) + "\n")
        self._written[name] = run.done
        self._stream.flush()

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def _watched(run: LstmTraining, epoch: int) -> list[float]:
    measured = watched_measures(run, epoch)
    return list(asdict(measured).values()) if measured else []


def watched_measures(run: LstmTraining, epoch: int = -1) -> Measures | None:
    """The measures of a run's watched set after an epoch; None where it watches nothing."""
    if run.watched is None:
        return None
    return measure(run.watched.labels.cpu().numpy(), run.watched_scores[epoch].astype(np.float64))
