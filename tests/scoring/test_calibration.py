"""Scores as probabilities, and what another prevalence makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.errors import UsageError
from mirscan.folding.viennarna import fold
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hairpin
from mirscan.scoring.calibration import expected_error, reliability, shift, shifted
from mirscan.scoring.scorer import Scorer

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"


def test_bayes_by_hand() -> None:
    # a sign nine times as frequent in precursors: 0.5 at one in ten is 9/108 at one in a hundred
    assert shifted(0.5, shift(0.01, 0.1)) == pytest.approx(9 / 108)
    assert shifted(9 / 108, shift(0.1, 0.01)) == pytest.approx(0.5)
    assert shifted(0.3, 0.0) == pytest.approx(0.3)
    assert (shifted(0.0, 5.0), shifted(1.0, -5.0)) == (0.0, 1.0)


def test_reliability_of_scores_that_mean_what_they_say() -> None:
    random = np.random.default_rng(0)
    scores = random.random(50_000)
    labels = random.random(50_000) < scores
    rows = reliability(scores, labels, np.ones(50_000), np.linspace(0, 1, 11))
    assert len(rows) == 10
    assert expected_error(rows) < 0.01
    wrong = reliability(scores**2, labels, np.ones(50_000), np.linspace(0, 1, 11))
    assert expected_error(wrong) == pytest.approx(1 / 2 - 1 / 3, abs=0.01)


def test_weights_count_as_rows_would() -> None:
    scores, labels = np.array([0.2, 0.2, 1.0]), np.array([True, False, True])
    edges = np.array([0, 0.5, 1])
    low, high = reliability(scores, labels, np.array([1.0, 3.0, 4.0]), edges)
    assert (low["weight"], low["precursors"], low["score"]) == (0.5, 0.25, pytest.approx(0.2))
    assert (high["from"], high["to"], high["precursors"]) == (0.5, 1.0, 1.0)
    assert expected_error([low, high]) == pytest.approx(0.5 * 0.05)


@pytest.fixture(scope="module")
def rarer() -> tuple[Scorer, Scorer]:
    return Scorer("scan", "cpu"), Scorer("scan", "cpu", prevalence=1e-6)


def test_a_prevalence_moves_every_score_and_the_threshold_alike(rarer: tuple[Scorer, Scorer]) -> None:
    card, rare = rarer
    hairpins = [Hairpin("h", 0, len(s), "+", s, *fold(s)) for s in (MIR_21, MIR_21[::-1], "ACGU" * 20)]
    at = card.card.metrics["calibration"]["prevalence"]
    for one, other in zip(card.scores(hairpins), rare.scores(hairpins), strict=True):
        assert other == pytest.approx(shifted(float(one), shift(1e-6, at)), abs=2e-6)
        assert rare.at_card(rare.min_score) == pytest.approx(card.min_score, rel=0.02)
    assert rare.scores(hairpins).max() < card.scores(hairpins).max()


def test_the_first_look_knows_the_card_s_scale(rarer: tuple[Scorer, Scorer]) -> None:
    for scorer in rarer:
        assert search_for("default", scorer, scorer.min_score).first is not None
        assert search_for("default", scorer, scorer.min_score / 1000).first is None


def test_only_a_calibrated_model_has_a_prevalence() -> None:
    with pytest.raises(UsageError, match="not calibrated"):
        Scorer("cross_species", "cpu", prevalence=0.01)
