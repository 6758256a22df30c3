"""How much each reader of a hairpin counts, and what the score of all three means."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from mirscan.models.column_ensemble import KINDS, PLANT
from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.training.scan.calibration import platt
from mirscan.training.scan.draw import numbered
from mirscan.training.scan.settings import PLANTS

LEAST = 0.02  # weight of a reader: each is heard, though one that says nothing new hardly counts

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def fit_stack(
    stack: HairpinStack,
    precursors: Floats,
    kinds: Rows,
    background: Floats,
    stands_for: Floats,
    prevalence: float,
) -> None:
    """Set the weights, the shifts and the calibration of a stack.

    Args:
        stack: Changed in place.
        precursors: What its readers say of precursors that none has seen, (n, 3, 2).
        kinds: (n,), what each is.
        background: What they say of background that none has seen, (m, 3, 2).
        stands_for: (m,), candidates that each row of the background stands for.
        prevalence: Precursors of both kinds among all candidates, 0..1.
    """
    for kind in range(len(KINDS)):
        if (kinds == kind).any():
            share = PLANTS if kind == PLANT else 1 - PLANTS
            some = precursors[kinds == kind, :, kind]
            weights, shift = weighed(some, background[:, :, kind], stands_for, prevalence * share)
            stack.weights[kind] = torch.from_numpy(weights)
            stack.shifts[kind] = shift
    both = [stack.joined(torch.from_numpy(said)).numpy() for said in (precursors, background)]
    # of the calibration's precursors as many count as plants' as in any genome
    drawn = np.where(kinds == PLANT, PLANTS, 1 - PLANTS) / np.bincount(kinds, minlength=len(KINDS))[kinds]
    rows = np.random.default_rng(0).choice(len(kinds), len(kinds), p=drawn / drawn.sum())
    fitted = platt(both[0][rows], both[1], stands_for, prevalence)
    stack.calibration.copy_(torch.tensor(fitted))


def weighed(
    precursors: Floats, background: Floats, stands_for: Floats, prevalence: float
) -> tuple[Floats, float]:
    """The weight of each reader's logit, none below `LEAST`, and what is added to their sum.

    Args:
        precursors: (n, readers).
        background: (m, readers).
        stands_for: (m,), candidates that each row of it stands for.
        prevalence: Precursors among both, 0..1.
    """
    sign = np.repeat([1.0, -1.0], [len(precursors), len(background)])
    logits = np.concatenate([precursors, background])
    known = np.full(len(precursors), prevalence / len(precursors))
    share = np.concatenate([known, (1 - prevalence) * stands_for / stands_for.sum()])

    def loss(values: Floats) -> tuple[float, Floats]:
        margin = sign * (logits @ values[:-1] + values[-1])
        slope = -share * sign * expit(-margin)
        return float(share @ np.logaddexp(0, -margin)) / prevalence, np.append(
            slope @ logits, slope.sum()
        ) / prevalence

    start = np.append(np.full(len(READERS), 1 / len(READERS)), 0.0)
    bounds = [(LEAST, None)] * len(READERS) + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000}).x
    return found[:-1], float(found[-1])


def best_of_each(said: Floats, kinds: Rows, origin: Rows) -> Rows:
    """Of the candidates of each planted precursor the row of which the convolutions think best.

    Args:
        said: What the readers say, (n, 3, 2).
        kinds: (n,).
        origin: (n,), the precursor of each candidate.
    """
    planting = numbered([origin])
    order = np.lexsort((-said[np.arange(len(kinds)), 0, kinds], planting))
    first: Rows = order[np.append(True, np.diff(planting[order]) != 0)[: len(order)]]
    return first
