"""With which settings the tree is fitted: chosen on families that the trees tried have not seen.

A fifth of the families of the training part is held out, and the validation families with it; classes and
sources count there as in the published sets. First the lean and the slide that give the highest accuracy,
then the weight of the precursors that gives the highest lesser of sensitivity and specificity, looked for
where the two are alike: another weight may grow a worse tree. A tree with a split that answers its question
right on less than .8 of the hairpins held out that reach it stands back behind all without one.

DIVA saw the held-out fifth when it was trained, not the validation families: the scores are a little high,
and good for comparing trees only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.training.diva.modmirbase import family_share
from mirscan.training.tree.evaluation import Points, Scores, fidelity, scores
from mirscan.training.tree.fit import fit
from mirscan.training.tree.hyperplanes import Settings
from mirscan.tree.rules import Tree

Bools = NDArray[np.bool_]

HELD_OUT = 0.2  # share of the training families
LEANS = (0.0, 1.0, 3.0, 10.0)
SLIDES = (0.85, 0.9)
HALVINGS = 5  # of the range of the precursors' weight, in octaves
FARTHEST = 2.0  # octaves
TRUE = 0.8  # fidelity that each split must have
ENOUGH = 30  # hairpins that must reach a split for its fidelity to count


@dataclass(frozen=True, slots=True)
class Trial:
    """A tree that was tried.

    Attributes:
        settings: How it grew.
        precursors: How much more a precursor weighed than by its own weight.
        scores: On the families held out.
        fidelity: The least of its splits, there.
    """

    settings: Settings
    precursors: float
    scores: Scores
    fidelity: float

    @property
    def gap(self) -> float:
        """Sensitivity above specificity."""
        return self.scores.sensitivity - self.scores.specificity

    @property
    def lesser(self) -> float:
        """The lesser of sensitivity and specificity."""
        return min(self.scores.sensitivity, self.scores.specificity)

    def as_dict(self) -> dict[str, Any]:
        """What the tree's file keeps of it."""
        chosen = {"lean": self.settings.lean, "slide": self.settings.slide, "precursors": self.precursors}
        return {**chosen, **asdict(self.scores), "fidelity": self.fidelity}


Try = Callable[[Settings, float], Trial]


def held_out(names: NDArray[np.str_]) -> Bools:
    """bool (n,): whether the family of each name is held out, by its hash."""
    return np.array([family_share(name, "tree") < HELD_OUT for name in names], dtype=np.bool_)


def trial_on(learnt: Points, judged: Points) -> Try:
    """Fit a tree to `learnt`, judge it on `judged`."""

    def tried(settings: Settings, precursors: float) -> Trial:
        weights = weighted(learnt, precursors)
        tree = Tree(fit(learnt.z, learnt.y, learnt.concepts, None, settings, weights), learnt.z.shape[1])
        shares = [split.share for split in fidelity(tree, judged) if split.points >= ENOUGH]
        found = scores(tree.predict(judged.z), judged.y, judged.weights)
        return Trial(settings, precursors, found, min(shares, default=1.0))

    return tried


def weighted(points: Points, precursors: float) -> NDArray[np.float64]:
    """The weights of points (n,), those of the precursors multiplied."""
    return points.weights * np.where(points.y, precursors, 1.0)


def choose(tried: Try, settings: Settings, on_trial: Callable[[], object] | None = None) -> list[Trial]:
    """Every tree that was tried, the chosen one last.

    Args:
        tried: Fits and judges a tree.
        settings: What is not chosen here.
        on_trial: Called after each tree.
    """
    trials = []
    for lean, slide in product(LEANS, SLIDES):
        trials.append(tried(replace(settings, lean=lean, slide=slide), 1.0))
        if on_trial:
            on_trial()
    best = max(trials, key=lambda trial: (trial.fidelity >= TRUE, trial.scores.accuracy))
    evened = [best]
    for trial in _balanced(tried, best):
        evened.append(trial)
        if on_trial:
            on_trial()
    even = max(evened, key=lambda trial: (trial.fidelity >= TRUE, trial.lesser))
    return [trial for trial in (*trials, *evened[1:]) if trial is not even] + [even]


def _balanced(tried: Try, start: Trial) -> Iterator[Trial]:
    """Trees between the weight 1 of the precursors and the farthest one, closing in on a gap of 0."""
    sign = 1.0 if start.gap < 0 else -1.0
    near, far = 0.0, FARTHEST
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        trial = tried(start.settings, 2.0 ** (sign * middle))
        near, far = (middle, far) if trial.gap * sign < 0 else (near, middle)
        yield trial
