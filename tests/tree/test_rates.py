"""The rule of a tree of the genome as a sentence: short, without escapes, true to the path."""

from __future__ import annotations

import pytest

from mirscan.tree.rates import LONGEST, Rates, bits_of, sentence, shown
from mirscan.tree.rules import Node, Question, Split, Step, Tree

RATES = Rates(12.3, 1.31, 2.9)


def step(concept: str, threshold: float | None, yes: bool, value: float | bool, unit: str = "") -> Step:
    kind = "boolean" if threshold is None else "count"
    return Step(Question(concept, concept.replace("_", " "), unit, kind, threshold), yes, 1.0, value, yes)


def test_answers_on_a_concept_are_told_as_one():
    steps = [
        step("pairs", 20.5, True, 33),
        step("energy", 3.25, True, 6.21, "SD"),
        step("pairs", 40.5, False, 33),
        step("energy", 4.75, True, 6.21, "SD"),
        step("ugu_at_loop", None, False, False),
    ]
    assert sentence(steps, RATES) == (
        "pairs: 33 (21 to 40) → energy: 6.21 SD (> 4.75) → ugu at loop: no → "
        "12 of 100 precursors and 1.3 background per Mb: +2.9 bits"
    )


@pytest.mark.parametrize(
    ("threshold", "yes", "told"),
    [(20.5, True, "> 20"), (20.5, False, "< 21"), (0.85, True, "> 0.85"), (0.85, False, "< 0.85")],
)
def test_counts_are_told_in_whole_numbers(threshold, yes, told):
    assert f"({told})" in sentence([step("pairs", threshold, yes, 3)], RATES)


def test_never_too_long_and_nothing_to_escape():
    steps = [step(f"a_rather_long_name_of_a_concept_{number}", 1000.5, True, 123456) for number in range(9)]
    text = sentence(steps, Rates(99.5, 1234.0, -10.25))
    in_gff3 = text.replace("→", "->")
    assert len(in_gff3) <= LONGEST
    assert in_gff3.isascii()
    assert not set(in_gff3) & set(";=&,%\t\n")
    assert "a rather long name of a concept 0" in text
    assert text.endswith("-10.2 bits")
    assert sentence([], RATES).startswith("12 of 100")


def test_rates_are_shown_with_as_many_digits_as_they_are_worth():
    assert [shown(rate) for rate in (61.4, 3.44, 0.072, 0.0)] == ["61", "3.4", "0.072", "0"]
    assert bits_of(0.4, 0.05) == 3.0


def test_the_verdict_is_the_sign_of_the_bits():
    split = Split(Question("pairs", "pairs", "", "count", 20.5), (1.0,), -20.5, 1.0)
    nodes = (
        Node((9, 9), 0.5, split, 1, 2, Rates(100, 9.0, 0.0)),
        Node((9, 1), 0.9, rates=Rates(10, 8.0, -2.0)),
        Node((1, 8), 0.1, rates=Rates(90, 1.0, 3.0)),
    )
    tree = Tree(nodes, 1)
    below, above = tree.explain([3.0]), tree.explain([30.0], {"pairs": 30})
    assert (below.precursor, above.precursor) == (False, True)
    assert tree.predict([[3.0], [30.0]]).tolist() == [False, True]
    assert above.text == "pairs: 30 (> 20) → 90 of 100 precursors and 1.0 background per Mb: +3.0 bits"
    assert "90 of 100 precursors and 1.0 background candidates per Mb of human" in above.verdict
    assert above.as_dict()["rates"] == {"precursors": 90, "background": 1.0, "bits": 3.0}
    assert "rates" not in Tree((Node((1, 1), 0.5),), 1).explain([0.0]).as_dict()
