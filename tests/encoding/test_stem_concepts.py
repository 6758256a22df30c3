"""Concepts of the hairpin itself: hand-checked on drawn hairpins, and the same whoever stands beside."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.encoding.concepts import CONCEPTS
from mirscan.encoding.shuffled_energy import dinucleotides, stability
from mirscan.encoding.stem import stem_of
from mirscan.encoding.stem_concepts import EVERY_CONCEPT, STEM_CONCEPTS, compute_stems, matrix
from mirscan.errors import InputError
from mirscan.folding.viennarna import fold
from mirscan.pipeline.decoys import shuffled
from mirscan.records import Hairpin


def hairpin(sequence: str, structure: str, mfe: float = -10.0) -> Hairpin:
    return Hairpin("here", 0, len(sequence), "+", sequence, structure, mfe)


def measured(*hairpins: Hairpin) -> dict[str, list]:
    return {name: values.tolist() for name, values in compute_stems(hairpins).items()}


def test_a_hairpin_drawn_by_hand():
    #          GGGAC A GGG  UGUA  CCC  GUCCC: 8 pairs, one base bulged on the 5′ strand, a loop with UGU
    one = hairpin("GGGACAGGGUGUACCCGUCCC", "(((((.(((....))))))))")
    found = {name: values[0] for name, values in measured(one).items()}
    assert (found["pairs"], found["longest_helix"], found["loop_bases"]) == (8, 5, 4)
    assert (found["bulged"], found["longest_open"], found["length"], found["branches"]) == (1, 1, 21, 0)
    assert found["motif_at_loop"] is True
    assert found["lower_stem_pairs"] == 8  # all nine columns lie in the lower stem
    assert (found["arm_pairs"], found["arm_bulged"]) == (0, 0)
    assert found["strong_share"] == pytest.approx(0.88)  # 7 of 8
    assert found["wobble_share"] == 0
    assert found["energy_a_base"] == pytest.approx(-0.48)
    assert found["loop_weak_share"] == 0.75
    assert found["best_pairs"] == 8


def test_the_arms_lie_beyond_the_lower_stem():
    """Eleven columns from the open end on belong to the lower stem, the next 22 to the arms."""
    helix = 11 + 22 + 5
    five, three = "G" * helix, "C" * helix
    structure = "(" * helix + "...." + ")" * helix
    broken = "(" * 15 + ".." + "(" * (helix - 17) + "...." + ")" * (helix - 17) + ".." + ")" * 15
    whole, open_ = measured(hairpin(f"{five}AAAA{three}", structure), hairpin(f"{five}AAAA{three}", broken))[
        "arm_pairs"
    ]
    assert (whole, open_) == (22, 20)
    runs = measured(hairpin(f"{five}AAAA{three}", broken))
    assert runs["arm_open"] == [2]
    assert runs["lower_stem_pairs"] == [11]


def test_motifs_where_they_are_looked_for():
    stem = "GGGGGGGGGG", "CCCCCCCCCC"
    closed = "(" * 10, ")" * 10
    with_ugu = hairpin(f"{stem[0]}AUGUAA{stem[1]}", f"{closed[0]}......{closed[1]}")
    without = hairpin(f"{stem[0]}AAAAAA{stem[1]}", f"{closed[0]}......{closed[1]}")
    assert measured(with_ugu, without)["motif_at_loop"] == [True, False]
    tail = hairpin(f"{stem[0]}AAAA{stem[1]}ACAUCAAAAAAAAAAA", f"{closed[0]}....{closed[1]}" + "." * 16)
    assert measured(tail)["cnnc_at_end"] == [True]


def test_low_complexity_shows():
    repeat = hairpin("UG" * 20 + "AAAA" + "CA" * 20, "(" * 40 + "...." + ")" * 40)
    rng = np.random.default_rng(3)
    letters = "".join(rng.choice(list("ACGU"), 84))
    varied = hairpin(letters, "." * 84)
    found = measured(repeat, varied)
    assert found["hexamer_share"][0] < 0.3 < found["hexamer_share"][1]
    assert found["trimer_entropy"][0] < found["trimer_entropy"][1]
    assert found["longest_letter_run"][0] == 4


def test_a_hairpin_without_a_pair_and_one_that_branches():
    nothing = hairpin("ACGUACGU", "........", 0.0)
    branched = hairpin("GGGAAACCCAGGGAAACCC", "(((...))).(((...)))")
    found = measured(nothing, branched)
    assert found["pairs"][0] == 0
    assert found["branches"] == [0, 1]
    assert all(np.isfinite(values).all() for values in compute_stems([nothing, branched]).values())
    with pytest.raises(InputError):
        stem_of(hairpin("ACGU", "((.)"))


def test_stability_is_that_over_shuffles_of_the_same_dinucleotides():
    """The estimate lies near what folding shuffles gives: within a standard deviation and a half."""
    from mirscan.alphabet import decode, encode

    mir_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
    rng = np.random.default_rng(1)
    energies = [fold(decode(shuffled(encode(mir_21), rng)))[1] for _ in range(60)]
    by_folding = (np.mean(energies) - fold(mir_21)[1]) / np.std(energies)
    assert stability(mir_21, fold(mir_21)[1]) == pytest.approx(by_folding, abs=1.5)
    assert by_folding > 3
    assert dinucleotides("ACAC").sum() == 3
    assert dinucleotides("ANAC").sum() == 1
    assert np.isfinite([stability("", 0.0), stability("N", 0.0)]).all()


def test_each_by_itself_and_none_at_all():
    some = [hairpin("GGGGAAAACCCC", "((((....))))"), hairpin("GGGCAAAAGCCC", "((((....))))", -3.0)]
    together = compute_stems(some)
    for at, each in enumerate(some):
        assert {name: values[0] for name, values in compute_stems([each]).items()} == {
            name: values[at] for name, values in together.items()
        }
    assert all(len(values) == 0 for values in compute_stems([]).values())


def test_every_concept_has_a_name_a_unit_or_a_share_and_a_sentence():
    names = [concept.name for concept in EVERY_CONCEPT]
    assert len(set(names)) == len(names) == len(CONCEPTS) + len(STEM_CONCEPTS)
    assert all(concept.meaning.endswith(".") and concept.label for concept in STEM_CONCEPTS)
    labels = [concept.label for concept in STEM_CONCEPTS]
    assert len({*labels, *(concept.label for concept in CONCEPTS)}) == len(CONCEPTS) - 1 + len(labels)


def test_points_have_a_number_where_a_value_is_empty():
    values = {"one": np.array([True, False]), "other": np.array([np.nan, 2.5])}
    np.testing.assert_array_equal(matrix(values, ["other", "one"]), [[-1.0, 1.0], [2.5, 0.0]])
