"""One hit a locus: the best stays, what hardly overlaps it stays too, and order and strands do not matter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mirscan.genome.regions import SAME_LOCUS
from mirscan.pipeline.loci import best_of_each_locus, genome_order, in_front
from mirscan.records import Hairpin, Hit


def hit(start: int, end: int, score: float, strand: str = "+", contig: str = "c", mfe: float = -20.0) -> Hit:
    length = end - start
    hairpin = Hairpin(contig, start, end, strand, "A" * length, "." * length, mfe)
    return Hit(f"{contig}:{start + 1}-{end}:{strand}", hairpin, score)


def overlap(one: Hit, other: Hit) -> float:
    """Bases that both hold, as a share of the shorter; 0 on different strands."""
    here, there = (set(range(each.hairpin.start, each.hairpin.end)) for each in (one, other))
    alike = one.hairpin.strand == other.hairpin.strand
    return len(here & there) / min(len(here), len(there)) if alike else 0.0


def kept(*hits: Hit) -> list[str]:
    ordered = sorted(hits, key=lambda each: (each.hairpin.contig, genome_order(each)))
    return [each.name for each in best_of_each_locus(ordered)]


def test_the_best_of_a_locus_stays() -> None:
    assert kept(hit(0, 80, 0.7), hit(10, 90, 0.9), hit(20, 100, 0.8)) == ["c:11-90:+"]


def test_a_chain_keeps_both_ends() -> None:
    assert kept(hit(0, 80, 0.8), hit(40, 120, 0.9), hit(80, 160, 0.7)) == ["c:41-120:+"]
    assert kept(hit(0, 80, 0.8), hit(45, 125, 0.9), hit(90, 170, 0.7)) == [
        "c:1-80:+",
        "c:46-125:+",
        "c:91-170:+",
    ]
    assert kept(hit(0, 80, 0.9), hit(30, 110, 0.8), hit(80, 160, 0.7)) == ["c:1-80:+", "c:81-160:+"]


def test_strands_and_contigs_do_not_compete() -> None:
    assert len(kept(hit(0, 80, 0.7), hit(0, 80, 0.9, strand="-"), hit(0, 80, 0.5, contig="d"))) == 3


def test_ties_go_to_energy_then_to_the_first_on_its_strand() -> None:
    assert kept(hit(0, 80, 0.7), hit(5, 85, 0.7, mfe=-30)) == ["c:6-85:+"]
    assert kept(hit(0, 80, 0.7), hit(5, 85, 0.7)) == ["c:1-80:+"]
    assert kept(hit(0, 80, 0.7, "-"), hit(5, 85, 0.7, "-")) == ["c:6-85:-"]


hits = st.lists(
    st.builds(
        lambda start, length, score, strand: hit(start, start + length, score / 7, strand),
        st.integers(0, 400),
        st.integers(20, 120),
        st.integers(0, 7),
        st.sampled_from("+-"),
    ),
    max_size=25,
    unique_by=lambda each: each.name,
)


@given(hits)
def test_what_stays_never_overlaps_and_explains_what_went(found: list[Hit]) -> None:
    ordered = sorted(found, key=genome_order)
    stayed = list(best_of_each_locus(ordered))
    assert stayed == sorted(stayed, key=genome_order)
    for one in stayed:
        assert all(overlap(one, other) < SAME_LOCUS for other in stayed if other is not one)
    for gone in set(ordered) - set(stayed):
        assert any(overlap(gone, other) >= SAME_LOCUS and other.score >= gone.score for other in stayed)


@given(hits)
def test_the_mirrored_hits_are_the_hits_mirrored(found: list[Hit]) -> None:
    def mirrored(each: Hit) -> Hit:
        hairpin, strand = each.hairpin, "+-"[each.hairpin.strand == "+"]
        start, end = 1000 - hairpin.end, 1000 - hairpin.start
        return replace(each, hairpin=replace(hairpin, start=start, end=end, strand=strand))

    forward = {mirrored(each) for each in best_of_each_locus(sorted(found, key=genome_order))}
    backward = set(best_of_each_locus(sorted(map(mirrored, found), key=genome_order)))
    assert forward == backward


def fronts(*hits: Hit) -> dict[str, bool]:
    ordered = sorted(hits, key=lambda each: (each.hairpin.contig, genome_order(each)))
    return {each.name: front for each, front in in_front(ordered)}


def test_the_weaker_of_two_strands_is_behind() -> None:
    assert fronts(hit(0, 80, 0.7), hit(5, 85, 0.9, "-")) == {"c:1-80:+": False, "c:6-85:-": True}
    assert fronts(hit(0, 80, 0.9), hit(39, 119, 0.8, "-")) == {"c:1-80:+": True, "c:40-119:-": False}
    assert all(fronts(hit(0, 80, 0.9), hit(41, 121, 0.8, "-")).values()), "less than half"
    assert all(fronts(hit(0, 80, 0.9), hit(0, 80, 0.8, "-", contig="d")).values())
    assert all(fronts(hit(0, 80, 0.9), hit(0, 80, 0.9, "-")).values()), "neither is better"
