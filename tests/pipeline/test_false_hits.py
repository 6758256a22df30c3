"""False hits of real DNA: the curves of a model, the tiers that come of them, and q-values beside them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mirscan.errors import ModelError, UsageError
from mirscan.families import store
from mirscan.pipeline.annotators.tier import Tier
from mirscan.pipeline.false_hits import (
    CLADE,
    CLADES,
    FILE,
    FORMAT,
    Curve,
    clades_of,
    facts_of,
    false_hits,
    in_index,
    of_facts,
    stated_clade,
)
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.qvalues import Decoys, QValues
from mirscan.pipeline.tiers import MOST_FALSE, TIERS, Limits
from mirscan.records import Call, Hairpin, Hit
from mirscan.scoring import checkpoint
from mirscan.scoring.calibration import shift, shifted

CURVE = Curve((0.1, 0.5, 0.9), (10.0, 1.0, 0.1), ("virus",))
BASES = "ACGU" * 20


def hit(score: float, start: int = 0) -> Hit:
    return Hit.of(Hairpin("chr1", start, start + 80, "+", BASES, "." * 80, -9.0), score)


def test_between_two_scores_the_rate_falls_and_outside_it_flatters_nobody() -> None:
    assert [CURVE.rate(score) for score in (0.1, 0.5, 0.9)] == pytest.approx([10, 1, 0.1])
    between = [CURVE.rate(score) for score in np.linspace(0.1, 0.99, 90)]
    assert all(high is not None and low is not None and high >= low for high, low in pairwise(between))
    assert CURVE.rate(0.09) is None, "nobody measured there"
    assert CURVE.at_least(0.09) == pytest.approx(10)
    assert CURVE.rate(0.999) == pytest.approx(0.1), "nothing rarer was measured"


def test_a_header_states_the_curve_and_merge_reads_it_back() -> None:
    assert of_facts(facts_of(CURVE)) == CURVE
    assert facts_of(None) == {}
    assert of_facts({"min_score": 0.5}) is None


def test_another_prevalence_moves_the_scores_with_it() -> None:
    moved = CURVE.moved(shift(0.01, 0.001))
    assert moved.scores[1] == pytest.approx(0.91, abs=0.01), "ten times the odds"
    assert moved.rate(moved.scores[1]) == pytest.approx(1)
    assert CURVE.moved(shift(0.001, 0.001)) is CURVE


@pytest.mark.parametrize("prevalence", [1e-6, 1e-8, 1e-12, 1e-15])
def test_a_score_means_as_many_false_hits_at_the_smallest_prevalence(prevalence: float) -> None:
    """Also where most scores are shown as 0."""
    by = shift(prevalence, 0.001)
    moved = CURVE.moved(by)
    for score in (0.1, 0.3, 0.5, 0.89):
        assert moved.rate(shifted(score, by) * (1 + 1e-5)) == pytest.approx(CURVE.rate(score), rel=1e-4)
    for rate in (5.0, 1.0, 0.2):
        assert moved.score(rate) == pytest.approx(shifted(CURVE.score(rate), by), rel=1e-4)
    assert of_facts(facts_of(moved)) == moved
    assert Limits().lowest(moved, "likely") == pytest.approx(moved.score(0.5), rel=0.011)


@pytest.mark.parametrize(
    ("asked", "clades"),
    [
        ("vertebrate", ("vertebrate",)),
        ("Primates", ("vertebrate",)),
        ("hsa", ("vertebrate",)),
        ("beetles", ("insect",)),
        ("Viruses", ("virus",)),
        ("fungi", ("fungus",)),
        ("molluscs", ("vertebrate", "nematode", "insect")),
        ("auto", CLADES),
        (None, CLADES),
    ],
)
def test_a_clade_is_measured_or_those_that_it_may_be_like_are(
    asked: str | None, clades: tuple[str, ...]
) -> None:
    assert clades_of(asked) == clades


def test_an_unknown_clade_is_refused_and_plants_are_none_of_the_index() -> None:
    with pytest.raises(UsageError, match="vertebrats"):
        clades_of("vertebrats")
    assert [in_index(name) for name in ("insect", "Aves", "plants", "auto", None)] == [
        "insects", "Aves", None, None, None,
    ]  # fmt: skip


def test_a_run_states_the_clade_whose_families_are_expected() -> None:
    stated = [stated_clade({CLADE: clade}) for clade in ("vertebrate", "nematode/insect", "virus")]
    assert stated == ["vertebrates", None, None]
    assert stated_clade({}) is None


def test_tiers_go_by_the_curve_and_filter() -> None:
    hits = [hit(0.05), hit(0.2), hit(0.7), hit(0.8), hit(0.9)]
    said = [each.tier and each.tier["name"] for each in Tier(CURVE).annotate(hits)]
    assert said == [None, "candidate", "likely", "likely", "high"]
    assert [each.score for each in Tier(CURVE, lowest="likely").annotate(hits)] == [0.7, 0.8, 0.9]
    assert [each.score for each in Tier(CURVE, lowest="high").annotate(hits)] == [0.9]
    assert len(list(Tier(CURVE, lowest="candidate").annotate(hits))) == 5


def test_a_small_genome_may_have_as_many_false_hits_in_all_as_two_megabases() -> None:
    large, small, tiny = (Limits.of(bases) for bases in (3_000_000_000, 200_000, 5_000))
    assert [large.most(tier) for tier in TIERS] == [0.1, 0.5, 10.0]
    assert small.most("likely") * 0.2 == pytest.approx(1.0), "one in all"
    assert tiny.most("likely") == pytest.approx(10.0), "and no more than ten per megabase"
    said = [each.tier and each.tier["name"] for each in Tier(CURVE, small).annotate([hit(0.2), hit(0.5)])]
    assert said == ["likely", "high"]


def test_a_lowest_score_is_rounded_by_its_size() -> None:
    """At a low prevalence a thousandth would be a large step."""
    rare = CURVE.moved(shift(7.5e-6, 0.001))
    for tier in TIERS:
        exact, rounded = rare.score(MOST_FALSE[tier]), Limits().lowest(rare, tier)
        assert exact <= rounded <= 1.011 * exact
    assert Limits().lowest(CURVE, "high") == pytest.approx(0.9)


@pytest.mark.parametrize("bases", [5_000, 200_000, 10_000_000])
@pytest.mark.parametrize("tier", TIERS)
def test_what_reaches_the_lowest_score_of_a_tier_is_of_that_tier(bases: int, tier: str) -> None:
    """So that the hits of a default scan are all `high` or `likely`."""
    limits = Limits.of(bases)
    lowest = limits.lowest(CURVE, tier)
    (noted,) = Tier(CURVE, limits).annotate([hit(max(lowest, 0.1))])
    assert TIERS.index(noted.tier["name"]) <= TIERS.index(tier)
    assert limits.lowest(CURVE) == limits.lowest(CURVE, "likely")
    assert limits.lowest(CURVE, "all") == CURVE.scores[0]


def test_a_note_is_read_back_from_table_and_json() -> None:
    (noted,) = Tier(CURVE).annotate([hit(0.7)])
    texts = {column.name: column.text(noted) for column in Tier.columns}
    assert texts["tier"] == "likely"
    assert Tier.from_texts(texts) == Tier.from_json(Tier.as_json(noted.tier)) == noted.tier
    assert Tier.from_texts({"tier": "likely", "false_per_mb": ""}) is None
    assert Tier.from_json({"name": "sure", "false_per_mb": 1}) is None
    assert "Tier likely" in Tier.sentences(noted.tier)[0]


def test_the_same_hit_has_the_same_number_whatever_else_is_found() -> None:
    """Whatever the threshold, the region or what lies beside it."""
    place = Hairpin("chr1", 100, 180, "+", BASES, "." * 80, -9.0)
    other = Hairpin("chr1", 300, 380, "+", BASES, "." * 80, -9.0)

    def tier(calls: list[Call], min_score: float) -> Any:
        chunk = Chunk({"bases": 5000}, calls)
        finish = Finish(Plan({"chr1": 5000}, 500), lambda: [chunk], Funnel(), min_score, curve=CURVE)
        return next(each.tier for each in finish.hits() if each.hairpin.start == 100)

    both = tier([Call(place, 0.4), Call(other, -1.0)], 0.01)
    assert both == tier([Call(place, 0.4)], 0.5)
    assert both["name"] == "high", "1.6 false hits per Mb are .008 of one in a genome of 5 kb"


def test_a_q_value_is_not_better_than_real_dna() -> None:
    decoys = Decoys(10.0, np.array([]))
    scores = [0.5, 0.5, 0.5, 0.5]
    by_decoys = QValues.of(scores, 1.0, decoys)
    both = QValues.of(scores, 1.0, decoys, CURVE)
    assert by_decoys.q(0.5) == pytest.approx(0.025), "one decoy more than none, in 10 Mb"
    assert both.q(0.5) == pytest.approx(0.25), "one false hit per Mb among four"
    assert both.false_per_megabase(0.5) == pytest.approx(1.0)
    many = Decoys(1.0, np.full(9, 0.6))
    assert QValues.of([0.5] * 20, 1.0, many, CURVE).q(0.5) == pytest.approx(0.45), (
        "decoys, where they are more"
    )


def test_curves_of_other_weights_do_not_speak_and_damaged_ones_are_named(tmp_path: Path) -> None:
    rates = {clade: {"false_per_mb": [2.0, 1.0]} for clade in CLADES}
    content = {
        "format": FORMAT,
        "model_sha256": "a",
        "prevalence": 0.001,
        "scores": [0.1, 0.5],
        "evidence": {"hairpin": {**rates, "virus": {"false_per_mb": [3.0, 0.5]}}},
    }
    (tmp_path / FILE).write_text(json.dumps(content))
    found = false_hits(tmp_path, "a")
    assert found is not None
    assert found.curve(["hairpin"], ("virus",)) == Curve((0.1, 0.5), (3.0, 0.5), ("virus",))
    mean = found.curve(["hairpin"], CLADES)
    assert mean is not None
    assert mean.rates == pytest.approx((15 / 7, 6.5 / 7), rel=1e-5), "each of the seven is as likely"
    assert of_facts(facts_of(mean)) == mean
    assert found.curve(["hairpin", "reads"], CLADES) == mean, "each library is another: reads are not counted"
    assert found.curve(["hairpin", "families"], CLADES) is None, "nobody measured that sum"
    assert false_hits(tmp_path, "b") is None
    assert false_hits(tmp_path / "elsewhere", "a") is None
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    content["evidence"]["hairpin"]["virus"]["false_per_mb"] = [0.5, 3.0]
    (damaged / FILE).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="does not fall"):
        false_hits(damaged, "a")


def test_the_shipped_curves_are_those_of_the_shipped_weights() -> None:
    folder = checkpoint.locate("scan")
    found = false_hits(folder, checkpoint.read_card(folder).sha256)
    assert found is not None, "measure anew: python -m benchmarks.accuracy.false_hits"
    assert json.loads((folder / FILE).read_text())["families_sha256"] == store.load().sha256
    for evidence in (["hairpin"], ["hairpin", "families"]):
        curve = found.curve(evidence, CLADES)
        assert curve is not None
        assert curve.rate(0.06), "it reaches down to where scans are made"
        assert curve.rates[-1] <= MOST_FALSE["likely"]
