"""What the networks behind `scan` learn from, and which of it fills the next batch.

Batches are drawn by the last logit of each example. Of the candidates of a planted precursor only
those are shown that do about as well as its best: a scan needs no more, and some are long hairpins that hold
the precursor somewhere. The precursors that do worst of all are left out: databases list many that are none.
Background is shown half at random and half by how much it looks like a precursor. A precursor may weigh more
or less than another (`attestation.py`): it is shown so much more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from mirscan.encoding.columns import Columns, concatenate
from mirscan.runtime.rowwise import Rowwise
from mirscan.training.common.provenance import sha256
from mirscan.training.scan.settings import AT_RANDOM, BEHIND, DOUBTED, SHARES

PRECURSOR, OTHER, BACKGROUND = range(3)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class Examples(Protocol):
    """n encoded hairpins, as some network reads them."""

    def __len__(self) -> int:
        """How many."""

    def take(self, rows: Rows) -> Self:
        """The hairpins of some rows, in their order."""

    def counts(self) -> Rows:
        """How long each is, (n,)."""

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All that is known of them."""


Kind = TypeVar("Kind", bound=Examples)


@dataclass(frozen=True, slots=True)
class TrainingSet(Rowwise, Generic[Kind]):
    """Encoded candidates and what they are.

    Attributes:
        examples: Encoded hairpins.
        role: int64 (n,), PRECURSOR, OTHER (an RNA that is none) or BACKGROUND; sorted.
        kind: int64 (n,), 0 for an animal's precursor, 1 for a plant's; 0 where there is none.
        planting: int64 (n,), the same number for all candidates of one planted precursor.
        weight: float64 (n,), how often each is shown if a precursor; 1 for all that is none.
    """

    examples: Kind
    role: Rows
    kind: Rows
    planting: Rows
    weight: Floats

    def sha256(self) -> str:
        """The checksum of all of it; of weights only where they differ."""
        arrays = (*self.examples.arrays(), self.role, self.kind, self.planting)
        if (self.weight != 1).any():
            arrays = (*arrays, self.weight)
        return sha256(np.ascontiguousarray(array).data.cast("B") for array in arrays)


def training_set(
    precursors: Columns,
    kind: Rows,
    planting: Rows,
    other: Columns,
    background: Columns,
    weight: Floats | None = None,
) -> TrainingSet[Columns]:
    """Put the three classes together; `weight` is that of the precursors, 1 where none is given."""
    parts = (precursors, other, background)
    rest = np.zeros(len(other) + len(background), np.int64)
    weight = np.ones(len(precursors)) if weight is None else weight
    return TrainingSet(
        concatenate(parts),
        np.repeat([PRECURSOR, OTHER, BACKGROUND], [len(part) for part in parts]),
        np.concatenate([kind, rest]),
        np.concatenate([planting, rest]),
        np.concatenate([weight, np.ones(len(rest))]),
    )


class Draw:
    """Draws batches.

    Args:
        training: What to draw from.
        batch: Rows of a batch.
        random: The source of chance.
    """

    def __init__(self, training: TrainingSet[Any], batch: int, random: np.random.Generator) -> None:
        self._training, self._random = training, random
        self._rows = [np.flatnonzero(training.role == role) for role in range(len(SHARES))]
        shares = np.array([share if len(rows) else 0 for share, rows in zip(SHARES, self._rows, strict=True)])
        self._counts = np.rint(batch * shares / shares.sum()).astype(int).tolist()
        self._steps: list[Floats | None] = [None] * len(SHARES)
        self._last = np.full(len(training), np.nan)
        self._weight = training.weight[self._rows[PRECURSOR]]
        if (self._weight != 1).any():
            self._steps[PRECURSOR] = np.cumsum(self._weight)

    def batch(self) -> Rows:
        """The rows of the next batch."""
        drawn = zip(self._rows, self._counts, self._steps, strict=True)
        return np.concatenate([self._some(rows, count, steps) for rows, count, steps in drawn])

    def _some(self, rows: Rows, count: int, steps: Floats | None) -> Rows:
        if steps is None:
            return rows[self._random.integers(len(rows), size=count)] if count else rows[:0]
        drawn: Rows = rows[np.searchsorted(steps, self._random.random(count) * steps[-1], side="right")]
        return drawn

    def remember(self, rows: Rows, logits: NDArray[np.float32]) -> None:
        """Remember the logits of a batch."""
        self._last[rows] = logits

    def state_dict(self) -> dict[str, Any]:
        """What decides the batches to come, but for the source of chance."""
        steps = [None if each is None else torch.from_numpy(each) for each in self._steps]
        return {"last_logits": torch.from_numpy(self._last), "steps": steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._last = state["last_logits"].numpy()
        self._steps = [None if each is None else each.numpy() for each in state["steps"]]

    def choose(self) -> None:
        """Weigh precursors and background anew, by the last logits of each."""
        good = shown(self._last[self._rows[PRECURSOR]], self._plantings())
        self._steps[PRECURSOR] = np.cumsum(good * self._weight)
        if len(self._rows[BACKGROUND]):
            self._steps[BACKGROUND] = np.cumsum(hardness(self._last[self._rows[BACKGROUND]]))

    def _plantings(self) -> Rows:
        return self._training.planting[self._rows[PRECURSOR]]


def shown(last: Floats, planting: Rows) -> Floats:
    """1 for the precursors' candidates that are shown, 0 for the others, (n,).

    Args:
        last: (n,), the last logits; NaN where the network has not seen one yet: they are shown.
        planting: (n,), the precursor of each, 0 and up.
    """
    logits = np.where(np.isnan(last), np.inf, last)
    best = np.full(planting.max(initial=-1) + 1, -np.inf)
    np.maximum.at(best, planting, logits)
    good = (logits >= best[planting] - BEHIND) | np.isnan(last)
    known = last[good & ~np.isnan(last)]
    if len(known):
        good &= ~(last <= np.quantile(known, DOUBTED))
    return good.astype(np.float64) if good.any() else np.ones(len(last))


def hardness(last: Floats) -> Floats:
    """How often each row of the background is shown, sum 1, (n,).

    Args:
        last: (n,), the last logits; NaN where the network has not seen one yet: as the mean of those it has.
    """
    seen = expit(last)
    like = np.where(np.isnan(seen), np.nanmean(seen) if (~np.isnan(seen)).any() else 1.0, seen)
    weights: Floats = AT_RANDOM / len(last) + (1 - AT_RANDOM) * like / like.sum()
    return weights


def numbered(origins: Sequence[Rows]) -> Rows:
    """A number for each run of the same origin, counted through all parts."""
    numbers, before = [], 0
    for origin in origins:
        runs = np.cumsum(np.append(0, np.diff(origin) != 0))[: len(origin)] + before
        before = int(runs.max(initial=before - 1)) + 1
        numbers.append(runs)
    return np.concatenate([np.zeros(0, np.int64), *numbers])
