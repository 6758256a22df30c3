"""The plane of a node: slid, leaning, and as heavily regularised as gains most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mirscan.training.tree.hyperplanes import Points, Settings, best_plane, gini, gini_gain


def tilted(n=2000):
    """A question on the first coordinate, precursors on another line: the plane's best place is not 0."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=(n, 4))
    return Points(z, z[:, 0] > 0.4, (z[:, 0] > 0)[None], np.ones(n))


def test_a_plane_is_slid_to_where_it_gains_most():
    points = tilted()
    _, still = best_plane(points, Settings(slide=1))
    _, slid = best_plane(points, Settings(slide=0.8))
    assert slid.gain > 1.2 * still.gain
    assert slid.accuracy < still.accuracy
    sides = points.z @ slid.weights + slid.bias > 0
    assert slid.gain == pytest.approx(gini_gain(points.y, sides, points.weights))
    assert slid.accuracy == pytest.approx((sides == points.answers[0]).mean())


def test_a_slid_plane_keeps_its_accuracy():
    for least in (0.85, 0.9, 0.95):
        _, plane = best_plane(tilted(), Settings(slide=least))
        assert least < plane.accuracy < least + 0.02
    assert best_plane(tilted(), Settings(slide=0.9, min_accuracy=0.9999)) is None


def test_heavier_penalties_are_tried_and_the_one_that_gains_most_is_taken():
    rng = np.random.default_rng(4)
    z = rng.normal(size=(800, 30))
    answers = z[:, 0] + 0.7 * rng.normal(size=800) > 0
    points = Points(z, (z[:, 0] + 0.2 * z[:, 1]) > 0, answers[None], np.ones(800))
    free = Settings(slide=0.6, min_accuracy=0.6, folds=1)
    gains = {
        penalty: best_plane(points, replace(free, penalties=(penalty,)))[1].gain for penalty in (1e-4, 3)
    }
    assert best_plane(points, replace(free, penalties=(1e-4, 3)))[1].gain == max(gains.values())
    assert len(set(gains.values())) == 2


def test_a_leaning_plane_parts_the_classes_better_and_still_answers():
    """The concept lies along one axis, the class along a slanted one: the plane turns towards the class."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=(3000, 4))
    y = z[:, 0] + 0.6 * z[:, 1] > 0
    answers = np.array([z[:, 0] + 0.3 * rng.normal(size=3000) > 0])
    points = Points(z, y, answers, np.ones(3000))
    planes = [best_plane(points, Settings(slide=1, lean=lean))[1] for lean in (0.0, 3.0)]
    slopes = [plane.weights[1] / plane.weights[0] for plane in planes]
    assert abs(slopes[0]) < 0.1 < 0.2 < slopes[1]
    assert planes[1].gain > planes[0].gain + 0.05
    assert 0.8 < planes[1].accuracy < planes[0].accuracy


def test_a_leaning_plane_leans_the_other_way_where_no_means_precursor():
    rng = np.random.default_rng(3)
    z = rng.normal(size=(1000, 4))
    y = z[:, 0] + 0.6 * z[:, 1] > 0
    answers = z[:, 0] > 0.1
    settings = Settings(slide=1, lean=3.0)
    ways = [
        best_plane(Points(z, y, np.array([told]), np.ones(1000)), settings)[1] for told in (answers, ~answers)
    ]
    np.testing.assert_allclose(ways[0].weights, -ways[1].weights, atol=1e-3)
    assert ways[0].gain == pytest.approx(ways[1].gain, abs=1e-6)


def test_gini():
    ones = np.ones(4)
    y = np.array([True, True, False, False])
    assert gini(y, ones) == 0.5
    assert gini(y, np.array([3, 3, 1, 1])) == pytest.approx(2 * 0.75 * 0.25)
    assert gini_gain(y, y, ones) == 0.5
    assert gini_gain(y, np.array([True, False, True, False]), ones) == 0
    assert gini_gain(y, np.ones(4, bool), ones) == 0
