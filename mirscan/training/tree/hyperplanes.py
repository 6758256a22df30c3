"""Hyperplanes that answer a question on a concept: all of them tried quickly, the best one a linear SVM.

For every question and several strengths of regularisation, least squares give a plane at once (all questions
share one system of equations); that ranks them by the Gini gain. The first in this order that proves itself
as a support vector machine is taken. A plane may be slid along its normal to where the gain is highest, as
long as it still answers its question.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from mirscan.runtime.rowwise import Chosen, Rowwise

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

CUTS = 50  # places that a plane may be slid to: quantiles of the weighted points


@dataclass(frozen=True, slots=True)
class Settings:
    """How the tree grows. The first three stand in the paper, section 2.3; the gain in the authors' code.

    Attributes:
        max_depth: Questions on the longest path.
        min_samples: A node of fewer training points is a leaf.
        min_accuracy: A plane must answer its question right on more than this share of the node's points.
        min_gain: A split must lower the Gini impurity by at least this much.
        folds: With 2 or more, a plane must do so too on points held out, on the mean of so many folds: in 64
            dimensions few points always part, and such a plane answers nothing. 1 is the paper.
        slide: A plane is slid to where its gain is highest among the places at which it answers right on more
            than this share; one without such a place is not asked. 1 leaves planes where the SVM puts them,
            as the paper does.
        lean: How much more a point counts in the SVM whose answer is that of its class (`_leaning`): of the
            planes that answer a question about equally well, one that parts the classes. 0 is the paper.
        penalties: Regularisations tried for each question, as shares of the node's weight: the SVM's C is
            1 / (2 · penalty · weight).
        tolerance: Stopping tolerance of the SVM's solver.
        max_iterations: Newton steps of the SVM's solver.
    """

    max_depth: int = 5
    min_samples: int = 10
    min_accuracy: float = 0.8
    min_gain: float = 0.001
    folds: int = 5
    slide: float = 0.9
    lean: float = 0.0
    penalties: tuple[float, ...] = (0.001, 0.03, 0.1, 0.3, 1.0, 3.0)
    tolerance: float = 1e-4
    max_iterations: int = 500


@dataclass(frozen=True, slots=True)
class Points(Rowwise):
    """The training points of a node.

    Attributes:
        z: float64 (n, d), standardised.
        y: bool (n,), precursor.
        answers: bool (q, n), measured answer to each question.
        weights: float64 (n,), how many points each stands for.
    """

    z: Floats
    y: Bools
    answers: Bools
    weights: Floats

    def take(self, rows: Chosen) -> Points:
        """The points of some rows."""
        chosen = np.arange(len(self))[rows]
        return Points(self.z[chosen], self.y[chosen], self.answers[:, chosen], self.weights[chosen])

    def without(self, question: int) -> Points:
        """The same points, a question taken off: with one answer for all it is not asked."""
        answers = self.answers.copy()
        answers[question] = False
        return replace(self, answers=answers)


class Plane(NamedTuple):
    """A hyperplane, yes where `weights · z + bias > 0`, with its gain and its accuracy on a node's points."""

    weights: Floats
    bias: float
    gain: float
    accuracy: float


def best_plane(points: Points, settings: Settings) -> tuple[int, Plane] | None:
    """The question whose plane parts the classes best, and the plane; None where no plane will do."""
    for question, penalty in _ranked(points, settings):
        answers = points.answers[question]
        plane = _fitted(points, answers, penalty, settings)
        if plane and plane.gain >= settings.min_gain and _holds(points, answers, penalty, settings):
            return question, plane
    return None


def _ranked(points: Points, settings: Settings) -> list[tuple[int, float]]:
    """Questions with penalties whose least-squares plane gains enough, the highest gain first."""
    z = np.column_stack([points.z, np.ones(len(points))])
    asked = np.flatnonzero(points.answers.any(1) & ~points.answers.all(1))
    shares = [_leaning(points, points.answers[question], settings) for question in asked.tolist()]
    inner, targets = _normal_equations(z, points, asked, shares)
    ridge = np.array([1.0] * (z.shape[1] - 1) + [0.0])
    totals = np.array([share.sum() for share in shares])
    found = []
    for penalty in settings.penalties if len(asked) else ():
        ridges = np.einsum("q,d,de->qde", penalty * totals, ridge, np.eye(len(ridge)))
        planes = np.linalg.solve(inner + ridges, targets[..., None])[..., 0]
        for question, margins in zip(asked.tolist(), planes @ z.T, strict=True):
            place = _placed(margins, points, points.answers[question], settings)
            if place and place[1] >= settings.min_gain:
                found.append((-place[1], question, penalty))
    return [(question, penalty) for _, question, penalty in sorted(found)]


def _normal_equations(
    z: Floats, points: Points, asked: NDArray[np.int64], shares: list[Floats]
) -> tuple[Floats, Floats]:
    """Of weighted least squares of each question asked: float64 (q, d, d) and (q, d)."""
    alike = z.T @ (z * points.weights[:, None])
    inner, targets = [], []
    for question, share in zip(asked.tolist(), shares, strict=True):
        more = share > points.weights
        extra = (share - points.weights)[more, None]
        inner.append(alike + z[more].T @ (z[more] * extra) if len(extra) else alike)
        targets.append((share * (2.0 * points.answers[question] - 1)) @ z)
    size = z.shape[1]
    return np.array(inner).reshape(-1, size, size), np.array(targets).reshape(-1, size)


def _leaning(points: Points, answers: Bools, settings: Settings) -> Floats:
    """How much each point counts in the SVM of a question, (n,).

    A point whose answer is that of its class counts `lean` times more on top: of the two ways to pair yes and
    no with the classes the one that more of the node's points follow.
    """
    if not settings.lean:
        return points.weights
    agrees = answers == points.y
    if np.average(agrees, weights=points.weights) < 0.5:
        agrees = ~agrees
    shares: Floats = points.weights * (1 + settings.lean * agrees)
    return shares


def _fitted(points: Points, answers: Bools, penalty: float, settings: Settings) -> Plane | None:
    """The SVM of a question, slid to its best place; None where it answers wrong too often."""
    weights, bias = hyperplane(points, answers, penalty, settings)
    place = _placed(points.z @ weights + bias, points, answers, settings)
    return Plane(weights, bias - place[0], *place[1:]) if place else None


def hyperplane(points: Points, answers: Bools, penalty: float, settings: Settings) -> tuple[Floats, float]:
    """A linear SVM with squared hinge loss, solved in the primal."""
    shares = _leaning(points, answers, settings)
    svm = LinearSVC(
        loss="squared_hinge",
        dual=False,
        C=1 / (2 * penalty * float(shares.sum())),
        tol=settings.tolerance,
        max_iter=settings.max_iterations,
    )
    with warnings.catch_warnings():
        # few points in many dimensions part at once, then the margin creeps on; the accuracy judges it
        warnings.simplefilter("ignore", ConvergenceWarning)
        svm.fit(points.z, answers, sample_weight=shares)
    return svm.coef_[0], float(svm.intercept_[0])


def _placed(
    margins: Floats, points: Points, answers: Bools, settings: Settings
) -> tuple[float, float, float] | None:
    """Where to cut margins (n,): the place, its gain and accuracy; None where no place is accurate enough."""
    sides, weights = margins > 0, points.weights
    if settings.slide >= 1:
        accuracy = float(np.average(sides == answers, weights=weights))
        return (
            (0.0, gini_gain(points.y, sides, weights), accuracy) if accuracy > settings.min_accuracy else None
        )
    order = np.argsort(margins, kind="stable")
    ranked, share = margins[order], weights[order] / weights.sum()
    below, precursors = np.cumsum(share), np.cumsum(share * points.y[order])
    yes = np.cumsum(share * answers[order])
    accuracy_at = below - yes + (yes[-1] - yes)
    wanted = np.searchsorted(below, np.arange(1, CUTS) / CUTS)
    cuts = np.unique(np.searchsorted(ranked, ranked[wanted], side="right") - 1)
    cuts = cuts[(cuts < len(ranked) - 1) & (accuracy_at[cuts] > max(settings.slide, settings.min_accuracy))]
    if not len(cuts):
        return None
    gain = _gains(below[cuts], precursors[cuts], float(precursors[-1]))
    best = int(gain.argmax())
    place = (ranked[cuts[best]] + ranked[cuts[best] + 1]) / 2
    return float(place), float(gain[best]), min(1.0, float(accuracy_at[cuts[best]]))


def _gains(below: Floats, precursors: Floats, of_all: float) -> Floats:
    """Gini gain of cuts that leave the shares `below`, of them `precursors`, on the lower side, (k,) each."""

    def impurity(share: Floats) -> Floats:
        return 2 * share * (1 - share)

    lower, upper = impurity(precursors / below), impurity((of_all - precursors) / (1 - below))
    gains: Floats = impurity(np.array(of_all)) - below * lower - (1 - below) * upper
    return gains


def gini(y: Bools, weights: Floats) -> float:
    """Gini impurity 2 p (1 − p) of labels (n,) with weights (n,): 0 pure, 0.5 even, 0 of nothing."""
    total = weights.sum()
    share = float(weights[y].sum() / total) if total > 0 else 0.0
    return 2 * share * (1 - share)


def gini_gain(y: Bools, sides: Bools, weights: Floats) -> float:
    """How much the Gini impurity of y (n,) falls when the points part by `sides` (n,)."""
    share = float(weights[sides].sum() / weights.sum())
    parted = share * gini(y[sides], weights[sides]) + (1 - share) * gini(y[~sides], weights[~sides])
    return gini(y, weights) - parted


def _holds(points: Points, answers: Bools, penalty: float, settings: Settings) -> bool:
    """Whether planes fitted without a fold of the points answer it right above `min_accuracy`."""
    if settings.folds < 2:
        return True
    fold_of = _folds(answers, settings.folds)
    right = np.zeros(len(answers), dtype=np.bool_)
    for fold in range(settings.folds):
        aside = fold_of == fold
        if not answers[~aside].any() or answers[~aside].all():
            return False
        plane = _fitted(points.take(~aside), answers[~aside], penalty, settings)
        if plane is None:
            return False
        right[aside] = (points.z[aside] @ plane.weights + plane.bias > 0) == answers[aside]
    return float(np.average(right, weights=points.weights)) > settings.min_accuracy


def _folds(answers: Bools, folds: int) -> NDArray[np.int64]:
    """A fold for each point, (n,): both answers dealt round in an order drawn once from a fixed seed."""
    shuffled = np.random.default_rng(0).permutation(len(answers))
    dealt = shuffled[np.argsort(answers[shuffled], kind="stable")]
    fold_of = np.empty(len(answers), dtype=np.int64)
    fold_of[dealt] = np.arange(len(answers)) % folds
    return fold_of
