"""Evidence beyond the hairpin: neighbours on its strand, and what the genome repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.evidence.context import FURTHEST, MOST, shipped_context
from mirscan.evidence.kind import Setup
from mirscan.evidence.neighbours import NeighbourEvidence
from mirscan.evidence.repeats import RepeatEvidence
from mirscan.evidence.score import Term, log_odds
from mirscan.evidence.weighing import Evidence
from mirscan.records import REPEATS, Call, Hairpin, Hit

NEIGHBOURS = Evidence([NeighbourEvidence(Setup())], 1e-3)
LENGTH = 80


def call(start: int, score: float, strand: str = "+", contig: str = "chr1") -> Call:
    hairpin = Hairpin(contig, start, start + LENGTH, strand, "A" * LENGTH, "." * LENGTH, -30.0)
    return Call(hairpin, log_odds(score))


def bits(calls: Sequence[Call], at: int = 0) -> float:
    """What neighbours weigh for one of some calls."""
    ordered = sorted(calls, key=lambda each: (each.hairpin.contig, each.hairpin.start))
    hits = {hit.hairpin: hit for hit in NEIGHBOURS.hits(ordered)}
    return term(hits[calls[at].hairpin]).bits


def term(hit: Hit) -> Term:
    found = hit.evidence and hit.evidence.terms[-1]
    assert found
    return found


def test_a_sure_neighbour_speaks_for_a_hairpin_and_a_doubtful_one_hardly() -> None:
    sure, doubtful, none = (bits([call(1000, 0.3), call(1300, score)]) for score in (0.99, 0.2, 0.05))
    assert MOST >= sure > doubtful > none == 0


def test_far_ones_speak_less_and_those_out_of_reach_not_at_all() -> None:
    near, far, out = (
        bits([call(1000, 0.3), call(1000 + LENGTH + away, 0.6)]) for away in (50, 5_000, FURTHEST + 1)
    )
    assert near > far > out == 0


@pytest.mark.parametrize(
    "other", [call(1300, 0.9, "-"), call(1300, 0.9, contig="chr2"), call(1020, 0.9), call(1010, 0.9, "-")]
)
def test_another_strand_another_contig_and_the_same_place_are_no_neighbours(other: Call) -> None:
    assert bits([call(1000, 0.3), other]) == 0


def test_where_the_other_strand_is_as_full_a_neighbour_is_chance() -> None:
    pair = [call(10_000, 0.3), call(10_300, 0.5)]
    rivals = [call(place, 0.6, "-") for place in (8_000, 11_000, 12_000, 14_000)]
    assert bits([*pair, *rivals]) < bits([*pair, rivals[0]]) < bits(pair)


def test_the_image_of_a_surer_call_on_the_other_strand_counts_neither_way() -> None:
    pair = [call(10_000, 0.3), call(10_300, 0.5)]
    assert bits([*pair, call(10_302, 0.6, "-")]) == 0  # the neighbour is the image
    assert bits([*pair, call(10_302, 0.4, "-")]) == bits(pair)  # the image is no rival


def test_another_prevalence_changes_no_bits() -> None:
    """It adds the same to the log-odds of every call, and nobody is another's neighbour for it."""
    calls = [call(10_000, 0.3), call(10_300, 0.5), call(10_900, 0.2), call(12_000, 0.4, "-")]
    rare = 1e-5
    by = log_odds(rare) - log_odds(1e-3)
    moved = [replace(each, log_odds=each.log_odds + by) for each in calls]
    hits = NEIGHBOURS.hits(calls), Evidence([NeighbourEvidence(Setup())], rare).hits(moved)
    usual, other = ([term(hit).bits for hit in some] for some in hits)
    assert any(usual)
    assert other == pytest.approx(usual, abs=0.021)  # a prior is rounded to hundredths of a bit


places = st.lists(
    st.tuples(st.integers(0, 30_000), st.sampled_from([0.05, 0.2, 0.5, 0.9, 0.999]), st.sampled_from("+-")),
    min_size=2,
    max_size=12,
    unique_by=lambda place: (place[0], place[2]),
)


@given(places)
def test_the_mirrored_genome_gives_the_mirrored_bits(some: list[tuple[int, float, str]]) -> None:
    calls = [call(*place) for place in some]
    mirrored = [
        call(40_000 - start - LENGTH, score, "-" if strand == "+" else "+") for start, score, strand in some
    ]
    for at in range(len(calls)):
        assert bits(calls, at) == bits(mirrored, at)


@given(places)
def test_no_more_is_weighed_than_is_kept_for(some: list[tuple[int, float, str]]) -> None:
    calls = [call(*place) for place in some]
    assert all(0 <= bits(calls, at) <= NEIGHBOURS.kinds[0].most_bits(calls[at]) for at in range(len(calls)))


def test_the_sentence_names_the_surest_and_counts_the_others() -> None:
    hits = list(NEIGHBOURS.hits([call(1000, 0.3), call(1300, 0.95), call(2500, 0.4)]))
    found = term(hits[0])
    assert found.sentence == (
        "a hairpin 220 nt downstream on its strand scores 0.95 by itself; 1 more is near by"
    )
    assert [each["distance"] for each in found.numbers["neighbours"]] == [220, 1420]


def test_what_the_genome_repeats_speaks_against_a_hairpin() -> None:
    kind = RepeatEvidence(Setup())
    measured = [Call(call(0, 0.3).hairpin, 0.0, {REPEATS: share}) for share in (0.0, 0.15, 0.3, 1.0)]
    found = [kind.weigh(each, ()) for each in measured]
    against = round(shipped_context().repeated, 2)
    assert against < 0
    assert [each.bits for each in found] == [0, pytest.approx(against / 2, abs=0.01), against, against]
    assert not found[0].sentence
    assert found[1].sentence == "15 % of its sequence stands all over the genome"


def test_a_hairpin_alone_repeats_what_a_scan_found_beyond_it() -> None:
    evidence = Evidence([RepeatEvidence(Setup()), NeighbourEvidence(Setup())], 1e-3)
    told = {"neighbours": Term("neighbours", 2.5, "why", {"a": 1}), "hairpin": Term("hairpin", 1.0)}
    alone, again = evidence.of_hairpins([call(0, 0.3).hairpin] * 2, [0.5, 0.5], [{}, told])
    assert [each.bits for each in alone.terms[1:]] == [0, 0]
    assert again.terms[1:] == (Term("repeats", 0.0), told["neighbours"])
    assert alone.terms[0] == again.terms[0]


def test_a_place_is_as_repeated_as_was_measured() -> None:
    evidence = Evidence([RepeatEvidence(Setup())], 1e-3)
    (found,) = evidence.of_hairpins([call(0, 0.3).hairpin], [0.5], known=[{REPEATS: 1.0}])
    assert found.terms[1].bits == round(shipped_context().repeated, 2)
