"""Where a place falls out of the line, and by how much."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from mirscan.alphabet import reverse_complement
from mirscan.demo import example_genome
from mirscan.evidence.kind import Kind, Rescued
from mirscan.evidence.score import Sum, Term, log_odds
from mirscan.evidence.weighing import Evidence
from mirscan.explanation.stages import Line
from mirscan.explanation.subjects import Surroundings
from mirscan.explanation.tier_stage import TierByScore
from mirscan.folding.viennarna import fold
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.search import Found, Search
from mirscan.pipeline.sensitivity import search_for
from mirscan.pipeline.stretches import Stretch
from mirscan.pipeline.tiers import Limits
from mirscan.records import Hairpin, Window
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings
from mirscan.tree.judge import Judge


@pytest.fixture(scope="module")
def scorer():
    return Scorer("scan", "cpu")


@pytest.fixture(scope="module")
def planted():
    """The surroundings of a planted precursor, and its place."""
    dna, places = example_genome()
    place = places[-1]
    first = place.start - 1500
    bases = dna[place.contig][first : place.end + 1500].upper().replace("T", "U")
    return Surroundings(place.contig, first, bases), place


def hairpin_at(around, start, end, strand):
    sequence = around.sequence[start - around.start : end - around.start]
    if strand == "-":
        sequence = reverse_complement(sequence)
    return Hairpin(around.contig, start, end, strand, sequence, *fold(sequence))


def names(stages):
    return [(stage.name, stage.passed) for stage in stages]


def test_a_call_passes_every_stage(scorer, planted):
    around, place = planted
    least = scorer.min_score
    line = Line(search_for("default", scorer, least), scorer, least, Judge("diva-tree", "cpu"))
    stages = line.follow(around, hairpin_at(around, place.start, place.end, place.strand)).stages
    assert [name for name, _ in names(stages)] == [
        *("sieve", "first prefilter", "second prefilter", "score", "locus", "rule")
    ]
    assert all(stage.passed for stage in stages[:5])
    score = next(stage for stage in stages if stage.name == "score")
    assert score.value >= score.threshold == least
    assert f"scores {score.value:.6f}" in score.text


def test_a_place_by_itself_has_the_tier_of_its_score_and_says_what_a_scan_adds(scorer, planted):
    """A scan may hide it as a candidate: it counts the hits of the whole genome."""
    around, place = planted
    hairpin = hairpin_at(around, place.start, place.end, place.strand)
    search = search_for("default", scorer, 0.1)
    rates = {"high": (20.0, 0.01, 0.01), "likely": (20.0, 0.3, 0.3), "candidate": (20.0, 2.0, 2.0)}
    for tier, falling in rates.items():
        alone = TierByScore(Curve((0.05, 0.1, 1.0), falling, ("virus",)), Limits())
        stages = Line(search, scorer, 0.1, tier=alone).follow(around, hairpin).stages
        assert [stage.passed for stage in stages] == [True] * 5 + [None]
        assert stages[-1].name == "tier"
        assert stages[-1].text.startswith(
            f"{tier} by its score alone: real DNA has {falling[1]:g} false hits"
        )
        assert ("than chance brings" in stages[-1].text) == (tier != "candidate")
    bacterium = TierByScore(Curve((0.05, 1.0), (0.1, 0.1), ("bacterium",)), Limits()).result(0.5)
    assert bacterium
    assert bacterium.text.endswith("; a scan makes it a candidate, as bacteria have no microRNAs")
    low = TierByScore(Curve((0.9999999, 1.0), (0.5, 0.1), ("virus",)), Limits())
    assert Line(search, scorer, 0.1, tier=low).follow(around, hairpin).stages[-1].name == "locus"


def test_the_score_decides(scorer, planted):
    around, place = planted
    line = Line(search_for("exhaustive", scorer, 0.999), scorer, 0.999)
    stages = line.follow(around, hairpin_at(around, place.start, place.end, place.strand)).stages
    assert names(stages) == [
        *(("sieve", True), ("first prefilter", None), ("second prefilter", None), ("score", False))
    ]
    assert stages[-1].value < 0.999


def test_the_first_look_decides(scorer, planted):
    around, place = planted
    search = replace(search_for("default", scorer, scorer.min_score), first_cut=50.0)
    stages = (
        Line(search, scorer, 0.1)
        .follow(around, hairpin_at(around, place.start, place.end, place.strand))
        .stages
    )
    assert names(stages) == [("sieve", True), ("first prefilter", False)]
    assert stages[-1].value < stages[-1].threshold == 50


@pytest.mark.parametrize("strand", "+-")
def test_the_second_look_decides(scorer, planted, strand):
    """At a cut between the logit that it has and the next number, on either strand."""
    around, place = planted
    start, end = place.start, place.end
    if strand != place.strand:
        last = around.start + len(around.sequence)
        start, end = around.start + last - end, around.start + last - start
        around = Surroundings(around.contig, around.start, reverse_complement(around.sequence))
    hairpin = hairpin_at(around, start, end, strand)
    search = search_for("fast", scorer, scorer.min_score)
    line = Line(search, scorer, scorer.min_score)
    look = next(stage for stage in line.follow(around, hairpin).stages if stage.name == "second prefilter")
    assert look.passed
    assert look.threshold == search.second_cut
    assert look.text.endswith("on it is scored")
    last = (
        Line(replace(search, second_cut=look.value), scorer, scorer.min_score).follow(around, hairpin).stages
    )
    assert last[-1].name not in ("first prefilter", "second prefilter")
    above = float(np.nextafter(np.float32(look.value), np.float32(np.inf)))
    lost = (
        Line(replace(search, second_cut=above), scorer, scorer.min_score).follow(around, hairpin).stages[-1]
    )
    assert (lost.name, lost.passed, lost.value, lost.threshold) == (
        "second prefilter",
        False,
        look.value,
        above,
    )


def sieved(scorer, bases, start, end, **settings):
    """The last stage of a place in a sequence of its own."""
    search = Search(sieve=SieveSettings(**settings))
    around = Surroundings("x", 100, bases)
    return (
        Line(search, scorer, 0.1).follow(around, hairpin_at(around, 100 + start, 100 + end, "+")).stages[-1]
    )


STEM = "GCAUCGAUCCGAUGCUAGCAUCGA"
HAIRPIN = STEM + "AAAAAA" + reverse_complement(STEM)


def test_nothing_pairs(scorer):
    stage = sieved(scorer, "A" * 200, 20, 90)
    assert (stage.name, stage.passed, stage.value) == ("sieve", False, None)
    assert "no base pair" in stage.text


def test_the_energy_is_too_weak(scorer):
    bases = "A" * 60 + "GCAUGAAAAAUGC" + "A" * 60
    stage = sieved(scorer, bases, 60, 73)
    assert stage.passed is False
    assert stage.value > stage.threshold == -12
    assert "kcal/mol of a candidate" in stage.text


def test_the_energy_is_too_weak_for_the_length(scorer):
    stage = sieved(scorer, "A" * 40 + HAIRPIN + "A" * 40, 40, 94, length_cost=1.0, max_score=-6.0)
    assert stage.passed is False
    assert stage.value > stage.threshold == -6
    assert "for its length" in stage.text


def test_a_better_one_begins_close_by(scorer):
    weak = "GGCAGCAUCC" + "AAAAA" + "GGAUGCUGCC"
    bases = "A" * 40 + weak + "A" * 3 + HAIRPIN + "A" * 40
    assert sieved(scorer, bases, 40, 65, radius=2).name == "score"
    stage = sieved(scorer, bases, 40, 65, radius=60)
    assert stage.passed is False
    assert "gives way to a better one" in stage.text


def test_the_locus_goes_to_another(scorer, monkeypatch):
    around = Surroundings("x", 0, "A" * 40 + HAIRPIN + "A" * 40)
    place, met, winner = (hairpin_at(around, *ends, "+") for ends in ((40, 94), (64, 124), (70, 128)))
    search = Search(sieve=SieveSettings(radius=2))
    line = Line(search, scorer, 0.1)
    stages = Search.stages

    def with_both(self, stretches, found, sieved=None):
        yield from stages(self, stretches, found, sieved)
        found.hairpins, found.measured = [met, winner], [{}, {}]

    monkeypatch.setattr(Search, "stages", with_both)
    monkeypatch.setattr(scorer, "log_odds", lambda hairpins: np.array([log_odds(0.5), log_odds(0.9)]))
    lost = line.follow(around, place).stages[-1]
    assert (lost.name, lost.passed, lost.value, lost.threshold) == ("locus", False, 0.5, 0.9)
    assert "x:71-128:+ overlaps it and scores 0.9" in lost.text
    monkeypatch.setattr(scorer, "log_odds", lambda hairpins: np.array([log_odds(0.5), log_odds(0.4)]))
    assert line.follow(around, place).stages[-1].passed


def both_strands(scorer, monkeypatch, here, opposite):
    """The stages of a place with a score, where the opposite strand has another."""
    around = Surroundings("x", 0, "A" * 40 + HAIRPIN + "A" * 40)
    place, image = (hairpin_at(around, 40, 94, strand) for strand in "+-")
    stages = Search.stages

    def with_both(self, stretches, found, sieved=None):
        yield from stages(self, stretches, found, sieved)
        found.hairpins, found.measured = [place, image], [{}, {}]

    monkeypatch.setattr(Search, "stages", with_both)
    monkeypatch.setattr(scorer, "log_odds", lambda hairpins: np.array([log_odds(here), log_odds(opposite)]))
    return Line(Search(sieve=SieveSettings(radius=2)), scorer, 0.1), around, place


def test_a_place_gives_way_to_the_opposite_strand_as_in_a_scan(scorer, monkeypatch):
    line, around, place = both_strands(scorer, monkeypatch, 0.5, 0.9)
    lost = line.follow(around, place).stages[-1]
    assert (lost.name, lost.passed, lost.value, lost.threshold) == ("locus", False, 0.5, 0.9)
    assert "gives way to the opposite strand: x:41-94:- scores 0.9" in lost.text
    line, around, place = both_strands(scorer, monkeypatch, 0.9, 0.5)
    assert line.follow(around, place).stages[-1].passed


def test_the_sum_of_the_whole_genome_decides_where_it_is_known(scorer, monkeypatch):
    """As neighbours beyond the surroundings have a say in it."""
    line, around, place = both_strands(scorer, monkeypatch, 0.05, 0.01)
    assert line.follow(around, place).stages[-1].name == "score"
    known = Sum.of(0.001, log_odds(0.05), (Term("neighbours", 4.0),))
    score, locus = line.follow(around, place, known=known).stages[-2:]
    assert (score.name, score.passed, score.value) == ("score", True, known.score)
    assert (locus.name, locus.passed) == ("locus", True)


@pytest.mark.parametrize("tie", [30.0, 0.0])
def test_of_equal_scores_the_one_that_a_scan_keeps_is_asked(scorer, monkeypatch, tie):
    around = Surroundings("x", 0, "A" * 40 + HAIRPIN + "A" * 40)
    longer, place = (hairpin_at(around, *ends, "+") for ends in ((64, 124), (66, 122)))
    place = replace(place, mfe=longer.mfe - 1)  # what a tie goes by
    line = Line(Search(sieve=SieveSettings(radius=2)), scorer, 0.1)
    stages = Search.stages

    def with_both(self, stretches, found, sieved=None):
        yield from stages(self, stretches, found, sieved)
        found.hairpins, found.measured = [longer, place], [{}, {}]

    monkeypatch.setattr(Search, "stages", with_both)
    monkeypatch.setattr(scorer, "log_odds", lambda hairpins: np.array([tie, tie]))
    *_, score, locus = line.follow(around, place).stages
    assert (locus.name, locus.passed) == ("locus", True)
    assert score.text.startswith("x:67-122:+")


class Everywhere:
    """A detector that asks for all that the sieve offers, and for one more place."""

    def __init__(self, place):
        self._place = place

    def rescue(self, codes, found):
        start, end = (np.array([each], found.start.dtype) for each in self._place)
        return Rescued(np.ones(len(found), np.bool_), type(found)(start, end, np.zeros_like(start)))

    def measure(self, hairpins, flanks):
        return [{"seen": True} for _ in hairpins]


class Asking(Kind):
    """Evidence that lifts whatever it asked for."""

    name = "asking"
    description = "for the tests"

    def __init__(self, place):
        self._place = place

    def detector(self):
        return Everywhere(self._place)

    def most_bits(self, call):
        return 30.0

    def weigh(self, call, near):
        return Term(self.name, 30.0 if self.name in call.measured else 0.0)


def test_other_evidence_carries_a_place_past_the_prefilters(scorer, planted):
    around, place = planted
    search = replace(search_for("default", scorer, scorer.min_score), first_cut=50.0, second_cut=50.0)
    hairpin = hairpin_at(around, place.start, place.end, place.strand)
    evidence = Evidence([Asking((0, 80))], scorer.prior)
    stages = Line(search, scorer, 0.9, evidence=evidence).follow(around, hairpin).stages
    assert names(stages)[:4] == [
        *(("sieve", True), ("first prefilter", True), ("second prefilter", True), ("score", True))
    ]
    assert all("other evidence asks for it" in stage.text for stage in stages[1:3])


def test_other_evidence_asks_for_what_the_sieve_does_not_offer(scorer):
    """A stretch that pairs with nothing."""
    around = Surroundings("x", 100, "A" * 200)
    evidence = Evidence([Asking((40, 120))], scorer.prior)
    search = search_for("default", scorer, scorer.min_score)
    place = hairpin_at(around, 140, 220, "+")
    stages = Line(search, scorer, 0.9, evidence=evidence).follow(around, place).stages
    assert [passed for _, passed in names(stages)] == [True, True, True, True, True]
    assert "no candidate, but other evidence asks for x:141-220:+" in stages[0].text
    assert not Line(search, scorer, 0.9).follow(around, place).stages[0].passed


def test_the_walk_is_that_of_the_scan(scorer, planted):
    """What the stages say of a place is what the search does with it."""
    around, _ = planted
    search = search_for("default", scorer, scorer.min_score)
    first, length = around.start, len(around.sequence)
    window = Window(around.contig, first, first + length, first, first + length)
    stretch = Stretch(window, around.sequence)
    found = Found()
    stages = list(search.stages([stretch], found))
    whole = search([stretch])
    assert [stage.name for stage in stages] == ["sieve", "first prefilter", "second prefilter"]
    assert whole.hairpins == found.hairpins
    assert whole.candidates == len(stages[0].came) >= whole.folded == int(stages[1].passed.sum())
    assert len(whole.hairpins) == int(stages[2].passed.sum())
    for before, after in itertools.pairwise(stages):
        assert int(before.passed.sum()) == len(after.came)
    for stage in stages[1:]:
        assert ((stage.values >= stage.threshold) == stage.passed).all()
