"""Mature arms: geometry, decoding, the network, and what it learns from."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.encoding.positions import SYMBOLS, encode, loop_middle, opposite
from mirscan.errors import InputError, ModelError
from mirscan.families.placing import known_starts
from mirscan.folding.dot_bracket import pair_table
from mirscan.folding.viennarna import fold
from mirscan.models.arms import ArmNetworks
from mirscan.records import Hairpin, in_hairpin, on_genome
from mirscan.scoring.arm_decoding import LONGEST, NO_STARTS, SHORTEST, WIDEST, Geometry, decode, overhangs
from mirscan.scoring.arms import ArmFinder, geometry_of
from mirscan.scoring.checkpoint import Card, save
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.arms import geometry
from mirscan.training.arms import train as training
from mirscan.training.arms.augment import mutated
from mirscan.training.arms.curated import Curated
from mirscan.training.arms.data import (
    UNKNOWN,
    Bounds,
    Example,
    bounds_of,
    examples,
    own_flank,
    read_arms,
)
from mirscan.training.arms.sources import Graft, Truth
from mirscan.training.common import one_cycle
from mirscan.training.common.one_cycle import unwatched
from mirscan.training.scan.precursors import Precursor, fold_of

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
FLAT = Geometry(np.zeros((2, LONGEST - SHORTEST + 1)), np.zeros((2, 2 * WIDEST + 1)), 0.0)


def folded(sequence: str, start: int = 0, strand: str = "+") -> Hairpin:
    return Hairpin("chr1", start, start + len(sequence), strand, sequence, *fold(sequence))


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> ArmFinder:
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("models") / "untrained-arms"
    save(folder, Card("arms", "facing", config={"width": 8}), ArmNetworks(width=8).state_dict())
    return ArmFinder(str(folder), "cpu")


def test_each_base_faces_its_partner_and_runs_on_evenly() -> None:
    structure = "..((.((...)).))."
    table = pair_table(structure)
    facing = opposite(table)
    paired = table >= 0
    np.testing.assert_array_equal(facing[paired], table[paired])
    assert facing.tolist() == [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    np.testing.assert_array_equal(opposite(pair_table("....")), [3, 2, 1, 0])


def test_a_symbol_says_who_stands_there_how_and_with_whom() -> None:
    coded = encode("GANAAAAUC", "((.....))")
    g, a, n, *_, u, c = coded.symbols.tolist()
    assert g == 1 + (2 * 3 + 1) * 5 + 1  # G, paired with a later C
    assert a == 1 + (0 * 3 + 1) * 5 + 3
    assert n == 1 + (4 * 3 + 0) * 5 + 4
    assert u == 1 + (3 * 3 + 2) * 5 + 0
    assert c == 1 + (1 * 3 + 2) * 5 + 2
    assert coded.symbols.max() < SYMBOLS
    assert coded.places[2, 4] == 0, "the middle of the loop"
    assert loop_middle(pair_table("((..))((((...))))(.)")) == 11


def test_the_likeliest_boundaries_are_found() -> None:
    boundaries = np.full((4, 70), -9.0)
    for row, at in enumerate((4, 25, 44, 65)):
        boundaries[row, at] = -0.1
    assert decode(boundaries, np.arange(70)[::-1].copy(), FLAT) == ((4, 26), (44, 66))


def test_geometry_decides_where_boundaries_do_not() -> None:
    facing = np.arange(70)[::-1].copy()
    lengths = np.full((2, LONGEST - SHORTEST + 1), -8.0)
    lengths[:, 22 - SHORTEST] = 0
    ends = np.full((2, 2 * WIDEST + 1), -8.0)
    ends[:, 2 + WIDEST] = 0
    boundaries = np.full((4, 70), -5.0)
    boundaries[0, 5] = 0
    five, three = decode(boundaries, facing, Geometry(lengths, ends, 1.0)) or ((0, 0), (0, 0))
    assert five == (5, 27)
    assert [int(side) for side in overhangs(np.array(five), np.array(three), facing)] == [2, 2]


def test_arms_never_overlap_and_a_short_hairpin_has_none() -> None:
    random = np.random.default_rng(0)
    for size in (37, 40, 90):
        for _ in range(20):
            arms = decode(np.log(random.random((4, size))), random.integers(0, size, size), FLAT)
            assert arms is not None
            (a, b), (c, d) = arms
            assert 0 <= a < b <= c < d <= size
            assert SHORTEST <= b - a <= LONGEST
            assert SHORTEST <= d - c <= LONGEST
    for size in (5, 20, 2 * SHORTEST - 1):
        assert decode(np.log(random.random((4, size))), np.zeros(size, np.int64), FLAT) is None


def test_arms_begin_where_that_is_known() -> None:
    random = np.random.default_rng(0)
    for size in (37, 40, 90):
        for _ in range(20):
            boundaries, facing = np.log(random.random((4, size))), random.integers(0, size, size)
            five, three = sorted(random.integers(0, size, 2).tolist())
            for starts in ((five, three), (five, None), (None, three)):
                measured = dict(zip(("start_5p", "start_3p"), starts, strict=True))
                arms = decode(boundaries, facing, FLAT, known_starts(measured, size))
                assert arms is not None
                wanted = known_starts(measured, size)
                assert all(arm[0] == start or start is None for arm, start in zip(arms, wanted, strict=True))


def test_starts_that_leave_no_room_for_two_arms_are_none() -> None:
    assert known_starts(None, 80) == NO_STARTS
    assert known_starts({"start_5p": None, "start_3p": None}, 80) == NO_STARTS
    assert known_starts({"start_5p": 4, "start_3p": 44}, 80) == (4, 44)
    for five, three in (
        (-1, 44),
        (4, 80 - SHORTEST + 1),
        (30, 44),
        (80 - SHORTEST, None),
        (None, 3),
        ("4", 44),
    ):
        assert known_starts({"start_5p": five, "start_3p": three}, 80) == NO_STARTS


def test_arms_do_not_depend_on_the_batch(finder: ArmFinder) -> None:
    random = np.random.default_rng(1)
    hairpins = [
        folded("".join(random.choice(list("ACGU"), size=size))) for size in random.integers(30, 180, size=80)
    ]
    together = finder.all_arms([*hairpins, folded(MIR_21)])
    alone = [finder.arms(hairpin) for hairpin in [*hairpins, folded(MIR_21)]]
    assert together == alone
    assert any(arms is None for arms in together)
    assert any(arms is not None for arms in together)


def test_arms_mirror_with_the_strand(finder: ArmFinder) -> None:
    plus = folded(MIR_21, start=100)
    minus = replace(plus, start=500, end=500 + len(plus), strand="-")
    one, other = finder.arms(plus), finder.arms(minus)
    assert one is not None
    assert other is not None
    start, end = in_hairpin(plus, one.five_prime)
    assert other.five_prime == (minus.end - end, minus.end - start)
    assert other.three_prime[0] < other.five_prime[0], "on the minus strand the 3′ arm comes first"


@pytest.mark.parametrize("strand", ["+", "-"])
def test_places_go_there_and_back(strand: str) -> None:
    hairpin = folded(MIR_21, start=77, strand=strand)
    assert in_hairpin(hairpin, on_genome(hairpin, (3, 25))) == (3, 25)


def test_only_a_model_of_arms_places_arms(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="kind 'arms'"):
        ArmFinder(str(untrained))
    save(tmp_path / "odd", Card("arms", "facing", config={"width": 8}), ArmNetworks(width=9).state_dict())
    with pytest.raises(ModelError, match="do not fit"):
        ArmFinder(str(tmp_path / "odd"))


def planted(count: int, seed: int = 0) -> tuple[list[Precursor], dict[str, Bounds]]:
    """Perfect hairpins whose arms begin ten bases from the ends."""
    random = np.random.default_rng(seed)
    partner = dict(zip("ACGU", "UGCA", strict=True))
    rows, bounds = [], {}
    for number in range(count):
        strand = "".join(random.choice(list("ACGU"), size=34))
        other = "".join(partner[letter] for letter in reversed(strand))
        sequence = strand + "GAAAUAAC" + other
        rows.append(Precursor(f"p{number}", "mirbase22", f"mir-{number}", sequence, 0, len(sequence)))
        bounds[sequence] = (10, 31, len(sequence) - 32, len(sequence) - 11)
    return rows, bounds


def ground(seed: int = 9) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGU"), p=[0.3, 0.2, 0.2, 0.3], size=5000))


def test_planted_arms_are_where_they_were() -> None:
    rows, bounds = planted(16)
    found = {
        jitter: examples(rows, range(16), bounds, ground(), SieveSettings(), 1, jitter)
        for jitter in (False, True)
    }
    for one in [*found[False], *found[True]]:
        first, last = one.bounds[0], one.bounds[1] + 1
        assert last - first == 22
        assert one.hairpin.sequence[max(first, 0) : last] in rows[one.origin].sequence[10:32]
    assert [one.origin for one in found[False]] == list(range(16))
    moved = sum(one.bounds != other.bounds for one, other in zip(*found.values(), strict=True))
    assert 3 < moved < 16


def test_an_unknown_arm_stays_unknown_and_a_cut_precursor_is_told() -> None:
    assert bounds_of(None, (50, 72)) == (UNKNOWN, UNKNOWN, 50, 71)
    assert own_flank(100, (12, 34), (60, 85)) == 12
    assert own_flank(100, None, (60, 93)) == 7
    assert own_flank(100, None, None) == -1
    wanted = training.targets([(UNKNOWN, UNKNOWN, 50, 71), (0, 20, 30, 200)], np.array([80, 60]), 80)
    assert wanted.shape == (2, 4, 80)
    assert wanted[0, :2].sum() == 0
    assert wanted[0, 2].argmax() == 50
    assert wanted[1, 0, 0] == pytest.approx(0.9), "what would lie outside counts at the end"
    assert wanted[1, 3].sum() == 0, "far outside"


def test_the_tables_of_the_scan_set_are_read(tmp_path: Path) -> None:
    head = "name\tsource\tspecies\tfamily\tarm5p\tarm3p\tsequence\n"
    flanked = "name\taccession\tsequence\tdrosha5p\tdicer5p\tdicer3p\tdrosha3p\n"
    flanked += "x\ty\tGGGG\t2,3\t4,5\t6,7\t8,9\n"
    with gzip.open(tmp_path / "precursors.tsv.gz", "wt") as stream:
        stream.write(head + "a\tmirbase22\thsa\tmir-1\t3-25\t\tACGU\n")
    with gzip.open(tmp_path / "flanked_precursors.tsv.gz", "wt") as stream:
        stream.write(flanked)
    assert read_arms(tmp_path) == {"ACGU": ((3, 25), None), "GGGG": ((2, 4), (6, 8))}
    (tmp_path / "precursors.tsv.gz").write_bytes(b"no table")
    with pytest.raises(InputError, match="unreadable"):
        read_arms(tmp_path)


def everything(found: list[Example]) -> training.Material:
    return training.Material(found, np.ones(len(found)))


def test_the_network_learns_arms() -> None:
    torch.set_num_threads(1)
    rows, bounds = planted(60)
    settings = SieveSettings()
    seen = examples(rows, range(48), bounds, ground(), settings, 1, True)
    unseen = examples(rows, range(48, 60), bounds, ground(), settings, 2)
    how = training.ArmSettings(steps=48, members=2, further=8, batch=16, rate=1e-2)
    network = training.learn(everything(seen), how, None, unwatched)
    counted = geometry_of(network)
    assert counted.weight == pytest.approx(how.geometry)
    found = geometry.predicted(network, unseen)
    assert geometry.share_close(geometry.start_errors(unseen, found, counted)) >= 0.9
    assert network.lengths[:, 22 - SHORTEST].exp().min() > 0.8, "all arms have 22 nt"
    fresh = geometry.predicted(ArmNetworks(), unseen)
    blind = Geometry(counted.lengths, counted.overhangs, 0.0)
    assert geometry.share_close(geometry.start_errors(unseen, fresh, blind)) < 0.5


def test_an_interrupted_training_of_arms_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    rows, bounds = planted(24)
    seen = everything(examples(rows, range(24), bounds, ground(), SieveSettings(), 1))
    how = training.ArmSettings(steps=20, members=2, further=20, batch=4)
    whole = training.learn(seen, how, None, unwatched).state_dict()
    monkeypatch.setattr(one_cycle, "SAVE_EVERY", 10)
    done = 0

    def stop(steps: int) -> None:
        nonlocal done
        done += steps
        if done == 27:  # within a group of batches that were drawn together
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.learn(seen, how, tmp_path / "runs", stop)
    again = training.learn(seen, how, tmp_path / "runs", unwatched).state_dict()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_errors_are_counted_where_the_truth_is_known() -> None:
    hairpin = folded("G" * 30 + "AAAA" + "C" * 30)
    boundaries = np.full((4, 64), -9.0)
    for row, at in enumerate((4, 25, 38, 59)):
        boundaries[row, at] = -0.1
    known = Example(hairpin, (6, 27, 35, 56), 0)
    half = Example(hairpin, (UNKNOWN, UNKNOWN, 38, 59), 1)
    errors = geometry.start_errors([known, half], [boundaries, boundaries], FLAT)
    assert errors[0].tolist() == [-2, 3]
    assert np.isnan(errors[1, 0])
    assert errors[1, 1] == 0
    assert geometry.share_close(errors) == pytest.approx(2 / 3)


def test_a_mutated_hairpin_keeps_its_fold() -> None:
    view = encode(MIR_21, fold(MIR_21)[0])
    symbols = mutated(view, np.random.default_rng(2), 0.5)
    changed = symbols != view.symbols
    assert 5 < changed.sum() < len(view)
    state = (symbols.astype(int) - 1) // 5 % 3
    np.testing.assert_array_equal(state, (view.symbols.astype(int) - 1) // 5 % 3)
    letters, partner = (symbols.astype(int) - 1) // 15, (symbols.astype(int) - 1) % 5
    paired = np.flatnonzero(state)
    np.testing.assert_array_equal(letters[view.facing[paired]], partner[paired])
    np.testing.assert_array_equal(mutated(view, np.random.default_rng(2), 0.0), view.symbols)


INNER = "UGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUC"


def test_curators_say_where_the_arms_of_a_longer_precursor_are() -> None:
    curated = Curated({INNER: ((0, 22), None)}, {INNER[:20]: [INNER]})
    assert curated.place_in("GGGG" + INNER + "CC") == (4, 4 + len(INNER))
    assert curated.place_in(INNER[1:]) is None
    assert curated.bounds(INNER, 4) == (4, 25, UNKNOWN, 3 + len(INNER))


def test_grafts_have_the_flanks_of_others_of_the_folds_that_are_learnt() -> None:
    donor = Precursor("donor", "flanked", "mir-9", "A" * 15 + "CCCC" + "U" * 14, 15, 19)
    apart = Precursor("apart", "flanked", "mir-7", "G" * 15 + "CCCC" + "G" * 14, 15, 19)
    rows = [donor, apart, Precursor("let-7", "mirgenedb", "let-7", INNER, 0, len(INNER))]
    curated = Curated({INNER: ((0, 22), None)}, {INNER[:20]: [INNER]})
    names, planted_rows = np.array([row.family for row in rows]), np.arange(2)
    truth = Truth(rows, {}, names, planted_rows, np.zeros(0, np.int64), ground(), curated)
    folds = {fold_of(name) for name in ("mir-9", "let-7")}
    assert fold_of("mir-7") not in folds
    (graft,) = truth.grafts([*folds], 1, 5)
    assert isinstance(graft, Graft)
    assert graft.precursor.sequence == "A" * 15 + INNER + "U" * 14
    assert graft.bounds == curated.bounds(INNER, 15)
