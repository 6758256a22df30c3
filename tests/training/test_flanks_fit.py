"""The fit of the flanks: it finds the motif that genes have, and gives none to one that they lack."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.flanks.cuts import FEATURES, Cuts
from mirscan.records import Hairpin
from mirscan.training.flanks.examples import Background, Gene, Seen
from mirscan.training.flanks.fit import Mixtures, bits_of, fit


def seen(random: np.random.Generator, shares: tuple[float, ...], log_odds: float, at: int = 0) -> Seen:
    features = np.zeros((3, len(FEATURES)))
    features[1] = random.random(len(FEATURES)) < shares  # what the second of three cuts has
    cuts = Cuts(np.arange(3), np.arange(3), np.log([0.2, 0.6, 0.2]), features)
    return Seen(Hairpin("c", 200 * at, 200 * at + 60, "+", "A" * 60, "." * 60, 0.0), log_odds, cuts)


@pytest.fixture(scope="module")
def material() -> tuple[list[Gene], Background]:
    random = np.random.default_rng(1)
    has, lacks = (0.8, 0.3, 0.5), (0.1, 0.3, 0.5)
    genes = [
        Gene(f"g{at}", f"f{at}", at % 5, seen(random, has, 1.0), seen(random, lacks, 0.0), (0, 60))
        for at in range(300)
    ]
    return genes, Background("b", 0.5, [seen(random, lacks, -4.0, at) for at in range(1500)])


def test_the_motif_of_genes_weighs_and_no_other(material: tuple[list[Gene], Background]) -> None:
    genes, background = material
    weights = fit(genes, [background], 1e-2)
    by_name = dict(zip(FEATURES, weights.weights, strict=True))
    assert by_name["ug"] > 1.5
    assert 0 <= max(by_name["cnnc"], by_name["lower_stem"]) < 0.7
    right = bits_of(weights, [gene.right for gene in genes if gene.right])
    wrong = bits_of(weights, background.hairpins)
    assert right.mean() > wrong.mean() + 0.8


def test_the_slope_of_a_mixture_is_that_of_its_value(material: tuple[list[Gene], Background]) -> None:
    part = Mixtures.of(material[1].hairpins[:20])
    weights, step = np.array([0.3, 0.7, 1.1]), 1e-6
    _, slope = part.logs(weights)
    for at in range(len(FEATURES)):
        shift = np.eye(len(FEATURES))[at] * step
        numeric = (part.logs(weights + shift)[0] - part.logs(weights - shift)[0]) / (2 * step)
        np.testing.assert_allclose(slope[:, at], numeric, atol=1e-6)


def test_a_scan_lists_one_hairpin_of_each_place() -> None:
    random = np.random.default_rng(0)
    some = [seen(random, (0, 0, 0), 0.0, at) for at in (0, 0, 1)]
    listed = Background("b", 1.0, some).listed(np.array([-3.0, -2.0, -5.0]))
    assert listed.tolist() == [1, 2]
