"""The search for arms of known families, against a comparison of every arm at every position."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.alphabet import decode, encode
from mirscan.errors import UsageError
from mirscan.families.bits import INPUTS, MOST, Weights, inputs, surprise, worth
from mirscan.families.hairpins import around, placed
from mirscan.families.index import FIVE, SIMPLE, FamilyIndex, Precursors, distinct_words
from mirscan.families.naming import kinship
from mirscan.families.packing import ARM, NOTHING, mismatches, pack, unpack, windows
from mirscan.families.search import ANYWHERE, FAR, NEAR, NO_OTHER, WITH_SEED, WORD, matches
from mirscan.families.species import PARENT, SPECIES, lineage, members
from mirscan.folding.viennarna import fold

ARMS = st.text("ACGU", min_size=ARM, max_size=ARM)
LET_7 = "UGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUC"
MIR_21 = "UAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGU"
WEIGHTS = Weights((-10.0, 0.45, 0.15, -2.0, -1.0, -2.0))


def precursors(**sequences: str) -> Precursors:
    """Precursors of human by family, from the first base of the 5′ arm to the last of the 3′ arm."""
    arms = [(pack(sequence[:ARM]), pack(sequence[-ARM:])) for sequence in sequences.values()]
    five, three = (np.array(column, np.uint64) for column in zip(*arms, strict=True))
    names = [f"Hsa-{family}" for family in sequences]
    plants = np.zeros(len(names), np.bool_)
    return Precursors(names, ["hsa"] * len(names), list(sequences), five, three, plants)


@pytest.fixture(scope="module")
def index() -> FamilyIndex:
    """Of two families."""
    return FamilyIndex.of_precursors(precursors(Let_7=LET_7, Mir_21=MIR_21))


def mutated(sequence: str, *places: int) -> str:
    """A sequence with other letters at some places."""
    letters = list(sequence)
    for place in places:
        letters[place] = {"A": "C", "C": "A", "G": "U", "U": "G"}[letters[place]]
    return "".join(letters)


@given(ARMS)
def test_packed_arms_come_back(arm: str) -> None:
    assert unpack(pack(arm)) == arm


@given(ARMS, ARMS)
def test_mismatches_are_the_letters_that_differ(one: str, other: str) -> None:
    differing = sum(a != b for a, b in zip(one, other, strict=True))
    assert mismatches(np.uint64(pack(one)), np.uint64(pack(other))) == differing


def test_what_is_no_arm_is_nothing() -> None:
    assert pack("ACGU") == pack("N" * ARM) == NOTHING


@given(st.text("ACGUN", max_size=60))
def test_windows_know_how_much_is_known(sequence: str) -> None:
    packed, known = windows(encode(sequence))
    for at in range(len(sequence)):
        run = sequence[at : at + ARM].split("N")[0]
        assert known[at] == len(run)
        if len(run) == ARM:
            assert unpack(int(packed[at])) == run


def by_hand(sequence: str, index: FamilyIndex) -> set[tuple[int, int, int]]:
    """Every match of an arm that is no simple sequence by the definition: letter by letter."""
    found = set()
    for at, arm in product(range(len(sequence) - ARM + 1), range(len(index.arm))):
        here, known = sequence[at : at + ARM], unpack(int(index.arm[arm]))
        same = [a == b for a, b in zip(here, known, strict=True)]
        runs = "".join("x" if one else " " for one in same).split()
        seed, apart = all(same[1:8]), same.count(False)
        word = max(map(len, runs), default=0) >= WORD
        plain = index.distinct[arm] > SIMPLE
        if plain and "N" not in here and ((word and apart <= ANYWHERE) or (seed and apart <= WITH_SEED)):
            found.add((at, arm, apart))
    return found


def other_by_hand(sequence: str, index: FamilyIndex, at: int, arm: int) -> tuple[int, int]:
    """The best place for the other arm of a match and its mismatches: the nearest of equally good ones."""
    kin = (index.family == index.family[arm]) & (index.side != index.side[arm])
    arms, best = [unpack(int(each)) for each in index.arm[kin]], (-1, NO_OTHER)
    for away in range(NEAR, FAR + 1):
        place = at + (away if index.side[arm] == FIVE else -away)
        here = sequence[place : place + ARM] if place >= 0 else ""
        if len(here) == ARM and "N" not in here:
            apart = min(sum(a != b for a, b in zip(here, other, strict=True)) for other in arms)
            best = (place, apart) if apart < best[1] else best
    return best


@given(st.data())
def test_the_search_finds_what_a_comparison_of_everything_finds(data: st.DataObject) -> None:
    index = FamilyIndex.of_precursors(precursors(Let_7=LET_7, Mir_21=MIR_21))
    gene = data.draw(st.sampled_from([LET_7, MIR_21]))
    places = data.draw(st.lists(st.integers(0, len(gene) - 1), max_size=8, unique=True))
    before, after = (data.draw(st.text("ACGUN", max_size=40)) for _ in range(2))
    sequence = before + mutated(gene, *places) + after
    found = matches(encode(sequence), index)
    rows = list(zip(found.at.tolist(), found.arm.tolist(), found.mismatches.tolist(), strict=True))
    assert len(set(rows)) == len(rows)
    assert set(rows) == by_hand(sequence, index)
    others = zip(found.other_at.tolist(), found.other.tolist(), strict=True)
    assert [*others] == [other_by_hand(sequence, index, at, arm) for at, arm, _ in rows]


def test_the_other_arm_is_found_at_a_loop_s_distance(index: FamilyIndex) -> None:
    found = matches(encode("A" * 50 + mutated(LET_7, 60) + "A" * 50), index)
    five = found.take((found.at == 50) & (found.mismatches == 0))
    assert five.other_at.tolist() == [50 + len(LET_7) - ARM]
    assert five.other.tolist() == [1]


def test_a_hairpin_is_found_around_a_match_and_its_arm_lies_on_its_side(index: FamilyIndex) -> None:
    flank = "GGCAACGU"
    codes = encode("A" * 100 + flank + LET_7 + "ACGUUGCC" + "A" * 100)
    found = matches(codes, index)
    start, end = around(codes, found.take(worth(found)), index)
    assert len(start) >= 1
    assert start.min() <= 100 + len(flank)
    assert end.max() >= 100 + len(flank) + len(LET_7)
    hairpin = decode(codes[start[0] : end[0]])
    at = hairpin.index(LET_7[:ARM])
    structure, _ = fold(hairpin)
    assert placed(structure, at, five=True) >= 15
    assert placed(structure, at, five=False) == 0


def test_a_match_without_a_hairpin_gives_none(index: FamilyIndex) -> None:
    codes = encode("A" * 60 + MIR_21[:ARM] + "A" * 60)
    found = matches(codes, index)
    assert len(found)
    start, _ = around(codes, found, index)
    assert len(start) == 0


def test_surroundings_end_where_the_known_bases_do(index: FamilyIndex) -> None:
    codes = encode("N" * 30 + LET_7 + "N" * 30)
    found = matches(codes, index)
    start, end = around(codes, found, index)
    assert (codes[start[0] : end[0]] < 4).all()
    assert end[0] - start[0] >= len(LET_7) - 6


def test_kinship_names_the_family_and_counts_the_letters(index: FamilyIndex) -> None:
    gene = mutated(MIR_21, 12, len(MIR_21) - 5, len(MIR_21) - 9)
    found = kinship(gene, fold(gene)[0], index, WEIGHTS)
    assert found is not None
    assert (found.family, found.nearest, found.side, found.seed) == ("Mir_21", "Hsa-Mir_21", "5p", True)
    assert (found.mismatches_5p, found.mismatches_3p) == (1, 2)
    assert (found.start_5p, found.start_3p) == (0, len(MIR_21) - ARM)
    assert (found.known_5p, found.known_3p) == (MIR_21[:ARM], MIR_21[-ARM:])
    assert found.sentence == (
        "its 5′ arm is that of Mir_21 of human (Hsa-Mir_21) but for 1 letter; the seed is identical; "
        "its 3′ arm differs in 2 letters"
    )


def test_a_broken_seed_and_a_lost_arm_are_said(index: FamilyIndex) -> None:
    lost = MIR_21[:38] + "AACACCAGUCGAUGGGCUGU"[::-1].translate(str.maketrans("ACGU", "CAUG"))
    gene = mutated(MIR_21[:ARM], 3) + MIR_21[ARM:38] + lost[38:]
    structure = "(" * 18 + "." * (len(gene) - 36) + ")" * 18
    found = kinship(gene, structure, index, Weights((0.0, 0.1, 0.0, 0.0, 0.0, 0.0)))
    assert found is not None
    assert not found.seed
    assert found.mismatches_3p is None
    assert found.sentence.endswith("the seed differs; its 3′ arm is not like that of any member")


def test_chance_hairpins_have_no_kin(index: FamilyIndex) -> None:
    gene = "GGGAAACUCGCCGAUCGGAUUCUCAAAGAAUCCGAUCGGCGAGUUUCCC"
    assert kinship(gene, fold(gene)[0], index, WEIGHTS) is None


def test_a_worse_match_never_weighs_more(index: FamilyIndex) -> None:
    weighed = []
    for count in range(4):
        found = matches(encode(mutated(LET_7[:ARM], *range(10, 10 + count))), index)
        weighed.append(float(WEIGHTS.bits(inputs(found, index)).max()))
    assert weighed == sorted(weighed, reverse=True)
    assert 0 < weighed[0] <= MOST


def test_surprise_is_the_chance_of_a_random_match() -> None:
    assert surprise(0, 22) == 44
    assert surprise(22, 22) == pytest.approx(0)
    assert surprise(1, 2) == pytest.approx(4 - np.log2(7))


def test_simple_sequence_finds_nothing_by_itself() -> None:
    simple = FamilyIndex.of_precursors(precursors(Simple="UG" * 11 + "CAAUCC" + "AC" * 11))
    found = matches(encode("UG" * 30), simple)
    assert not len(found)
    five = simple.arm[simple.side == FIVE]
    assert five.tolist() == [pack("UG" * 11)]  # still the other arm of what else matches
    assert distinct_words(np.array([pack("UG" * 11)], np.uint64)).tolist() == [2]


def test_weights_need_a_number_for_each_input() -> None:
    with pytest.raises(Exception, match="seed_broken"):
        Weights.of({"match": 1.0}, "a card")
    assert Weights.of(dict.fromkeys(INPUTS, 0.5), "a card").weights == (0.5,) * 6


def test_clades_are_trees() -> None:
    for code in SPECIES:
        assert lineage(code)[-1] == "Metazoa"
    assert set(PARENT.values()) <= {"Metazoa", *PARENT}
    assert members("primates") == {"hsa", "mml"}
    assert members("FLIES") == members("Drosophilidae") == {"dme", "dsi", "dya", "dan", "dmo"}
    assert members("Hsa") == {"hsa"}


def test_a_clade_that_nobody_knows_is_told_its_neighbours() -> None:
    with pytest.raises(UsageError, match="primates"):
        members("primate")


def test_an_index_without_a_clade_lacks_its_species() -> None:
    both = precursors(Let_7=LET_7, Mir_21=MIR_21)
    assert len(both.without(["primates"])) == 0
    assert len(both.without(["fish"])) == 2
