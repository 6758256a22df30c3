"""Tiers of a run: as many hits as chance brings are candidates, whatever their scores."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from types import SimpleNamespace

import pytest

from mirscan.evidence.score import log_odds
from mirscan.pipeline.advice import advice
from mirscan.pipeline.annotators.tier import Tier
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.tiers import LIKELY, Cuts, Limits
from mirscan.records import Call, Hairpin, Hit

CURVE = Curve((0.1, 0.5, 0.9, 0.99), (10.0, 0.5, 0.1, 0.01), ("insect",))
LARGE = Limits()


def call(number: int, score: float) -> Call:
    start = 1_000 * number
    return Call(Hairpin("chr1", start, start + 80, "+", "ACGU" * 20, "." * 80, -9.0), log_odds(score))


def finish(
    scores: list[float], megabases: float, tier: str | None = LIKELY, min_score: float = 0.5
) -> Finish:
    """What becomes of hits of these scores in a genome of so many megabases."""
    chunk = Chunk({}, [call(*each) for each in enumerate(scores)], known=int(1e6 * megabases))
    plan = Plan({"chr1": int(1e6 * megabases)}, 500)
    return Finish(plan, lambda: [chunk], Funnel(), min_score, curve=CURVE, tier=tier)


def tiers(scores: list[float], megabases: float) -> list[str]:
    return [hit.tier["name"] for hit in finish(scores, megabases, None).hits() if hit.tier]


def test_as_many_hits_as_chance_brings_are_candidates() -> None:
    assert Cuts.of([0.5] * 5, 10.0, CURVE, LARGE).scores == {"high": inf, "likely": inf}, "five are expected"
    assert Cuts.of([0.5] * 10, 10.0, CURVE, LARGE).scores == {"high": inf, "likely": 0.5}
    assert Cuts.of([0.9] * 10, 10.0, CURVE, LARGE).scores == {"high": 0.9, "likely": 0.9}, "one is expected"
    assert Cuts.of([0.9] * 9, 10.0, CURVE, LARGE).scores == {"high": inf, "likely": 0.9}
    assert Cuts.of([], 10.0, CURVE, LARGE).scores == {"high": inf, "likely": inf}
    assert Cuts.of([0.5] * 5, 10.0, CURVE, LARGE).held_back == {"high": 0, "likely": 5}
    assert Cuts.of([0.9] * 9, 10.0, CURVE, LARGE).held_back == {"high": 9, "likely": 0}


def test_a_hit_is_of_a_tier_where_it_and_weaker_ones_of_the_tier_are_more_than_chance() -> None:
    """A better hit is never of a lower tier, and what is too weak for a tier has no say in it."""
    alone, among = Cuts.of([0.95], 10.0, CURVE, LARGE), Cuts.of([0.95, *[0.9] * 9], 10.0, CURVE, LARGE)
    assert alone.tier(0.95) == "likely", "0.3 are expected"
    assert among.tier(0.95) == "high"
    with_likely = Cuts.of([0.95, *[0.7] * 90], 10.0, CURVE, LARGE)
    assert with_likely.tier(0.95) == "likely"
    assert with_likely.scores == Cuts.of([0.95, *[0.7] * 90, *[0.2] * 500], 10.0, CURVE, LARGE).scores


def test_a_lone_gene_of_a_short_piece_is_shown() -> None:
    for megabases in (0.002, 0.02, 0.2):
        limits = Limits.of(int(1e6 * megabases))
        cuts = Cuts.of([0.6], megabases, CURVE, limits)
        assert cuts.tier(0.6) in ("high", "likely"), megabases


def test_a_default_scan_shows_none_of_as_many_as_chance_brings_and_says_so() -> None:
    weak = [0.6, 0.7, 0.8]
    run = finish(weak, 10.0)
    assert list(run.hits()) == []
    (sentence,) = advice(run)
    assert sentence.startswith(
        "no hit that scores 0.5 or more is shown, as chance brings as many hits; the b"
    )
    assert "`--tier candidate` shows" in sentence
    assert tiers(weak, 10.0) == ["candidate"] * 3
    assert tiers([*weak, *[0.995] * 5], 10.0)[:3] == ["likely"] * 3


def test_bacteria_have_no_microrna_and_so_no_tier_but_the_last() -> None:
    bacterium = replace(CURVE, clades=("bacterium",))
    assert Cuts.of([0.95] * 50, 10.0, CURVE, LARGE).tier(0.95) == "high"
    cuts = Cuts.of([0.95] * 50, 10.0, bacterium, LARGE)
    assert cuts.tier(0.95) == "candidate"
    assert cuts.held_back == {"high": 50, "likely": 50}
    run = replace(finish([0.95] * 50, 10.0), curve=bacterium)
    assert list(run.hits()) == []
    (sentence,) = advice(run)
    assert "is shown, as bacteria have no microRNAs; the best: chr1:" in sentence
    either = replace(CURVE, clades=("bacterium", "virus"))
    assert Cuts.of([0.95] * 50, 10.0, either, LARGE).tier(0.95) == "high", "a virus may have some"


@pytest.mark.parametrize("min_score", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("tier", [None, "likely", "high"])
def test_whatever_else_is_shown_the_tiers_are_the_same(min_score: float, tier: str | None) -> None:
    scores = [0.15, 0.2, 0.4, 0.55, 0.6, *[0.92] * 2, *[0.995] * 3, 0.2]
    shown = finish(scores, 10.0, tier, max(min_score, 0.9) if tier == "high" else min_score)
    usual = {hit.name: hit.tier for hit in finish(scores, 10.0).hits()}
    assert {each["name"] for each in usual.values() if each} == {"high", "likely"}
    here = {hit.name: hit.tier for hit in shown.hits()}
    assert all(usual.get(name, note) == note for name, note in here.items())
    assert sum(note["name"] == "high" for note in here.values() if note) == sum(
        note["name"] == "high" for note in usual.values() if note
    )


def test_how_the_genome_is_cut_changes_no_tier() -> None:
    """The chunks of shards are counted together when they are joined."""
    whole = finish([0.6, 0.7, 0.95, 0.9], 10.0, None)
    (chunk,) = whole.chunks()
    half = chunk.known // 2
    parts = [Chunk({}, chunk.calls[:2], known=half), Chunk({}, chunk.calls[2:], known=half)]
    chunks = [Chunk.from_record(part.as_record()) for part in parts]
    joined = Finish(whole.plan, lambda: chunks, Funnel(), 0.5, curve=CURVE)
    assert [hit.tier for hit in joined.hits()] == [hit.tier for hit in whole.hits()]


def test_what_is_no_more_than_a_candidate_is_explained() -> None:
    cuts = SimpleNamespace(tier=lambda score: "candidate")
    hit = Hit.of(call(0, 0.95).hairpin, 0.95)
    (noted,) = Tier(CURVE, cuts=cuts).annotate([hit])  # type: ignore[arg-type]
    rate, why = Tier.sentences(noted.tier)
    assert rate.startswith("Tier candidate: real DNA has 0.0")
    assert "chance explains more than 10% of the hits" in why
    (usual,) = Tier(CURVE).annotate([hit])
    assert len(Tier.sentences(usual.tier)) == 1
