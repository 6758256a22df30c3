"""Curves of false hits by clade, from counts in real background; `pipeline/false_hits.py` reads them.

Two processes make false hits, and each is counted where it is honest. Chance folds please the networks:
they are counted in sequence that no network learnt from. Chance matches of a known arm, and transposons
that became a family, please the families: they are counted in genomes that lent the weights of families
no background.

Few hits are left at high scores. There the clades lend each other the shape of the fall, not its height:
the rate of a clade is the mean of a gamma distribution that begins as `TRUST` hits at the common shape,
and is moved by what the clade itself counted. Above the score where `FEW` are left of all clades the
common rate falls exponentially with the log-odds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import chi2

from mirscan.pipeline.false_hits import CLADES

Floats = NDArray[np.float64]

SCORES = (
    *(0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    *(0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999),
)
FEW = 10  # hits of all clades, above the score of which the common shape is an exponential
TRUST = 4.0  # hits that the common shape counts for beside those of a clade
DIGITS = 3  # of a rate


@dataclass(frozen=True, slots=True)
class Piece:
    """What was counted in a genome, or a part of it.

    Attributes:
        name: Of the genome.
        clade: One of `CLADES`.
        unseen: Sequence that no network learnt from, Mb.
        foreign: Sequence that lent the weights of families no background, Mb.
        network: Scores of the hits that families say nothing of, in the unseen sequence, known loci apart.
        families: Scores of the others, in the foreign sequence, known loci apart.
        events: Of all these the best score of each group of near copies: a repeat with a hit in each of its
            copies is a single event.
    """

    name: str
    clade: str
    unseen: float
    foreign: float
    network: Sequence[float] = field(default=())
    families: Sequence[float] = field(default=())
    events: Sequence[float] = field(default=())


def counted(scores: Sequence[float]) -> Floats:
    """Hits from each of `SCORES` up."""
    rising = np.sort(np.asarray(scores, np.float64))
    return (len(rising) - np.searchsorted(rising, SCORES)).astype(np.float64)


def common_shape(scores: Sequence[float]) -> Floats:
    """The share of all hits that is left from each of `SCORES` up, falling.

    Args:
        scores: Of the hits of all clades; with none of them all is a guess, of a slope of 1.
    """
    falling = np.sort(np.asarray(scores, np.float64).clip(SCORES[0], 1 - 1e-6))[::-1]
    tail = logit(falling[: min(FEW, len(falling))]) if len(falling) else np.array([])
    start = float(tail[-1]) if len(tail) else float(logit(SCORES[0]))
    excess = float((tail - start).sum())
    slope = (len(tail) - 1) / excess if excess > 0 else 1.0
    share = max(len(tail), 1) / max(len(falling), 1)
    at = logit(np.asarray(SCORES))
    left = np.where(
        at < start, counted(scores) / max(len(falling), 1), share * np.exp(-slope * (at - start).clip(0))
    )
    return np.minimum.accumulate(left)


def rates(counts: Mapping[str, Floats], megabases: Mapping[str, float], shape: Floats) -> dict[str, Floats]:
    """False hits per megabase of each clade from each of `SCORES` up, by one process.

    Args:
        counts: What each clade counted, as `counted` gives it; none of some clades.
        megabases: In how much sequence, Mb.
        shape: See `common_shape`.
    """
    everything = sum(float(each[0]) for each in counts.values()) + 0.5
    overall = everything / (sum(megabases.values()) + 1e-9)
    found = {}
    for clade in CLADES:
        searched, own = megabases.get(clade, 0.0), counts.get(clade, np.zeros(len(SCORES)))
        height = (float(own[0]) + 1) / (searched + 1 / overall)
        found[clade] = (TRUST + own) / (TRUST / (height * shape) + searched)
    return found


def curves(pieces: Collection[Piece]) -> dict[str, tuple[Floats, Floats]]:
    """Of each clade the rates by the networks and those by families; see `rates`."""
    network, families = _process(pieces, "network", "unseen"), _process(pieces, "families", "foreign")
    return {clade: (network[clade], families[clade]) for clade in CLADES}


def _process(pieces: Collection[Piece], hits: str, megabases: str) -> dict[str, Floats]:
    scores: dict[str, list[float]] = {}
    searched: dict[str, float] = {}
    for piece in pieces:
        scores.setdefault(piece.clade, []).extend(getattr(piece, hits))
        searched[piece.clade] = searched.get(piece.clade, 0.0) + getattr(piece, megabases)
    shape = common_shape([score for some in scores.values() for score in some])
    return rates({clade: counted(some) for clade, some in scores.items()}, searched, shape)


def poisson(count: int) -> tuple[float, float]:
    """The 95 % interval of the mean of what was counted (Garwood)."""
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(0.975, 2 * count + 2)) / 2


def score_at(rate: Floats, most: float) -> float | None:
    """The lowest score at which a curve has no more than so many false hits per megabase; None if none is."""
    if rate[-1] > most:
        return None
    first = int(np.argmax(rate <= most))
    if first == 0:
        return SCORES[0]
    (low, high), (here, there) = np.log(rate[first - 1 : first + 1]), logit(SCORES[first - 1 : first + 1])
    at = here + (there - here) * (low - np.log(most)) / (low - high)
    return float(1 / (1 + np.exp(-at)))


def falling(values: Floats) -> list[float]:
    """Rates as a file holds them, never rising."""
    rounded = [float(f"{value:.{DIGITS}g}") for value in values]
    assert all(high >= low for high, low in pairwise(rounded))
    return rounded
