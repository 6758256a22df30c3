"""What the networks behind `scan` learn from, and which of it fills the next batch.

Batches are drawn by what the network last said of each example. Of the candidates of a planted precursor only
those are shown that do about as well as its best: a scan needs no more, and some are long hairpins that hold
the precursor somewhere. The precursors that do worst of all are left out: databases list many that are none.
Background is shown half at random and half by how much it looks like a precursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mirscan.encoding.columns import Columns, concatenate

PRECURSOR, OTHER, BACKGROUND = range(3)
SHARES = (0.25, 0.05, 0.7)  # of a batch, by class
BEHIND = 0.7  # logit by which a candidate of a precursor may stay behind the best
DOUBTED = 0.15  # share of the precursors that do worst, and are not shown
AT_RANDOM = 0.5  # share of the background that is shown at random

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Encoded candidates and what they are.

    Attributes:
        examples: Encoded hairpins.
        role: int64 (n,), PRECURSOR, OTHER (an RNA that is none) or BACKGROUND; sorted.
        kind: int64 (n,), 0 for an animal's precursor, 1 for a plant's; 0 where there is none.
        planting: int64 (n,), the same number for all candidates of one planted precursor.
    """

    examples: Columns
    role: Rows
    kind: Rows
    planting: Rows

    def __len__(self) -> int:
        return len(self.examples)


def lessons(precursors: Columns, kind: Rows, planting: Rows, other: Columns, ground: Columns) -> Lessons:
    """Put the three classes together."""
    parts = (precursors, other, ground)
    rest = np.zeros(len(other) + len(ground), np.int64)
    return Lessons(
        concatenate(parts),
        np.repeat([PRECURSOR, OTHER, BACKGROUND], [len(part) for part in parts]),
        np.concatenate([kind, rest]),
        np.concatenate([planting, rest]),
    )


class Draw:
    """Draws batches.

    Args:
        lessons: What to draw from.
        batch: Rows of a batch.
        random: The source of chance.
    """

    def __init__(self, lessons: Lessons, batch: int, random: np.random.Generator) -> None:
        self._lessons, self._random = lessons, random
        self._rows = [np.flatnonzero(lessons.role == role) for role in range(len(SHARES))]
        shares = np.array([share if len(rows) else 0 for share, rows in zip(SHARES, self._rows, strict=True)])
        self._counts = np.rint(batch * shares / shares.sum()).astype(int).tolist()
        self._steps: list[Floats | None] = [None] * len(SHARES)
        self._said = np.full(len(lessons), np.nan)

    def batch(self) -> Rows:
        """The rows of the next batch."""
        drawn = zip(self._rows, self._counts, self._steps, strict=True)
        return np.concatenate([self._some(rows, count, steps) for rows, count, steps in drawn])

    def _some(self, rows: Rows, count: int, steps: Floats | None) -> Rows:
        if steps is None:
            return rows[self._random.integers(len(rows), size=count)] if count else rows[:0]
        drawn: Rows = rows[np.searchsorted(steps, self._random.random(count) * steps[-1], side="right")]
        return drawn

    def heard(self, rows: Rows, logits: NDArray[np.float32]) -> None:
        """Remember what the network said of a batch."""
        self._said[rows] = logits

    def choose(self) -> None:
        """Weigh precursors and background anew, by what the network last said of them."""
        self._steps[PRECURSOR] = np.cumsum(shown(self._said[self._rows[PRECURSOR]], self._plantings()))
        if len(self._rows[BACKGROUND]):
            self._steps[BACKGROUND] = np.cumsum(hardness(self._said[self._rows[BACKGROUND]]))

    def _plantings(self) -> Rows:
        return self._lessons.planting[self._rows[PRECURSOR]]


def shown(said: Floats, planting: Rows) -> Floats:
    """1 for the precursors' candidates that are shown, 0 for the others, (n,).

    Args:
        said: (n,), the last logits; NaN where the network has not seen one yet: they are shown.
        planting: (n,), the precursor of each, 0 and up.
    """
    logits = np.where(np.isnan(said), np.inf, said)
    best = np.full(planting.max(initial=-1) + 1, -np.inf)
    np.maximum.at(best, planting, logits)
    good = (logits >= best[planting] - BEHIND) | np.isnan(said)
    heard = said[good & ~np.isnan(said)]
    if len(heard):
        good &= ~(said <= np.quantile(heard, DOUBTED))
    return good.astype(np.float64) if good.any() else np.ones(len(said))


def hardness(said: Floats) -> Floats:
    """How often each row of the background is shown, sum 1, (n,).

    Args:
        said: (n,), the last logits; NaN where the network has not seen one yet: as the mean of those it has.
    """
    seen = expit(said)
    like = np.where(np.isnan(seen), np.nanmean(seen) if (~np.isnan(seen)).any() else 1.0, seen)
    weights: Floats = AT_RANDOM / len(said) + (1 - AT_RANDOM) * like / like.sum()
    return weights


def numbered(origins: Sequence[Rows]) -> Rows:
    """A number for each run of the same origin, counted through all parts."""
    numbers, before = [], 0
    for origin in origins:
        runs = np.cumsum(np.append(0, np.diff(origin) != 0))[: len(origin)] + before
        before = int(runs.max(initial=before - 1)) + 1
        numbers.append(runs)
    return np.concatenate([np.zeros(0, np.int64), *numbers])
