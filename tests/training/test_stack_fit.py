"""How readers are weighed: by what each adds, and so that scores are probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit

from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.training.scan.stack_fit import LEAST, best_of_each, fit_stack, weighed

DRAW = np.random.default_rng(0)


def test_who_says_more_weighs_more_and_who_says_nothing_the_least() -> None:
    """Normal logits at ±m with spread 1 weigh 2m each; noise weighs `LEAST`."""
    precursors = DRAW.normal([1.0, 0.5, 0.0], 1, (20_000, 3))
    background = DRAW.normal([-1.0, -0.5, 0.0], 1, (20_000, 3))
    weights, shift = weighed(precursors, background, np.ones(len(background)), 0.5)
    assert weights[:2] == pytest.approx([2, 1], abs=0.1)
    assert LEAST <= weights[2] < 0.05
    assert shift == pytest.approx(0, abs=0.1)


def test_a_reader_that_errs_is_not_turned_round() -> None:
    precursors, background = DRAW.normal([1, -1, 0], 1, (5000, 3)), DRAW.normal([-1, 1, 0], 1, (5000, 3))
    assert weighed(precursors, background, np.ones(len(background)), 0.5)[0][1] == LEAST


def test_scores_are_probabilities_among_all_candidates() -> None:
    """A tenth of the background was asked about, and of the rest one in ten, which stands for ten."""
    prevalence, stands_for = 0.02, np.repeat([1.0, 10.0], [20_000, 18_000])
    kinds = np.repeat([0, 1], [9_000, 1_000])
    said = DRAW.normal(-1, 1, (10_000, len(READERS), 2)) + 2 * np.eye(2)[kinds][:, None]
    background = DRAW.normal(-1, 1, (38_000, len(READERS), 2))
    stack = HairpinStack([{"width": 8}], {"longest": 20}, {"hidden": 4})
    fit_stack(stack, said, kinds, background, stands_for, prevalence)
    scale, shift = stack.calibration.tolist()
    score = [
        expit(scale * stack.joined(torch.from_numpy(part)).numpy() + shift) for part in (said, background)
    ]
    expected = prevalence * score[0].mean() + (1 - prevalence) * np.average(score[1], weights=stands_for)
    assert expected == pytest.approx(prevalence, rel=0.15)


def test_the_best_candidate_of_each_planting_is_the_convolutions_choice() -> None:
    said = np.zeros((5, len(READERS), 2))
    said[:, 0] = [[1.0, 9.0], [3.0, 0.0], [2.0, 0.0], [9.0, 5.0], [0.0, 6.0]]
    said[:, 1] = 9 - said[:, 0]
    rows = best_of_each(said, np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 9, 9]))
    assert rows.tolist() == [1, 2, 4]
