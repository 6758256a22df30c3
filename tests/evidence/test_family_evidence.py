"""Known families as evidence: what the shipped index says of hairpins and of the sequence around them."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mirscan.alphabet import decode, encode, reverse_complement_codes
from mirscan.errors import ModelError, UsageError
from mirscan.evidence.families import FamilyDetector, FamilyEvidence
from mirscan.evidence.kind import Setup
from mirscan.evidence.registry import load_kinds
from mirscan.families import store
from mirscan.families.packing import pack
from mirscan.folding.viennarna import fold
from mirscan.records import Call, Hairpin
from mirscan.scoring.checkpoint import CARD, TENSORS
from mirscan.sieve.candidates import Candidates

MIR_21 = "UAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGU"
NOTHING_FOUND = Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32))


def background(length: int, seed: int) -> str:
    """Random letters."""
    return decode(np.random.default_rng(seed).integers(0, 4, length).astype(np.uint8))


def both_strands(sequence: str) -> np.ndarray:
    """The codes of both strands, as a detector gets them."""
    codes = encode(sequence)
    return np.concatenate([codes, reverse_complement_codes(codes)])


def call(sequence: str, log_odds: float = -2.0) -> Call:
    """A scored hairpin with what the detector measures of it."""
    hairpin = Hairpin("chr", 0, len(sequence), "+", sequence, *fold(sequence))
    (measured,) = FamilyDetector().measure([hairpin], [None])
    return Call(hairpin, log_odds, measured={"families": measured} if measured else {})


@pytest.fixture(scope="module")
def kind() -> FamilyEvidence:
    """With the shipped index."""
    return FamilyEvidence(Setup())


def test_a_known_gene_weighs_many_bits_and_is_named(kind: FamilyEvidence) -> None:
    term = kind.weigh(call(MIR_21), ())
    assert term.bits > 10
    assert term.numbers["family"] == "Mir-21"
    assert term.numbers["mismatches_5p"] == 0
    assert term.sentence.startswith("its 5′ arm is that of Mir-21 of")
    assert json.loads(json.dumps(dict(term.numbers))) == term.numbers


def test_bits_are_what_is_kept_for(kind: FamilyEvidence) -> None:
    known, unknown = call(MIR_21), call("GGGAAACUCGCCGAUCGGAUUCUCAAAGAAUCCGAUCGGCGAGUUUCCC")
    assert kind.most_bits(known) == kind.weigh(known, ()).bits
    assert kind.most_bits(unknown) == kind.weigh(unknown, ()).bits == 0
    assert kind.weigh(unknown, ()).sentence == ""


def test_a_gene_is_rescued_where_the_sieve_found_nothing() -> None:
    sequence = background(400, 1) + MIR_21 + background(400, 2)
    rescued = FamilyDetector().rescue(both_strands(sequence), NOTHING_FOUND)
    assert not rescued.kept.any()
    shared = np.minimum(rescued.more.end, 400 + len(MIR_21)) - np.maximum(rescued.more.start, 400)
    assert shared.max() >= len(MIR_21) - 4


def test_unknown_bases_in_front_shift_and_the_other_strand_mirrors() -> None:
    sequence = background(300, 3) + MIR_21 + background(300, 4)
    plain = FamilyDetector().rescue(both_strands(sequence), NOTHING_FOUND).more
    shifted = FamilyDetector().rescue(both_strands("N" * 70 + sequence), NOTHING_FOUND).more
    assert (
        shifted.start == plain.start + 70
    ).all()  # on the minus strand they lie behind, and it begins later
    mirrored = FamilyDetector().rescue(np.roll(both_strands(sequence), len(sequence)), NOTHING_FOUND).more
    there = sorted(
        ((start + len(sequence)) % (2 * len(sequence)), end - start)
        for start, end in zip(plain.start.tolist(), plain.end.tolist(), strict=True)
    )
    here = sorted(
        (start, end - start)
        for start, end in zip(mirrored.start.tolist(), mirrored.end.tolist(), strict=True)
    )
    assert here == there


def test_candidates_like_a_rescued_place_pass_the_prefilters() -> None:
    sequence = background(300, 5) + MIR_21 + background(300, 6)
    more = FamilyDetector().rescue(both_strands(sequence), NOTHING_FOUND).more
    offered = Candidates(np.array([more.start[0], 10]), np.array([more.end[0], 90]), np.zeros(2, np.int32))
    rescued = FamilyDetector().rescue(both_strands(sequence), offered)
    assert rescued.kept.tolist() == [True, False]
    assert len(rescued.more) == len(more) - 1


def test_the_detector_is_light_to_send() -> None:
    detector = FamilyDetector()
    assert len(pickle.dumps(detector)) < 300
    assert pickle.loads(pickle.dumps(detector)) == detector


def test_the_registry_knows_it(kind: FamilyEvidence) -> None:
    (_, families) = load_kinds(["hairpin", "families"], Setup())
    assert families.facts() == kind.facts() == {"sha256": store.load().sha256}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small index."""
    shipped = store.load()
    rows = [row for row, family in enumerate(shipped.precursors.families) if family == "Mir-21"]
    store.save(tmp_path / "small", shipped.precursors.take(rows), {"Mir-21": 1.0}, shipped.card)
    return tmp_path / "small"


def test_an_index_comes_back_as_it_was_written(folder: Path) -> None:
    shipped, small = store.load().precursors, store.load(str(folder))
    rows = [row for row, family in enumerate(shipped.families) if family == "Mir-21"]
    assert small.precursors.names == shipped.take(rows).names
    assert (small.precursors.five == shipped.five[rows]).all()
    assert small.scattered == {"Mir-21": 1.0}
    assert pack(MIR_21[:22]) in small.index().arm.tolist()


def test_a_damaged_or_foreign_index_is_refused(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "architecture": "arms of 2030"}))
    with pytest.raises(ModelError, match="arms of 2030.*mirscan train families"):
        store.load(str(folder))
    (folder / CARD).write_text(json.dumps({**card, "kind": "lstm"}))
    with pytest.raises(ModelError, match="lstm"):
        store.load(str(folder))
    (folder / CARD).write_text(json.dumps({**card, "config": {"bits": {"match": 1.0}}}))
    with pytest.raises(ModelError, match="seed_broken"):
        store.load(str(folder))
    (folder / CARD).write_text(json.dumps(card))
    (folder / TENSORS).write_bytes((folder / TENSORS).read_bytes()[:-5])
    with pytest.raises(ModelError, match="SHA-256"):
        store.load(str(folder))


def test_no_such_index() -> None:
    with pytest.raises(UsageError, match="no model of this name"):
        FamilyEvidence(Setup(choice="families-of-mars"))


def test_the_card_says_what_it_was_fitted_on() -> None:
    card = store.load().card
    assert "more_family_arms" in card.provenance["never_fitted_on"]
    assert set(card.provenance["fitted_on"]) >= {"primates", "tunicates"}
    assert replace(card).metrics["precursors"] == len(store.load().precursors)
