"""False hits of high scores by the tail of those of lower ones, and genes whose families nothing has seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from benchmarks.tools.natural import DENSITY, MEGABASES, Background
from benchmarks.tools.tail import Tail, begins, excesses
from mirscan.pipeline.false_hits import Curve
from mirscan.training.scan.false_hits import SCORES, Piece

SLOPE, PER_MB = 1.3, 20.0


def piece(megabases: float, random: np.random.Generator) -> Piece:
    excess = random.exponential(1 / SLOPE, int(PER_MB * megabases))
    scores = expit(logit(SCORES[0]) + excess).tolist()
    return Piece("a", "vertebrate", megabases, megabases, scores)


def test_the_slope_of_a_tail_is_found_and_drawn_from() -> None:
    random = np.random.default_rng(2)
    some = [piece(200, random)]
    tail = Tail.of(some, 0.1)
    assert tail.slope == pytest.approx(SLOPE, rel=0.05)
    scores = np.array([0.06, 0.99, *[0.2] * 4000])
    drawn = tail.redrawn(scores, random)
    assert drawn[0] == 0.06, "below the tail a score stays"
    assert (drawn[1:] >= 0.1).all()
    assert 1 / (logit(drawn[1:]) - logit(0.1)).mean() == pytest.approx(SLOPE, rel=0.1)


def test_a_tail_begins_where_it_is_no_longer_refuted() -> None:
    random = np.random.default_rng(3)
    clean = piece(30, random)
    bent = Piece("b", "vertebrate", 30.0, 30.0, [*clean.network, *random.uniform(0.05, 0.06, 400)])
    assert begins([clean], 1)[0] == SCORES[0]
    start, asked = begins([bent], 1)
    assert start > SCORES[0]
    assert next(row["p"] for row in asked) < 0.1 <= asked[-1]["p"]
    assert len(excesses([bent], start)) == asked[-1]["hits"]


@pytest.mark.parametrize("times", [1.0, 4.0])
def test_a_curve_that_is_right_makes_q_values_right_and_one_that_is_not_shows(times: float) -> None:
    """Genes and false hits drawn as the curve says, or four times as many of these."""
    random = np.random.default_rng(4)
    at = logit(np.array(SCORES)) - logit(SCORES[0])
    curve = Curve(SCORES, tuple((PER_MB / times * np.exp(-SLOPE * at)).tolist()), ("vertebrate",))
    tested, genes = Background(piece(400, random), curve), expit(random.normal(3.0, 2.0, 60))
    drawn = tested.drawn(genes, Tail.of([tested.piece], SCORES[0]), 60, (0.1, 0.5), random)
    true, false, _ = drawn[:, :, 0].mean(axis=0)
    assert 0 < true <= DENSITY * MEGABASES
    share = false / (true + false)
    assert (0.05 <= share <= 0.15) if times == 1 else share > 0.2
