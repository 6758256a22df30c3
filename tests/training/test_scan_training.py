"""How the networks behind scan learn: what is folded, how they fit, and how scores are calibrated."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.stems import stem

from mirscan.encoding.columns import Columns, encode
from mirscan.errors import TrainingError
from mirscan.folding.viennarna import fold
from mirscan.models.column_ensemble import ColumnEnsemble
from mirscan.models.columns import ColumnNetwork
from mirscan.training.common import one_cycle
from mirscan.training.common.one_cycle import Cycle
from mirscan.training.scan.calibration import best_of_each, calibrate, joined, lowest_of_hits, platt
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet, training_set
from mirscan.training.scan.logits import kind_logits, raw_logits, standardise, worth_folding
from mirscan.training.scan.settings import RATE
from mirscan.training.scan.train import GuidedColumns

NONE = np.zeros(0, np.int64)


def coded(sequences: list[str]) -> Columns:
    folds = [fold(sequence) for sequence in sequences]
    return encode(sequences, [structure for structure, _ in folds], [energy for _, energy in folds])


@pytest.fixture(scope="module")
def two_classes() -> tuple[Columns, Columns]:
    draw = random.Random(1)
    stems = [stem(draw) for _ in range(60)]
    return coded(stems), coded(["".join(draw.sample(sequence, len(sequence))) for sequence in stems])


def test_what_is_folded_stands_for_everything() -> None:
    logits = np.random.default_rng(0).normal(size=1000)
    rows, weights = worth_folding(logits, hard=50, sampled=100, seed=1)
    assert len(set(rows.tolist())) == 150
    assert weights.sum() == pytest.approx(1000)
    assert logits[rows[:50]].min() >= np.delete(logits, rows[:50]).max()
    rows, weights = worth_folding(logits, hard=5000, sampled=100, seed=1)
    assert len(rows) == len(weights) == weights.sum() == 1000


def training(stems: Columns, shuffles: Columns) -> TrainingSet:
    kind, planting = np.arange(len(stems)) % 2, np.arange(len(stems))
    return training_set(stems, kind, planting, shuffles.take(NONE), shuffles)


def fit(network: ColumnNetwork, examples: TrainingSet, steps: int, seed: int) -> None:
    torch.manual_seed(seed)
    one_cycle.one_cycle(network, GuidedColumns(network, examples, steps, seed), Cycle(steps, RATE, clip=1.0))


def small(**config: float) -> ColumnNetwork:
    torch.manual_seed(0)
    return ColumnNetwork(**{"width": 16, "outputs": 2, **config})  # type: ignore[arg-type]


def test_it_learns_to_tell_stems_from_shuffles(two_classes: tuple[Columns, Columns]) -> None:
    stems, shuffles = two_classes
    network = small(dropout=0.0, heads=2)
    standardise(network, two_classes)
    fit(network, training(stems, shuffles), 25, seed=0)
    for kind in (0, 1):
        found, none = kind_logits(network, stems), kind_logits(network, shuffles)
        assert found[kind::2, kind].min() > none[:, kind].max()
    assert not network.training


def test_a_scalar_that_never_varied_counts_for_nothing(two_classes: tuple[Columns, Columns]) -> None:
    stems = two_classes[0]
    constant = Columns(stems.symbols, stems.scalars * (np.arange(35) != 13))
    network = small().eval()
    standardise(network, [constant])
    moved = Columns(stems.symbols, constant.scalars + (np.arange(35) == 13).astype(np.float32))
    assert raw_logits(network, moved) == pytest.approx(raw_logits(network, constant), abs=1e-4)


def test_same_seed_same_weights(two_classes: tuple[Columns, Columns]) -> None:
    def logits(seed: int) -> list[float]:
        network = small()
        fit(network, training(*two_classes), 8, seed)
        return raw_logits(network, two_classes[0]).tolist()

    assert logits(1) == logits(1) != logits(2)


def test_a_diverging_run_says_so(two_classes: tuple[Columns, Columns]) -> None:
    broken = Columns(two_classes[0].symbols, two_classes[0].scalars * np.float32(np.nan))
    with pytest.raises(TrainingError, match="not finite"):
        fit(small(), training(broken, two_classes[1]), 3, seed=0)


def test_logits_come_in_the_order_given(two_classes: tuple[Columns, Columns]) -> None:
    network = small().eval()
    rows = np.array([5, 3, 40, 8])
    alone = [raw_logits(network, two_classes[1].take(rows[i : i + 1]))[0] for i in range(4)]
    assert raw_logits(network, two_classes[1].take(rows)) == pytest.approx(alone, abs=0.02)
    assert kind_logits(network, two_classes[1].take(rows))[:, 0] == pytest.approx(alone, abs=0.02)


def test_calibrated_scores_are_probabilities_at_the_prevalence() -> None:
    """Normal scores at ±1 have log-odds 2x; at prevalence π, 2x + log(π / (1 - π))."""
    draw, prevalence = np.random.default_rng(0), 0.02
    precursors, background = draw.normal(1, 1, 20_000), draw.normal(-1, 1, 20_000)
    scale, shift = platt(precursors, background, np.ones(20_000), prevalence)
    assert scale == pytest.approx(2, abs=0.1)
    assert shift == pytest.approx(np.log(prevalence / (1 - prevalence)), abs=0.1)


def test_both_kinds_are_calibrated_and_made_one() -> None:
    draw, prevalence = np.random.default_rng(0), 0.02
    kinds = np.repeat([0, 1], [9_000, 1_000])
    found = draw.normal(-1, 1, (10_000, 2)) + 2 * np.eye(2)[kinds]
    background = draw.normal(-1, 1, (50_000, 2))
    network = ColumnEnsemble([{"width": 8}])
    calibrate(network, found, kinds, background, prevalence)
    scale, shift = network.calibration.tolist()
    assert network.kinds[:, 0].tolist() == pytest.approx([2, 2], abs=0.2)
    score = [1 / (1 + np.exp(-scale * joined(network, part) - shift)) for part in (found, background)]
    assert score[0].mean() * prevalence + score[1].mean() * (1 - prevalence) == pytest.approx(0.02, abs=0.003)
    for kind in (0, 1):
        assert np.median(score[0][kinds == kind]) > 4 * np.median(score[1])


def test_the_best_candidate_of_each_planting_calibrates() -> None:
    logits = np.array([[1.0, 9.0], [3.0, 0.0], [2.0, 0.0], [9.0, 5.0], [0.0, 6.0]])
    best, kinds = best_of_each(logits, np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 9, 9]))
    assert best.tolist() == [[3.0, 0.0], [2.0, 0.0], [0.0, 6.0]]
    assert kinds.tolist() == [0, 0, 1]


def test_hits_are_counted_by_locus() -> None:
    """Ten loci of two candidates each in 1 Mb; half of them as many hits per Mb as are wanted."""
    start = np.repeat(np.arange(10) * 1000, 2) + np.tile([0, 5], 10)
    nothing = Columns(np.zeros((20, 100), np.uint8), np.zeros((20, 35), np.float32))
    ground = ScanExamples(np.array(["A" * 70] * 20, "S70"), nothing, start * 0 - 1, start, start < 0)
    scores = 0.9 - np.arange(20) / 100
    lowest = lowest_of_hits(ground, start * 0, scores, 1.0, 5.0)
    assert lowest == pytest.approx(0.9 - 0.10)
    both_strands = replace(ground, strand=np.arange(20) % 2 == 1)
    assert lowest_of_hits(both_strands, start * 0, scores, 1.0, 5.0) == pytest.approx(0.9 - 0.10)
    two = lowest_of_hits(ground, np.arange(20) % 2, scores, 1.0, 5.0)
    assert two == pytest.approx(0.9 - 0.05)
