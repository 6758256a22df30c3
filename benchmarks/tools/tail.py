"""The rare false hits of high scores, from the many of lower ones: an exponential tail of their log-odds.

At the cut of a small q-value ten megabases hold no false hit, or one, and say little. What hits there are of
lower scores says more, if their log-odds fall exponentially; the curves of `training/scan/false_hits.py`
assume the same above their last ten hits. Whether it is so is asked first (Anderson and Darling's test).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import expon, goodness_of_fit

from mirscan.training.scan.false_hits import SCORES, Piece

REFUTED = 0.1  # p-value below which log-odds are taken for no exponential
DRAWN = 999  # samples of the test
LEAST = 20  # hits that a tail is fitted to
HIGHEST = 1 - 1e-6  # score; what is shown as 1 has no log-odds

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tail:
    """How scores fall.

    Attributes:
        start: The score from which up they do, 0..1.
        slope: Of the exponential, a unit of log-odds.
        hits: To which it was fitted.
    """

    start: float
    slope: float
    hits: int

    @classmethod
    def of(cls, pieces: Iterable[Piece], start: float) -> Tail:
        """The tail of the false hits of some pieces from a score up."""
        excess = excesses(pieces, start)
        return cls(start, (len(excess) - 1) / float(excess.sum()), len(excess))

    def redrawn(self, scores: Floats, random: np.random.Generator) -> Floats:
        """The same scores, those of the tail drawn anew from it."""
        above = scores >= self.start
        fresh = random.exponential(1 / self.slope, int(above.sum()))
        found = scores.copy()
        found[above] = expit(logit(self.start) + fresh)
        return found


def excesses(pieces: Iterable[Piece], start: float) -> Floats:
    """By how much the log-odds of false hits exceed those of a score, of all that score as much."""
    scores = np.array([score for piece in pieces for score in (*piece.network, *piece.families)])
    found: Floats = logit(scores[scores >= start].clip(max=HIGHEST)) - logit(start)
    return found


def begins(pieces: Sequence[Piece], seed: int) -> tuple[float, list[dict[str, Any]]]:
    """The lowest of `SCORES` from which up the tail is not refuted, and what was asked to find it.

    Returns:
        The score, the last that has hits enough where all are refuted; a row for each score asked.
    """
    asked: list[dict[str, Any]] = []
    for start in SCORES:
        excess = excesses(pieces, start)
        if len(excess) < LEAST:
            break
        test = goodness_of_fit(
            expon, excess, known_params={"loc": 0.0}, statistic="ad", n_mc_samples=DRAWN, rng=seed
        )
        asked.append({"score": start, "hits": len(excess), "p": round(float(test.pvalue), 3)})
        if test.pvalue >= REFUTED:
            break
    return float(asked[-1]["score"]), asked
