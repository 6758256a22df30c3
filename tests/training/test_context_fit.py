"""The fit of what neighbours and repeats weigh: it finds what genes have, and little where they lack it."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.evidence.context import shipped_context
from mirscan.evidence.kind import Setup
from mirscan.evidence.neighbours import NeighbourEvidence
from mirscan.evidence.repeats import RepeatEvidence
from mirscan.records import REPEATS, Call, Hairpin
from mirscan.training.context.examples import Around, Labelled, Scanned, labelled
from mirscan.training.context.fit import against, bits, chances, distances, fit, scores
from mirscan.training.scan.settings import STRETCH

PRIOR = 1e-3


def genome(name: str, near_genes: float, near_false: float, seed: int = 0) -> Labelled:
    """Genes and false hits of which so many have a neighbour."""
    random = np.random.default_rng(seed)

    def some(count: int, share: float, mean: float) -> list[Around]:
        return [
            Around(float(random.normal(mean, 1.5)), [200], [2.0], [0])
            if random.random() < share
            else Around(float(random.normal(mean, 1.5)), [], [], [])
            for _ in range(count)
        ]

    gaps = random.exponential(400, 40).astype(int).tolist()
    return Labelled(name, some(30, near_genes, 0.5), 2, some(200, near_false, -3.5), 20.0, gaps)


def test_neighbours_weigh_where_genes_have_them_and_not_where_false_hits_do() -> None:
    clustered = fit([genome("a", 0.9, 0.01)], -3.0, PRIOR)
    by_chance = fit([genome("a", 0.2, 0.6)], -3.0, PRIOR)
    pair = Around(0.0, [200], [2.0], [0])
    assert bits(pair, clustered) > 2 * bits(pair, by_chance) > 0


def test_the_distances_are_those_of_the_gaps() -> None:
    random = np.random.default_rng(2)
    gaps = [*random.exponential(150, 400).astype(int), *random.exponential(3000, 400).astype(int)]
    close, apart = distances([gaps])
    assert close == pytest.approx(150, rel=0.3)
    assert apart == pytest.approx(2700, rel=0.3)  # those beyond reach are cut


def test_chance_falls_as_false_calls_do() -> None:
    random = np.random.default_rng(3)
    false = [Around(float(each) - 2.2, [], [], []) for each in random.exponential(1 / 1.5, 4000)]
    surest, chance, fall = chances([Labelled("a", [], 0, false, 100.0, [])])
    assert fall == pytest.approx(1.5, rel=0.1)
    assert chance == pytest.approx(4000 / 2e8 * np.exp(-1.5 * 2.2), rel=0.2)
    assert surest < chance


def test_half_of_the_genes_score_more_than_the_middle() -> None:
    random = np.random.default_rng(4)
    genes = [Around(float(each), [], [], []) for each in random.logistic(1.0, 2.0, 3000)]
    above = [each for each in genes if each.log_odds > -4]
    middle, spread = scores([Labelled("a", above, len(genes) - len(above), [], 1.0, [])])
    assert middle == pytest.approx(1.0, abs=0.3)
    assert spread == pytest.approx(0.5, rel=0.15)


def test_what_is_repeated_speaks_against_only_where_false_hits_are() -> None:
    assert against((10, 1000), (160, 1000)) == pytest.approx(-3.9, abs=0.1)
    assert against((160, 1000), (10, 1000)) == 0.0


def test_false_is_what_lies_away_from_known_loci_and_was_not_learnt_from() -> None:
    def call(start: int, repeated: float = 0.0) -> Call:
        hairpin = Hairpin("c", start, start + 80, "+", "ACGU" * 20, "." * 80, -30.0)
        return Call(hairpin, 0.0, {REPEATS: repeated})

    calls = [call(1000), call(1200), call(5000, 1.0), call(STRETCH + 1000)]
    loci = {"c": [(1000, 1080, "+"), (8000, 8080, "+")]}
    seen = labelled(Scanned("g", ("virus",), True, 0.5, calls, loci, PRIOR), -3.0)
    assert [each.distances for each in seen.genes] == [[120, 3920]]
    assert seen.missed == 1
    assert [round(each.log_odds, 2) for each in seen.false] == [0.0, round(-3 * np.log(2), 2)]
    assert seen.unseen == 0.1
    assert seen.gaps == [6920]


def test_the_shipped_numbers_decide_and_are_stated() -> None:
    sha256 = shipped_context().sha256
    for kind in (NeighbourEvidence(Setup()), RepeatEvidence(Setup())):
        assert kind.facts() == {"sha256": sha256}
