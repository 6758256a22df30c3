"""One row a place, copies, rank."""

from __future__ import annotations

import csv
import random
from dataclasses import asdict
from io import StringIO
from itertools import combinations
from time import process_time

import pytest

from mirscan.evidence.score import Sum, Term
from mirscan.pipeline.annotators.copies import Copies, grouped
from mirscan.pipeline.annotators.rank import Rank
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.reads.signature import Signature, Stack
from mirscan.records import Hairpin, Hit
from mirscan.writers.text import TsvWriter


def hit(start: int, score: float, strand: str = "+", family: float = 0.0, sequence: str = "ACGU" * 15) -> Hit:
    evidence = Sum(-10.0, 0.0, (Term("hairpin", 1.0), Term("families", family)))
    hairpin = Hairpin("c", start, start + len(sequence), strand, sequence, "." * len(sequence), -20.0)
    return Hit.of(hairpin, score, evidence=evidence)


def test_the_better_strand_stays_and_tells_the_other_score() -> None:
    found = list(one_of_each_place([hit(100, 0.4), hit(110, 0.9, "-"), hit(500, 0.5)]))
    assert [(each.score, each.notes.get("other_strand")) for each in found] == [(0.9, 0.4), (0.5, None)]


def test_a_hit_that_gave_way_takes_no_place_from_a_third() -> None:
    hits = [hit(100, 0.9), hit(125, 0.6, "-"), hit(150, 0.4)]
    found = list(one_of_each_place(hits))
    assert [(each.score, each.notes.get("other_strand")) for each in found] == [(0.9, 0.6), (0.4, 0.6)]
    assert [each.score for each in one_of_each_place([hits[1], hits[2]])] == [0.6], "but one that stays does"


@pytest.mark.parametrize(("family", "other", "kept"), [(9.0, 9.0, 2), (9.0, 0.0, 1), (0.0, 9.0, 1)])
def test_both_strands_stand_where_each_has_evidence_of_its_own(
    family: float, other: float, kept: int
) -> None:
    assert len(list(one_of_each_place([hit(100, 0.4, family=family), hit(110, 0.9, "-", other)]))) == kept


@pytest.mark.parametrize(
    ("kind", "kept"), [("families", 2), ("reads", 2), ("flanks", 1), ("repeats", 1), ("neighbours", 1)]
)
def test_what_speaks_for_both_strands_of_a_place_lets_neither_stand_for_itself(kind: str, kept: int) -> None:
    both = [
        each.noted(evidence=Sum(-10.0, 0.0, (Term("hairpin", 1.0), Term(kind, 9.0))))
        for each in (hit(100, 0.4), hit(110, 0.9, "-"))
    ]
    assert len(list(one_of_each_place(both))) == kept


def test_equal_scores_are_decided_alike_in_the_mirrored_genome() -> None:
    one, two = "ACGU" * 15, "CCGU" * 15
    plus = list(one_of_each_place([hit(100, 0.5, "+", sequence=one), hit(100, 0.5, "-", sequence=two)]))
    mirrored = list(one_of_each_place([hit(100, 0.5, "+", sequence=two), hit(100, 0.5, "-", sequence=one)]))
    assert [each.hairpin.sequence for each in plus] == [each.hairpin.sequence for each in mirrored] == [one]


def with_reads(start: int, score: float, bits: float, mature: tuple[int, int]) -> Hit:
    sequence = "ACGU" * 15
    hairpin = Hairpin("c", start, start + len(sequence), "+", sequence, "." * len(sequence), -20.0)
    arm = Stack(50.0, mature[0] - start, mature[1] - start, 0.9, 1.0)
    found = Signature(50.0, arm, None, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.8, None)
    terms = Term("hairpin", 1.0), Term("reads", bits, "", asdict(found))
    return Hit.of(hairpin, score, evidence=Sum(-10.0, 0.0, terms))


@pytest.mark.parametrize(
    ("bits", "mature", "kept"), [(9.0, (142, 164), 1), (-1.0, (142, 164), 2), (9.0, (170, 192), 2)]
)
def test_a_hit_does_not_live_on_the_reads_of_its_better_neighbour(
    bits: float, mature: tuple[int, int], kept: int
) -> None:
    gene = with_reads(100, 0.9, 9.0, (142, 164))
    assert len(list(best_of_each_locus([gene, with_reads(140, 0.5, bits, mature)]))) == kept


def test_rank_counts_from_the_best_and_keeps_the_top() -> None:
    hits = [hit(100, 0.4), hit(500, 0.9), hit(900, 0.4), hit(1300, 0.7)]
    assert [each.notes["rank"] for each in Rank().annotate(hits)] == [3, 1, 4, 2]
    assert [(each.hairpin.start, each.notes["rank"]) for each in Rank(top=2).annotate(hits)] == [
        (500, 1),
        (1300, 2),
    ]


def test_copies_are_grouped_by_what_they_share() -> None:
    a = "GGCAUUCGGAUACCGUAGGCUUAACGGAUCCGAUUAGCCGUAAGC"
    near = a[:25] + "CCC" + a[28:]
    other = "UUAGGCCAAUCGGAUUACGGCAUCGAUUGGCAACGUUAGGCAUUG"
    assert grouped([a, other, near, a]) == [0, 1, 0, 0]
    hits = [hit(9, 0.5, sequence=sequence) for sequence in (a, other, near, a)]
    found = [each.notes["copies"] for each in Copies().annotate(hits)]
    assert [note["near"] for note in found] == [3, 1, 3, 3]
    assert [note["exact"] for note in found] == [2, 1, 1, 2]


def test_groups_are_those_of_all_pairs_and_thousands_of_near_copies_take_no_longer() -> None:
    dice = random.Random(7)

    def near(sequence: str, share: float) -> str:
        return "".join(dice.choice("ACGU") if dice.random() < share else letter for letter in sequence)

    families = ["".join(dice.choices("ACGU", k=60)) for _ in range(6)]
    mixed = [
        near(dice.choice(families), dice.choice((0, 0.02, 0.05)))[: dice.choice((8, 30, 60))]
        for _ in range(150)
    ]
    mixed += [families[0] + families[1], "ACGU", "ACGU", "N" * 40, "N" * 40]
    held = [
        {text[at : at + 12] for at in range(len(text) - 11) if "N" not in text[at : at + 12]}
        for text in mixed
    ]
    expected = list(range(len(mixed)))
    for one, two in combinations(range(len(mixed)), 2):
        if 0 < len(held[one] & held[two]) >= 0.5 * min(len(held[one]), len(held[two])):
            low, high = sorted((expected[one], expected[two]))
            expected = [low if group == high else group for group in expected]
    assert grouped(mixed) == expected
    assert len(set(expected)) < 100
    started = process_time()
    assert len(set(grouped([near(families[0] + families[1], 0.01) for _ in range(3000)]))) < 30
    assert process_time() - started < 5, "pairs of all with all would take three times as long"


def test_a_table_lists_hits_as_they_are_ranked() -> None:
    hits = [hit(0, 1.0, family=2.0), hit(100, 0.5), hit(200, 1.0, family=9.0), hit(300, 1.0, family=2.0)]
    stream = StringIO()
    table = TsvWriter(stream, by_score=True)
    for each in Rank().annotate(hits):
        table.write(each)
    table.close()
    rows = list(csv.DictReader(stream.getvalue().splitlines(), delimiter="\t"))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["start"] for row in rows] == ["201", "1", "301", "101"]
