"""The fewest substitutions that turn a decision, on the real fold and the real models.

All single substitutions are tried, so that "none of one" is a fact. Beyond them the most promising are tried
together, and swapped base pairs; two or three are therefore the fewest that were found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.image import images
from mirscan.explanation.latents import Latents
from mirscan.explanation.what_if.crossing import Crossing
from mirscan.explanation.what_if.mutants import (
    Substitutions,
    joined,
    mutants,
    pair_swaps,
    pairs_of,
    refolded,
    singles,
)
from mirscan.records import Hairpin
from mirscan.scoring.scorer import DECIMALS, Scorer

PROMISING = 12  # single substitutions that are tried in pairs
BEAM = 6  # pairs that are tried with a third
SMALLEST = 1e-6  # of a score, which has six decimals

Ways = NDArray[np.float64]
Goal = Callable[[Sequence[Hairpin]], Ways]


@dataclass(frozen=True, slots=True)
class SequenceChange:
    """A mutant on the other side.

    Attributes:
        changes: Its substitutions, by position.
        hairpin: The mutant, folded.
    """

    changes: Substitutions
    hairpin: Hairpin

    @property
    def text(self) -> str:
        """`G23C + U61A`."""
        return " + ".join(change.text for change in self.changes)


@dataclass(frozen=True, slots=True)
class Singles:
    """All single substitutions of a hairpin, folded and scored.

    Attributes:
        hairpin: The hairpin.
        changes: n substitutions.
        mutants: The n mutants.
        scores: Of the mutants, float64 (n,).
        log_odds: How much each changes the log-odds of the score, float64 (n,).
    """

    hairpin: Hairpin
    changes: Sequence[Substitutions]
    mutants: Sequence[Hairpin]
    scores: NDArray[np.float64]
    log_odds: NDArray[np.float64]

    @classmethod
    def of(cls, hairpin: Hairpin, scorer: Scorer) -> Singles:
        """Try them all."""
        changes = singles(hairpin.sequence)
        folded = mutants(hairpin, changes)
        scores = scorer.scores([hairpin, *folded])
        odds = log_odds(scores)
        return cls(hairpin, changes, folded, scores[1:], odds[1:] - odds[0])

    def most_harmful(self) -> NDArray[np.float64]:
        """At each position how far its worst substitution lowers the log-odds; NaN where none was tried."""
        worst = np.full(len(self.hairpin), np.nan)
        for (change,), value in zip(self.changes, (-self.log_odds).tolist(), strict=True):
            worst[change.position] = np.fmax(worst[change.position], max(value, 0.0))
        return worst


def log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(p / (1 − p)) of scores, kept finite."""
    inside = np.clip(scores, SMALLEST, 1 - SMALLEST)
    odds: NDArray[np.float64] = np.log(inside / (1 - inside))
    return odds


@dataclass(frozen=True, slots=True)
class ScoreGoal:
    """Way to a score on the given side of the threshold, in log-odds.

    Attributes:
        scorer: The network that scores the fold.
        min_score: The threshold.
        called: Whether the goal lies at or above it.
        other: What all other evidence adds to the network's log-odds; it stays as it is.
    """

    scorer: Scorer
    min_score: float
    called: bool
    other: float = 0.0

    def __call__(self, hairpins: Sequence[Hairpin]) -> Ways:
        """The way that each hairpin has left."""
        return self.ways(self.scorer.scores(hairpins))

    def ways(self, scores: NDArray[np.float64]) -> Ways:
        """The same from scores of the network that are known already."""
        whole = self.with_other(scores)
        threshold = float(log_odds(np.array([self.min_score]))[0])
        apart = (threshold - log_odds(whole)) * (1 if self.called else -1)
        reached = (whole >= self.min_score) == self.called
        return np.where(reached, np.minimum(apart, 0.0), np.maximum(apart, SMALLEST))

    def with_other(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of the network with all other evidence, rounded as they are."""
        if not self.other:
            return scores
        whole: NDArray[np.float64] = (1 / (1 + np.exp(-log_odds(scores) - self.other))).round(DECIMALS)
        return whole


def tree_goal(latents: Latents, crossing: Crossing) -> Goal:
    """Way to a leaf of the crossing's verdict, in z_m."""

    def way(hairpins: Sequence[Hairpin]) -> Ways:
        drawn = images([one.sequence for one in hairpins], [one.structure for one in hairpins])
        return crossing.distances(latents.z_m(drawn))

    return way


def fewest_substitutions(tried: Singles, goal: Goal, ways: Ways | None = None) -> SequenceChange | None:
    """The change of fewest letters that was found to reach the goal, at most three; None where none does.

    Args:
        tried: All single substitutions of the hairpin.
        goal: The way that each hairpin has left, 0 or below where it arrives; of mutants that arrive with
            equally few changes, the one that is furthest across.
        ways: The ways of the single substitutions, where they are known already.
    """
    if not tried.changes:
        return None
    ways = goal(tried.mutants) if ways is None else ways
    if found := _arrived(tried.changes, tried.mutants, ways, goal):
        return found
    promising = [tried.changes[row] for row in np.argsort(ways, kind="stable")[:PROMISING]]
    doubles = [*pairs_of(promising), *pair_swaps(tried.hairpin)]
    found, ways = _try(tried.hairpin, doubles, goal)
    if found:
        return found
    beam = [doubles[row] for row in np.argsort(ways, kind="stable")[:BEAM]]
    return _try(tried.hairpin, list(joined(beam, promising)), goal)[0]


def _try(
    hairpin: Hairpin, changes: Sequence[Substitutions], goal: Goal
) -> tuple[SequenceChange | None, Ways]:
    if not changes:
        return None, np.empty(0)
    folded = mutants(hairpin, changes)
    ways = goal(folded)
    return _arrived(changes, folded, ways, goal), ways


def _arrived(
    changes: Sequence[Substitutions], folded: Sequence[Hairpin], ways: Ways, goal: Goal
) -> SequenceChange | None:
    """The one that is furthest across, and still is by ViennaRNA's own fold."""
    for best in np.argsort(ways, kind="stable").tolist():
        if ways[best] > 0:
            return None
        arrived = refolded(folded[best])
        if arrived == folded[best] or goal([arrived])[0] <= 0:
            return SequenceChange(changes[best], arrived)
    return None
