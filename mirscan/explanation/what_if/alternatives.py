"""What would turn the decisions on a hairpin: by other bonds, and by another sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.image import images
from mirscan.evidence.score import Sum
from mirscan.explanation.content import OtherBonds, OtherSequence, WhatIf
from mirscan.explanation.latents import Latents
from mirscan.explanation.what_if.bond_change import smallest_bond_change
from mirscan.explanation.what_if.crossing import Crossing
from mirscan.explanation.what_if.sequence_change import (
    Goal,
    ScoreGoal,
    Singles,
    Ways,
    fewest_substitutions,
    tree_goal,
)
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Rule
from mirscan.tree.spaces import on_concepts


@dataclass(frozen=True, slots=True)
class Imaged:
    """A hairpin as DIVA and the tree see it.

    Attributes:
        bonds: Its bond vector, (100,).
        columns: Columns that the image shows of it.
        z: Its point in the space of the tree, (d,).
        latents: All its latents, (d,) each, by name.
    """

    bonds: NDArray[np.uint8]
    columns: int
    z: NDArray[np.float64]
    latents: Mapping[str, NDArray[np.float32]]


class Alternatives:
    """The models whose decisions are to be turned.

    Args:
        latents: The DIVA of the tree.
        judge: The tree.
        scorer: The model that calls.
        min_score: Lowest score of a call.
    """

    def __init__(self, latents: Latents, judge: Judge, scorer: Scorer, min_score: float) -> None:
        self._latents = latents
        self._judge = judge
        self._scorer = scorer
        self._min_score = min_score
        self._crossings = {verdict: Crossing(judge.tree, verdict) for verdict in (False, True)}

    def of(self, hairpin: Hairpin, seen: Imaged, rule: Rule, evidence: Sum) -> WhatIf:
        """What would turn the decisions on one hairpin.

        Args:
            hairpin: The hairpin.
            seen: Its image and latents.
            rule: What the tree says of it.
            evidence: The sum that its score stands for; of its terms only the network's changes.
        """
        crossing = self._crossings[not rule.precursor]
        tried = Singles.of(hairpin, self._scorer)
        called = evidence.score >= self._min_score
        to_score = ScoreGoal(self._scorer, self._min_score, not called, evidence.total - evidence.log_odds)
        possible = crossing.possible
        drawn_from = not on_concepts(self._judge.tree)  # other bonds are drawn from z_m
        return WhatIf(
            bonds=self._bonds(crossing, seen) if possible and drawn_from else None,
            tree=self._sequence(tried, to_score, self._tree_goal(crossing)) if possible else None,
            call=self._sequence(tried, to_score, to_score, to_score.ways(tried.scores)),
            singles=tried,
        )

    def _tree_goal(self, crossing: Crossing) -> Goal:
        """The way to the other verdict; z_m in single precision, which is many times faster."""
        if on_concepts(self._judge.tree):
            return lambda hairpins: crossing.distances(self._judge.points(hairpins))
        return tree_goal(self._latents, crossing)

    def _bonds(self, crossing: Crossing, seen: Imaged) -> OtherBonds | None:
        change = smallest_bond_change(self._latents, crossing, seen.bonds, seen.columns, seen.z)
        if change is None:
            return None
        points = {**seen.latents, "m": change.z.astype(np.float32)}
        drawn = self._latents.images({name: points[name][None] for name in self._latents.names})
        return OtherBonds(change, self._judge.tree.explain(change.z), drawn[0])

    def _sequence(
        self, tried: Singles, scored: ScoreGoal, goal: Goal, ways: Ways | None = None
    ) -> OtherSequence | None:
        change = fewest_substitutions(tried, goal, ways)
        if change is None:
            return None
        mutant = change.hairpin
        score = float(scored.with_other(self._scorer.scores([mutant]))[0])
        drawn = images([mutant.sequence], [mutant.structure])[0]
        return OtherSequence(change, score, self._judge.rules([mutant])[0], drawn)
