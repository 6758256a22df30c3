"""What would turn a decision: found where it can be found, real where said, none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.demo import PRECURSORS
from mirscan.encoding.image import bond_vectors, draw
from mirscan.explanation import words
from mirscan.explanation.as_json import as_dict
from mirscan.explanation.what_if import mutants as made
from mirscan.explanation.what_if import sequence_change
from mirscan.explanation.what_if.bond_change import MOST_COLUMNS, smallest_bond_change
from mirscan.explanation.what_if.crossing import Crossing
from mirscan.explanation.what_if.sequence_change import ScoreGoal, Singles, fewest_substitutions, log_odds
from mirscan.folding.dot_bracket import pair_table
from mirscan.folding.viennarna import fold
from mirscan.records import Hairpin
from mirscan.tree.question import Question
from mirscan.tree.rules import Node, Split, Tree

SEQUENCE = "GGCUAGCUAAGCGAAAGCUUAGCUAGCC"
QUESTION = Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5)


def hairpin(sequence=SEQUENCE):
    return Hairpin("x", 0, len(sequence), "+", sequence, *fold(sequence))


def plane(weights, bias=0.0):
    return Split(QUESTION, weights, bias, 1.0)


# precursors above both z0 = 1 and z1 = 2
CORNER = Tree(
    (
        Node((2, 1), 0.3, plane((1.0, 0.0), -1.0), 1, 2),
        Node((1, 0), 0.0),
        Node((1, 1), 0.5, plane((0.0, 2.0), -4.0), 3, 4),
        Node((1, 0), 0.0),
        Node((0, 1), 1.0),
    ),
    2,
)


def test_the_way_to_a_leaf_adds_up_over_the_planes_in_between():
    points = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 5.0], [2.0, 3.0]])
    np.testing.assert_allclose(Crossing(CORNER, True).distances(points), [3, 2, 1, 0])
    np.testing.assert_allclose(Crossing(CORNER, False).distances(points), [0, 0, 0, 1])


def test_a_verdict_that_no_leaf_has_cannot_be_reached():
    leaf = Tree((Node((3, 1), 0.25),), 1)
    assert not Crossing(leaf, True).possible
    assert Crossing(leaf, False).possible


class Linear:
    """A prior whose mean counts the bonds of the left and of the right half."""

    def prior(self, bonds):
        mean = np.stack([bonds[:, :50].sum(1), bonds[:, 50:].sum(1)], axis=1).astype(np.float64)
        return mean, np.full_like(mean, 0.5)


def bonds(*columns):
    vector = np.zeros(100, np.uint8)
    vector[list(columns)] = 1
    return vector


def test_the_fewest_columns_are_found():
    start = bonds(0, 1, 60)
    change = smallest_bond_change(Linear(), Crossing(CORNER, True), start, 70, np.array([2.0, 0.5]))
    assert change.opened == ()
    assert len(change.closed) == 2
    assert all(50 <= column < 70 for column in change.closed)
    # what was the hairpin's own, half a bond less than the mean, stays its own
    np.testing.assert_allclose(change.z, [2.0, 2.5])
    assert change.moved == pytest.approx(2)
    back = smallest_bond_change(
        Linear(), Crossing(CORNER, False), bonds(0, 1, 60, 61, 62), 70, np.array([2, 3])
    )
    assert (len(back.opened), back.closed) == (1, ())


def test_no_change_is_said_where_none_is_found():
    crossing = Crossing(CORNER, True)
    assert smallest_bond_change(Linear(), crossing, bonds(0), 3, np.zeros(2)) is None
    far = Tree(
        (
            Node((1, 1), 0.4, plane((1.0, 0.0), -MOST_COLUMNS - 1.5), 1, 2),
            Node((1, 0), 0.0),
            Node((0, 1), 1.0),
        ),
        2,
    )
    assert smallest_bond_change(Linear(), Crossing(far, True), bonds(), 50, np.zeros(2)) is None
    assert "within twelve columns" in words.bonds_if(None, CORNER.explain([0, 0]))


def test_single_substitutions_are_all_of_them():
    found = made.singles("ACNU")
    assert len(found) == len(set(found)) == 9
    assert {change.text for (change,) in found} >= {"A1C", "A1G", "A1U", "U4A"}
    assert all(change.old != change.new and change.old != "N" for (change,) in found)


def test_pair_swaps_keep_every_pair():
    one = hairpin()
    swaps = list(made.pair_swaps(one))
    assert len(swaps) == len(set(swaps)) == 3 * one.structure.count("(")
    table = pair_table(one.structure)
    for mutant, (left, right) in zip(made.mutants(one, swaps), swaps, strict=True):
        assert table[left.position] == right.position
        letters = mutant.sequence[left.position] + mutant.sequence[right.position]
        assert letters in ("AU", "UA", "CG", "GC")
        assert letters != one.sequence[left.position] + one.sequence[right.position]


def test_substitutions_are_joined_once_and_at_different_positions():
    a, b, c = (
        (made.Substitution(0, "A", "C"),),
        (made.Substitution(0, "A", "G"),),
        (made.Substitution(1, "C", "A"),),
    )
    assert list(made.pairs_of([a, b, c])) == [a + c, b + c]
    assert list(made.joined([c], [a, c, a])) == [a + c]


def test_mutants_are_folded_like_viennarna_folds_them():
    one = hairpin(PRECURSORS["cel-lin-4"])
    some = made.singles(one.sequence)[::9]
    folded = made.mutants(one, some)
    assert [made.refolded(mutant) for mutant in folded] == folded
    assert all(sum(a != b for a, b in zip(m.sequence, one.sequence, strict=True)) == 1 for m in folded)


class Counting:
    """A scorer that sees the pairs of a fold only."""

    def scores(self, hairpins):
        return np.array([one.structure.count("(") / 20 for one in hairpins])


def test_one_letter_is_enough_where_it_is():
    tried = Singles.of(hairpin(), Counting())
    now = hairpin().structure.count("(") / 20
    change = fewest_substitutions(tried, ScoreGoal(Counting(), now - 0.04, called=False))
    assert len(change.changes) == 1
    assert Counting().scores([change.hairpin])[0] < now - 0.04
    assert change.hairpin == hairpin(change.hairpin.sequence)
    worst = tried.most_harmful()
    assert worst.shape == (len(SEQUENCE),)
    assert np.nanmax(worst) == pytest.approx(-tried.log_odds.min())


def test_other_evidence_counts_for_the_way_to_the_threshold():
    scores = np.array([0.4, 0.6])
    alone, supported = (ScoreGoal(Counting(), 0.5, False, other) for other in (0.0, 20.0))
    assert (alone.ways(scores) <= 0).tolist() == [True, False]
    assert (supported.ways(scores) > 0).all()  # no change of the fold brings it below
    assert supported.with_other(scores).min() > 0.999
    doubled = ScoreGoal(Counting(), 0.5, False, np.log(2)).with_other(scores)
    np.testing.assert_allclose(doubled, [4 / 7, 0.75], atol=1e-6)


def test_more_letters_are_tried_where_one_is_not_enough():
    target = set("GC")

    def goal(hairpins):
        """Three of the first three letters must be A."""
        return np.array([3.0 - one.sequence[:3].count("A") for one in hairpins])

    change = fewest_substitutions(Singles.of(hairpin(), Counting()), goal)
    assert change.text == "G1A + G2A + C3A"
    assert target >= {each.old for each in change.changes}

    def too_far(hairpins):
        return np.array([4.0 - one.sequence[:4].count("A") for one in hairpins])

    assert fewest_substitutions(Singles.of(hairpin(), Counting()), too_far) is None
    assert fewest_substitutions(Singles.of(hairpin("NNNNNNNN"), Counting()), goal) is None


def test_a_tie_of_folds_that_viennarna_breaks_otherwise_is_not_taken(monkeypatch):
    tried = Singles.of(hairpin(), Counting())
    monkeypatch.setattr(
        sequence_change,
        "refolded",
        lambda mutant: Hairpin("x", 0, len(mutant), "+", mutant.sequence, "." * len(mutant), 0.0),
    )
    more_pairs = ScoreGoal(Counting(), tried.hairpin.structure.count("(") / 20 - 0.04, called=True)
    assert fewest_substitutions(tried, more_pairs) is None


def test_log_odds_stay_finite():
    values = log_odds(np.array([0.0, 0.5, 1.0]))
    assert np.isfinite(values).all()
    assert values[1] == 0


def test_what_is_said_to_turn_a_decision_does(turned, explainer):
    count = 0
    for explanation in turned:
        what_if = explanation.what_if
        for other in (what_if.call, what_if.tree):
            if other:
                mutant = other.change.hairpin
                evidence = explanation.evidence
                further = evidence.total - evidence.log_odds
                odds = log_odds(explainer.scorer.scores([mutant])) + further
                assert other.score == pytest.approx(1 / (1 + np.exp(-odds[0])), abs=2e-6)
                assert explainer.judge.rules([mutant])[0] == other.rule
                count += 1
        if what_if.call:
            above = explanation.score >= explanation.min_score
            assert (what_if.call.score >= explanation.min_score) != above
        if what_if.tree:
            assert what_if.tree.rule.precursor != explanation.rule.precursor
        if what_if.bonds:
            assert what_if.bonds.rule.precursor != explanation.rule.precursor
            count += 1
    assert count >= 3


def test_no_change_of_the_bonds_is_no_change_of_the_point(turned, explainer):
    """The counterfactual's own terms: with m as it is, z_m is what it was."""
    latents = explainer._latents
    one = turned[0].hairpin
    image = draw([one.sequence], [one.structure]).images
    z = explainer.judge.space.points(image, {})
    mean, std = latents.prior(bond_vectors(image))
    np.testing.assert_allclose(mean + std * ((z - mean) / std), z, atol=1e-9)
    change = turned[0].what_if.bonds.change
    changed = bond_vectors(image)[0]
    changed[list(change.opened)], changed[list(change.closed)] = 0, 1
    after, spread = latents.prior(changed[None])
    np.testing.assert_allclose(after + spread * ((z - mean) / std), change.z[None], atol=1e-4)


def test_json_says_what_was_found(turned):
    said = as_dict(turned[0])["what_if"]
    assert said["bonds"]["opened"] == turned[0].what_if.bonds.change.opened
    assert len(said["log_odds_of_single_substitutions"]) == 3 * len(turned[0].hairpin)
    assert len(words.what_if(turned[0])) == 3
