"""What the networks behind scan are shown: changed hairpins, batches chosen by need, and folds by the lot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import PAIR, SCALARS, SYMBOLS, Columns, encode
from mirscan.folding.viennarna import fold
from mirscan.training.scan.attestation import attestation, shares
from mirscan.training.scan.augment import CHOICES, blurred, mutated
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import (
    BACKGROUND,
    BEHIND,
    DOUBTED,
    OTHER,
    PRECURSOR,
    Draw,
    hardness,
    numbered,
    shown,
    training_set,
)
from mirscan.training.scan.folds import folded, structures
from mirscan.training.scan.precursors import Precursor

HAIRPINS = list(PRECURSORS.values())
FOLDS = [fold(sequence) for sequence in HAIRPINS]
CODED = encode(HAIRPINS, [structure for structure, _ in FOLDS], [energy for _, energy in FOLDS])


def parts(symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    one = symbols.astype(int) - 1
    return one // 15, one // 3 % 5, one % 3


def test_a_change_keeps_pairs_gaps_and_the_end() -> None:
    random = np.random.default_rng(0)
    changed = mutated(np.repeat(CODED.symbols, 50, axis=0), random, share=0.5)
    before = np.repeat(CODED.symbols, 50, axis=0)
    assert ((changed == 0) == (before == 0)).all()
    real = before > 0
    old, new = parts(before[real]), parts(changed[real])
    assert (old[2] == new[2]).all()
    assert ((old[0] == 0) == (new[0] == 0)).all()
    assert ((old[1] == 0) == (new[1] == 0)).all()
    pairs = {(1, 2), (2, 1), (3, 4), (4, 3), (1, 3), (3, 1)}  # G C U A = 1..4
    can_pair = np.array([pair in pairs for pair in zip(new[0].tolist(), new[1].tolist(), strict=True)])
    moved = changed[real] != before[real]
    assert moved.any()
    assert (can_pair == (new[2] == PAIR))[moved].all()


def test_as_much_changes_as_is_asked_for() -> None:
    random, before = np.random.default_rng(1), np.repeat(CODED.symbols, 200, axis=0)
    real = before > 0
    assert (mutated(before, random, share=0.0) == before).all()
    drawn = [(mutated(before, random, share)[real] != before[real]).mean() for share in (0.1, 0.4)]
    assert drawn[1] == pytest.approx(4 * drawn[0], rel=0.1)
    assert 0.05 < drawn[0] < 0.1  # some draws are the letter that was there


def test_every_symbol_has_choices_of_its_own_kind() -> None:
    assert CHOICES.shape[0] == SYMBOLS
    assert (CHOICES[0] == 0).all()
    paired = [symbol for symbol in np.unique(CODED.symbols).tolist() if symbol and (symbol - 1) % 3 == PAIR]
    assert all(symbol in CHOICES[symbol] and len(set(CHOICES[symbol].tolist())) == 6 for symbol in paired)


def test_noise_is_in_units_of_the_spread() -> None:
    spread = np.arange(len(SCALARS), dtype=np.float32)
    scalars = np.zeros((4000, len(SCALARS)), np.float32)
    found = blurred(scalars, spread, np.random.default_rng(0), noise=0.5)
    assert found.std(0) == pytest.approx(0.5 * spread, rel=0.06)
    assert found.dtype == np.float32


def test_only_the_best_candidates_of_a_precursor_are_shown() -> None:
    said = np.array([3.0, 3.0 - BEHIND / 2, 0.0, np.nan, 2.0, 2.0])
    planting = np.array([0, 0, 0, 1, 2, 2])
    assert shown(said, planting).tolist()[2:4] == [0, 1]
    assert shown(said, planting)[[0]].tolist() == [1]


def test_the_precursors_that_do_worst_are_left_out() -> None:
    said = np.linspace(-5, 5, 1000)
    chosen = shown(said, np.arange(1000))
    assert chosen.mean() == pytest.approx(1 - DOUBTED, abs=0.01)
    assert chosen[: int(1000 * DOUBTED)].sum() == 0
    assert shown(np.full(3, np.nan), np.arange(3)).tolist() == [1, 1, 1]
    assert shown(np.zeros(3), np.arange(3)).sum() == 3  # none left: all


def test_what_looks_like_a_precursor_is_shown_more_often() -> None:
    weights = hardness(np.array([-6.0, -6.0, 3.0, np.nan]))
    assert weights.sum() == pytest.approx(1)
    assert weights[2] > 2 * weights[0]
    assert weights[0] < weights[3] < weights[2]
    assert hardness(np.full(4, np.nan)).tolist() == [0.25] * 4


def test_batches_hold_their_shares_of_each_class() -> None:
    some = Columns(np.zeros((400, 100), np.uint8), np.zeros((400, len(SCALARS)), np.float32))
    two = some.take(np.arange(40))
    material = training_set(two, np.zeros(40, np.int64), np.arange(40), two, some)
    draw = Draw(material, 200, np.random.default_rng(0))
    for _ in range(3):
        rows = draw.batch()
        assert np.bincount(material.role[rows]).tolist() == [50, 10, 140]
        draw.remember(rows, (rows % 7 == 0).astype(np.float32) * 6 - 3)
        draw.choose()
    many = np.concatenate([draw.batch() for _ in range(50)])
    ground = many[material.role[many] == BACKGROUND]
    assert (ground % 7 == 0).mean() > 1.5 / 7
    assert {PRECURSOR, OTHER} < set(material.role[many].tolist())


def test_precursors_are_shown_as_often_as_they_weigh() -> None:
    some = Columns(np.zeros((40, 100), np.uint8), np.zeros((40, len(SCALARS)), np.float32))
    kind, planting, weight = np.zeros(40, np.int64), np.arange(40), np.repeat([1.0, 0.25], 20)
    plain = training_set(some, kind, planting, some, some)
    even, weighed = (training_set(some, kind, planting, some, some, each) for each in (np.ones(40), weight))
    assert plain.sha256() == even.sha256() != weighed.sha256()
    draw = Draw(weighed, 400, np.random.default_rng(0))
    for _ in range(2):  # before and after a choice
        rows = np.concatenate([draw.batch() for _ in range(50)])
        heavy, light = np.bincount(rows[weighed.role[rows] == PRECURSOR] // 20, minlength=2)
        assert heavy / light == pytest.approx(4, rel=0.15)
        draw.remember(np.arange(120), np.zeros(120, np.float32))
        draw.choose()


def test_what_is_curated_and_what_is_alone_weigh_differently() -> None:
    sources = ("mirgenedb", "mirbase22", "mirbase22", "flanked", "mirbase22", "mirbase22", "mirbase22")
    names = ("Hsa-Let-7", "hsa-let-7", "hsa-mir-9", "hsa-mir-10", "x", "x", "hsv1-mir-H1")
    families = ["let-7", "let-7", "mir-9", "mir-10", "mir-11", "mir-11", "mir-h1"]
    rows = [Precursor(name, source, "", "A", 0, 1) for name, source in zip(names, sources, strict=True)]
    assert attestation(rows, families, 3.0, 0.25).tolist() == [3.0, 3.0, 0.25, 3.0, 1.0, 1.0, 1.0]


def test_animals_plants_and_viruses_are_shown_as_often_as_without_weights() -> None:
    animal, plant = (
        Precursor("hsa-mir-9", "", "", "A", 0, 1),
        Precursor("ath-MIR156", "", "", "A", 0, 1, True),
    )
    virus = Precursor("ebv-mir-BART1", "", "", "A", 0, 1)
    weights = np.array([3.0, 1.0, 0.25, 0.25, 1.0])
    assert shares(weights, [animal, animal, plant, plant, virus]).tolist() == [1.5, 0.5, 1.0, 1.0, 1.0]
    assert shares(weights[:2], [animal, animal]).tolist() == [1.5, 0.5]


def test_a_class_that_is_empty_leaves_its_share_to_the_others() -> None:
    some = Columns(np.zeros((30, 100), np.uint8), np.zeros((30, len(SCALARS)), np.float32))
    none = np.zeros(0, np.int64)
    material = training_set(some, np.zeros(30, np.int64), np.arange(30), some.take(none), some)
    rows = Draw(material, 95, np.random.default_rng(0)).batch()
    assert np.bincount(material.role[rows]).tolist() == [25, 0, 70]


def test_plantings_are_numbered_by_runs() -> None:
    assert numbered([np.array([4, 4, 2, 4]), np.array([4, 9])]).tolist() == [0, 0, 1, 2, 3, 4]
    assert numbered([np.zeros(0, np.int64), np.array([5])]).tolist() == [0]


def test_folds_by_the_lot_are_viennarna_s(tmp_path: Path) -> None:
    found = structures(HAIRPINS)
    assert [energy for _, energy in found] == pytest.approx([energy for _, energy in FOLDS])
    assert [structure for structure, _ in found] == [structure for structure, _ in FOLDS]
    rows = np.zeros(len(HAIRPINS), np.int64)
    examples = ScanExamples(np.array(HAIRPINS, np.bytes_), CODED, rows, rows, rows > 0)
    counted: list[int] = []
    for _ in range(2):  # the second time from the cache
        again = folded(examples, tmp_path, counted.append)
        assert (again.symbols == CODED.symbols).all()
        assert again.scalars == pytest.approx(CODED.scalars, abs=1e-6)
    assert counted == [len(HAIRPINS)]
