"""How the settings of the tree are chosen, on trials that are made up and on ones that are fitted."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.training.tree import choice as tree_choice
from mirscan.training.tree.choice import Trial, choose, held_out, trial_on, weighted
from mirscan.training.tree.evaluation import Points, Scores
from mirscan.training.tree.hyperplanes import Settings
from mirscan.tree.question import Question


def made_up(settings, precursors, balanced_at=1.7, true=lambda settings: True):
    """Best at a lean of 3 and a slide of .9; sensitivity grows with the precursors' weight."""
    accuracy = 0.9 - 0.01 * abs(settings.lean - 3) - abs(settings.slide - 0.9)
    gap = 0.05 * np.log2(precursors / balanced_at)
    found = Scores(accuracy, accuracy + gap / 2, accuracy - gap / 2)
    return Trial(settings, precursors, found, 0.9 if true(settings) else 0.7)


@pytest.mark.parametrize("balanced_at", [1.7, 1.0, 0.4])
def test_the_best_settings_and_then_the_balance_are_found(balanced_at):
    trials = choose(lambda *given: made_up(*given, balanced_at), Settings())
    chosen = trials[-1]
    assert (chosen.settings.lean, chosen.settings.slide) == (3.0, 0.9)
    assert abs(np.log2(chosen.precursors / balanced_at)) < 0.1
    assert abs(chosen.gap) == min(abs(trial.gap) for trial in trials if trial.settings == chosen.settings)


def test_alike_is_not_better_where_it_costs_both():
    def tried(settings, precursors):
        one = made_up(settings, precursors)
        low = Scores(0.8, 0.8, 0.8)
        return one if precursors == 1.0 else Trial(settings, precursors, low, 0.9)

    assert choose(tried, Settings())[-1].precursors == 1.0


def test_a_tree_whose_splits_do_not_mean_what_they_say_stands_back():
    trials = choose(lambda *given: made_up(*given, true=lambda one: one.lean < 3), Settings())
    assert trials[-1].settings.lean == 1.0
    assert {trial.settings.lean for trial in trials} >= {0.0, 1.0, 3.0}


def test_every_trial_is_told():
    told = []
    trials = choose(made_up, Settings(), lambda: told.append(1))
    assert len(told) == len(trials)
    assert set(trials[-1].as_dict()) == {
        *("lean", "slide", "precursors", "accuracy", "sensitivity", "specificity", "fidelity")
    }


def test_families_are_held_out_whole():
    names = np.array([f"{species}-mir-{number}a" for number in range(300) for species in ("hsa", "mmu")])
    aside = held_out(names).reshape(300, 2)
    assert (aside[:, 0] == aside[:, 1]).all()
    assert 0.1 < aside.mean() < 0.3


def test_a_heavier_precursor_is_found_more_often(monkeypatch):
    """One latent axis, the classes overlapping along it."""
    asked = (Question("stem_length", "stem length", "columns", "count", 40.0),)
    monkeypatch.setattr("mirscan.training.tree.fit.questions", lambda: asked)
    parts = [points(seed) for seed in (0, 1)]
    light, heavy = (trial_on(*parts)(Settings(), weight) for weight in (0.5, 2.0))
    assert heavy.scores.sensitivity > light.scores.sensitivity + 0.02
    assert heavy.scores.specificity < light.scores.specificity - 0.02
    assert 0.8 < heavy.fidelity <= 1
    assert weighted(parts[0], 2.0).sum() == len(parts[0].y) + parts[0].y.sum()
    assert tree_choice.TRUE == 0.8


def points(seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(2000, 3))
    y = z[:, 0] + 0.6 * rng.normal(size=2000) > 0
    return Points(z, y, {"stem_length": 40 + 10 * z[:, 0]}, np.ones(2000))
