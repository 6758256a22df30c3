"""The motifs beside Drosha's cut: where they are looked for, what they weigh, and who asks."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mirscan.errors import ModelError
from mirscan.evidence.flanks import FlankEvidence, measured, mixed, sentence
from mirscan.evidence.kind import FLANK, Setup
from mirscan.flanks.beside import beside
from mirscan.flanks.cuts import FEATURES, cuts_of
from mirscan.flanks.weights import FORMAT, FlankWeights, read_weights, shipped_weights
from mirscan.folding.viennarna import fold
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Joined, Stretch
from mirscan.records import Call, Flanks, Hairpin, Window
from mirscan.sieve.candidates import Candidates

LOWER, ARM, LOOP = "GACUGACAGCA", "UGAGCAAGCUGCAGCAGGACGA", "CACCACAACA"  # 11 pairs below the cut
BASES = LOWER + ARM + LOOP + "UCGUCCUGCUGCAGCUUGCUCA" + "UGCUGUCAGUC"
EMPTY = "A" * FLANK
CUT, CUT_3P = len(LOWER), len(BASES) - len(LOWER) + 2  # the 3′ end is 2 nt longer


def hairpin(bases: str = BASES) -> Hairpin:
    structure, mfe = fold(bases)
    return Hairpin("chr", 1000, 1000 + len(bases), "+", bases, structure, mfe)


def put(flank: str, at: int, motif: str) -> str:
    return flank[:at] + motif + flank[at + len(motif) :]


UG = put(EMPTY, FLANK + CUT - 14, "UG")  # 14 nt before the cut
CNNC = {after: put(EMPTY, after - 1 - (len(BASES) - CUT_3P), "CAAC") for after in (15, 16, 17, 18, 19)}


def test_cuts_add_up_to_one_and_the_likeliest_is_that_of_the_duplex() -> None:
    cuts = cuts_of(hairpin(), Flanks(EMPTY, EMPTY))
    assert cuts is not None
    assert np.exp(cuts.log_prior).sum() == pytest.approx(1)
    at = int(cuts.log_prior.argmax())
    assert abs(int(cuts.five_prime[at]) - CUT) <= 2
    row = cuts.five_prime.tolist().index(CUT)
    assert int(cuts.three_prime[row]) == CUT_3P
    assert cuts.features[row].tolist() == [0, 0, 1]


def test_motifs_are_found_where_the_papers_have_them_and_nowhere_else() -> None:
    def at_cut(five: str, three: str) -> dict[str, float]:
        cuts = cuts_of(hairpin(), Flanks(five, three))
        assert cuts is not None
        return dict(zip(FEATURES, cuts.features[cuts.five_prime.tolist().index(CUT)].tolist(), strict=True))

    assert at_cut(UG, EMPTY)["ug"] == 1
    assert at_cut("A" + UG[:-1], EMPTY)["ug"] == 0
    assert [at_cut(EMPTY, CNNC[after])["cnnc"] for after in CNNC] == [0, 1, 1, 1, 0]


def test_a_motif_never_counts_against_and_its_lack_costs_little() -> None:
    none = measured(hairpin(), Flanks(EMPTY, EMPTY))["bits"]
    ug, cnnc = (
        measured(hairpin(), flanks)["bits"] for flanks in (Flanks(UG, EMPTY), Flanks(EMPTY, CNNC[17]))
    )
    both = measured(hairpin(), Flanks(UG, CNNC[17]))["bits"]
    assert none < min(ug, cnnc) <= max(ug, cnnc) < both
    weights = shipped_weights()
    assert min(weights.weights) >= 0
    assert -4 < weights.offset < 0 < weights.offset + sum(weights.weights) < 3


def test_bits_are_those_of_the_formula() -> None:
    cuts = cuts_of(hairpin(), Flanks(UG, CNNC[16]))
    assert cuts is not None
    weights = FlankWeights(-1.0, (1.0, 2.0, 0.5))
    mixture = sum(
        np.exp(prior) * 2.0 ** (np.dot(features, weights.weights))
        for prior, features in zip(cuts.log_prior, cuts.features, strict=True)
    )
    assert weights.bits(cuts) == pytest.approx(-1.0 + np.log2(mixture))


def test_unknown_flanks_hold_no_motif() -> None:
    unknown = Flanks("N" * FLANK, "N" * FLANK)
    found = measured(hairpin(), unknown)
    assert (found["ug"], found["cnnc"]) == (False, None)
    assert found["bits"] == measured(hairpin(), Flanks(EMPTY, EMPTY))["bits"]


def test_no_stem_is_nothing_to_weigh() -> None:
    open_chain = Hairpin("chr", 0, 60, "+", "A" * 60, "." * 60, 0.0)
    assert measured(open_chain, Flanks(EMPTY, EMPTY)) is None
    short = hairpin("GGGGCCAAAAGGCCCC")
    assert measured(short, Flanks(EMPTY, EMPTY)) is None


def test_a_term_says_what_lies_there() -> None:
    kind = FlankEvidence(Setup())
    detector = kind.detector()
    assert detector is not None
    [found, nothing] = detector.measure([hairpin()] * 2, [Flanks(UG, CNNC[17]), None])
    assert nothing is None
    term = kind.weigh(Call(hairpin(), -3.0, {"flanks": found}), ())
    assert term.bits == found["bits"] == kind.most_bits(Call(hairpin(), -3.0, {"flanks": found}))
    assert term.sentence == (
        "around Drosha's likeliest cut, after base 11: UG 14 nt before, CNNC 17 nt after, "
        "11 of the 11 bases below paired"
    )
    assert sentence({**found, "ug": False, "cnnc": None}).count("no ") == 2
    assert "cut, 2 nt before its first base:" in sentence({**found, "cut": -2})
    assert kind.weigh(Call(hairpin(), -3.0), ()).bits == 0


@pytest.mark.parametrize(
    ("clades", "asks"),
    [((), True), (("vertebrate",), True), (("nematode",), False), (("nematode", "insect"), True)],
)
def test_clades_without_the_motifs_are_not_asked(clades: tuple[str, ...], asks: bool) -> None:
    kind = FlankEvidence(Setup(choice=clades))
    assert (kind.detector() is not None) == asks
    assert (kind.facts()["sha256"] == "none") != asks


def test_an_open_clade_weighs_the_flanks_by_how_many_of_its_clades_have_the_motifs() -> None:
    kind = FlankEvidence(Setup(choice=("vertebrate", "nematode", "insect")))
    sure = FlankEvidence(Setup(choice=("vertebrate", "insect")))
    assert kind.facts() == {**sure.facts(), "share": 0.67}
    detector, certain = kind.detector(), sure.detector()
    assert detector is not None
    assert certain is not None
    for flanks in (Flanks(EMPTY, EMPTY), Flanks(UG, CNNC[17])):
        [open_], [known] = (each.measure([hairpin()], [flanks]) for each in (detector, certain))
        assert open_["bits"] == round(mixed(shipped_weights().bits(cuts_of(hairpin(), flanks)), 2 / 3), 2)
        assert abs(open_["bits"]) < abs(known["bits"])
        assert open_["bits"] * known["bits"] > 0
        assert open_["bits"] > np.log2(1 / 3)  # what a nematode can lose, whatever lies beside its hairpins
    term = kind.weigh(Call(hairpin(), -3.0, {"flanks": open_}), ())
    assert term.bits == open_["bits"]
    assert term.sentence.endswith("; weighs 67%, as not every clade that it may belong to has these")


def test_a_search_reads_the_flanks_of_both_strands_as_far_as_its_window_goes() -> None:
    sequence = "GGA" + BASES + "CUUAG"
    joined = Joined([Stretch(Window("chr", 0, len(sequence), 0, len(sequence)), sequence)], 50)
    length = len(sequence)
    start = np.array([3, length + 5])
    found = Candidates(start, start + len(BASES), np.zeros(2, np.int32))
    ends = 3, 3 + len(BASES)
    assert joined.flanks(found, 0, 8) == beside(sequence, *ends, "+", 8) == Flanks("NNNNNGGA", "CUUAGNNN")
    assert joined.flanks(found, 1, 8) == beside(sequence, *ends, "-", 8) == Flanks("NNNCUAAG", "UCCNNNNN")


def test_detectors_of_a_search_get_real_flanks() -> None:
    class Keeps:
        def rescue(self, codes, found):  # type: ignore[no-untyped-def]
            from mirscan.evidence.kind import Rescued

            none = np.zeros(len(found), np.bool_)
            return Rescued(none, found.take(none))

        def measure(self, hairpins, flanks):  # type: ignore[no-untyped-def]
            return [[each.five_prime, each.three_prime] for each in flanks]

    sequence = "ACGUACAAGC" * 8 + BASES + "CAAGAUACCA" * 8
    window = Window("chr", 0, len(sequence), 0, len(sequence))
    found = Search(detectors={"beside": Keeps()})([Stretch(window, sequence)])
    assert found.hairpins
    for each, measured_ in zip(found.hairpins, found.measured, strict=True):
        expected = beside(sequence, each.start, each.end, each.strand, FLANK)
        assert measured_["beside"] == [expected.five_prime, expected.three_prime]


@pytest.mark.parametrize(
    "card", ["", "[]", json.dumps({"format": FORMAT + 1}), json.dumps({"format": FORMAT, "weights": {}})]
)
def test_a_damaged_card_is_refused(card: str) -> None:
    with pytest.raises(ModelError, match="weights/flanks"):
        read_weights(card)
