"""Curves of false hits fitted to counts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit, logit

from mirscan.pipeline.false_hits import CLADES
from mirscan.training.scan.false_hits import SCORES, Piece, counted, curves, poisson, score_at

SLOPE = 1.3


def piece(name: str, clade: str, per_mb: float, megabases: float, seed: int = 0) -> Piece:
    """A genome whose false hits fall exponentially with the log-odds."""
    random = np.random.default_rng(seed)
    excess = random.exponential(1 / SLOPE, int(per_mb * megabases))
    return Piece(name, clade, megabases, megabases, expit(logit(SCORES[0]) + excess).tolist())


def rate(pieces: list[Piece], clade: str, score: float) -> float:
    return float(curves(pieces)[clade][0][SCORES.index(score)])


def test_much_sequence_speaks_for_itself() -> None:
    pieces = [piece("a", "vertebrate", 40, 100), piece("b", "fungus", 4, 100, seed=1)]
    for each in pieces:
        own = sum(score >= 0.3 for score in each.network) / each.unseen
        assert rate(pieces, each.clade, 0.3) == pytest.approx(own, rel=0.1)


def test_little_sequence_takes_its_height_from_itself_and_its_shape_from_all() -> None:
    pieces = [piece("a", "vertebrate", 10, 100), piece("b", "virus", 80, 0.5, seed=1)]
    true = 80 * np.exp(-SLOPE * (logit(0.5) - logit(0.05)))
    assert rate(pieces, "virus", 0.5) == pytest.approx(true, rel=0.5)


def test_a_clade_that_nobody_searched_is_like_the_others_together() -> None:
    pieces = [piece("a", "vertebrate", 10, 100)]
    assert rate(pieces, "insect", 0.05) == pytest.approx(10, rel=0.3)


def test_curves_fall_and_never_reach_nothing() -> None:
    pieces = [piece("a", "vertebrate", 30, 2), piece("b", "virus", 0, 0.1)]
    for network, families in curves(pieces).values():
        for each in (network, families):
            assert all(high >= low > 0 for high, low in pairwise(each))
    assert set(curves(pieces)) == set(CLADES)


def test_counts_and_cuts() -> None:
    assert counted([0.05, 0.3, 0.95])[[0, SCORES.index(0.3), -1]].tolist() == [3, 2, 0]
    falling = np.exp(-SLOPE * (logit(np.asarray(SCORES)) - logit(SCORES[0])))
    score = score_at(falling, 0.1)
    assert score is not None
    assert np.exp(-SLOPE * (logit(score) - logit(SCORES[0]))) == pytest.approx(0.1)
    assert score_at(falling, 2.0) == SCORES[0]
    assert score_at(falling, 1e-9) is None


def test_poisson_intervals_are_those_of_tables() -> None:
    assert poisson(0) == (0.0, pytest.approx(3.69, abs=0.01))
    assert poisson(3) == (pytest.approx(0.62, abs=0.01), pytest.approx(8.77, abs=0.01))
