"""Training of the model behind scan: what is folded, how it fits and calibrates, and the run end to end."""

from __future__ import annotations

import csv
import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import Columns, encode
from mirscan.errors import TrainingError
from mirscan.folding.viennarna import fold
from mirscan.models.column_ensemble import ColumnEnsemble
from mirscan.models.columns import ColumnNetwork
from mirscan.models.hairpin_stack import HairpinStack
from mirscan.records import Hairpin
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import read_card
from mirscan.scoring.scorer import Scorer
from mirscan.training.common import one_cycle
from mirscan.training.common.one_cycle import Cycle
from mirscan.training.scan import calibration as scan_calibration
from mirscan.training.scan import evaluation as scan_evaluation
from mirscan.training.scan import material as scan_material
from mirscan.training.scan import prefilters, promising, reader_material, readers, stacking
from mirscan.training.scan import settings as scan_settings
from mirscan.training.scan import train as scan
from mirscan.training.scan.calibration import best_of_each, calibrate, joined, lowest_of_hits, platt
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet, training_set
from mirscan.training.scan.evaluation import load_network
from mirscan.training.scan.logits import kind_logits, raw_logits, standardise, worth_folding
from mirscan.training.scan.settings import RATE, ScanSettings, Scope
from mirscan.training.scan.train import GuidedColumns

PAIRS = str.maketrans("ACGU", "UGCA")
NONE = np.zeros(0, np.int64)
SHAPE = {"width": 8, "heads": 1, "hidden": 8}


def stem(draw: random.Random) -> str:
    """A perfect hairpin."""
    arm = "".join(draw.choices("ACGU", k=30))
    return arm + "".join(draw.choices("ACGU", k=8)) + arm.translate(PAIRS)[::-1]


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
    """Ten loci of two candidates each in 1 Mb; half of them as many hits a Mb as are wanted."""
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


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with gzip.open(path, "wt") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def little_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of a few kb, and the constants that name what is in it."""
    draw = random.Random(2)
    folder = tmp_path / "data"
    (folder / "scan").mkdir(parents=True)
    names = {f"mir-{number}": stem(draw) for number in range(60)} | dict(PRECURSORS)
    write_table(
        folder / "scan" / "precursors.tsv.gz",
        [{"name": n, "source": "mirbase22", "family": n, "sequence": s} for n, s in names.items()],
    )
    flanked = {"name": "hsa-mir-999", "sequence": "A" * 40 + stem(draw) + "C" * 40}
    cuts = {"drosha5p": "40,41", "drosha3p": "108,109"}
    write_table(folder / "scan" / "flanked_precursors.tsv.gz", [flanked | cuts])
    other = [
        {"name": str(n), "class": "trna", "sequence": "".join(draw.choices("ACGU", k=72))} for n in range(9)
    ]
    write_table(folder / "scan" / "other_rna.tsv.gz", other)
    for name in ("one", "two", "host", "ebv"):
        (folder / "genomes" / name).mkdir(parents=True)
        sequence = "".join(draw.choices("ACGU", k=15_000))
        (folder / "genomes" / name / "genome.fa").write_text(f">{name}\n{sequence}\n")
    (folder / "genomes" / "ebv" / "known_loci.bed").write_text("ebv\t2000\t2070\tx\t0\t+\n")
    monkeypatch.setattr(scan_material, "TRAINING", ("one", "two"))
    blind, whole = Scope((2, 3, 4), ("one", "two")), Scope((0, 2, 3, 4), ("one", "two", "host"))
    monkeypatch.setattr(scan, "BLIND", blind)
    monkeypatch.setattr(scan, "WHOLE", whole)
    monkeypatch.setattr(scan_material, "STRETCH", 5_000)
    little_stack(monkeypatch, blind, whole)
    monkeypatch.setattr(scan_evaluation, "HELD_OUT", ("host", "ebv"))
    monkeypatch.setattr(scan_evaluation, "HOST", "host")
    monkeypatch.setattr(ScanSettings.__init__, "__defaults__", (1, 12, 2, 1, 4, SHAPE, 0.01))
    monkeypatch.setattr(scan_calibration, "HUMAN", "two")
    monkeypatch.setattr(prefilters, "STEPS", 5)
    return folder


def little_stack(monkeypatch: pytest.MonkeyPatch, blind: Scope, whole: Scope) -> None:
    """The same constants for what reads beside the networks of columns."""
    monkeypatch.setattr(stacking, "SCOPES", (blind, whole))
    monkeypatch.setattr(stacking, "HUMAN", "two")
    monkeypatch.setattr(reader_material, "BLIND", blind)
    monkeypatch.setattr(reader_material, "TRAINING", ("one", "two"))
    monkeypatch.setattr(reader_material, "STRETCH", 5_000)
    for module in (promising, stacking):
        monkeypatch.setattr(module, "PROMISING", 0.5)
    for module in (promising, reader_material):
        monkeypatch.setattr(module, "REST", 0.2)
    for module in (readers, stacking):
        for cycle in ("LSTM_CYCLE", "HEAD_CYCLE"):
            monkeypatch.setattr(module, cycle, Cycle(3, 1e-3))


def test_from_raw_data_to_a_model_and_its_figures(little_data: Path, tmp_path: Path) -> None:
    out, figures, cache = tmp_path / "out", tmp_path / "figures.json", str(tmp_path / "cache")
    common = ["--cache", cache, "--quiet"]
    assert main(["train", "scan", "--data", str(little_data), "--out", str(out), *common]) == 0
    again = tmp_path / "again"
    assert main(["train", "scan", "--data", str(little_data), "--out", str(again), *common]) == 0
    assert (out / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()
    members = [len(read_card(folder).config["members"]) for folder in (out, tmp_path / "out-held-out")]
    assert members == [2, 1]
    whole, blind = (stack_of(folder) for folder in (out, tmp_path / "out-held-out"))
    both = [network.convolutions.networks()[0].stem.product.weight for network in (whole, blind)]
    assert torch.equal(*both)
    assert torch.equal(whole.lstm.dense.layers[0].weight, blind.lstm.dense.layers[0].weight)
    assert torch.equal(load_network(out).networks()[0].stem.product.weight, both[0])
    sequence = PRECURSORS["hsa-mir-21"]
    score = Scorer(str(out), "cpu").scores([Hairpin("x", 0, len(sequence), "+", sequence, *fold(sequence))])
    assert 0 <= score[0] <= 1

    given = ["--genomes", str(little_data / "genomes"), "--model", str(out), "--draft", str(out)]
    assert main(["evaluate", "scan", *given, "--json", str(figures), *common]) == 0
    assert main(["evaluate", "scan", *given, "--json", str(figures), *common]) == 1  # without --force
    (model,) = json.loads(figures.read_text())["models"]
    assert model["genomes"]["ebv"]["known_loci"] == 1
    assert model["genomes"]["host"]["candidates"] > 20
    assert 0 <= model["planted"]["animal"]["recall_at_false_hits_per_mb"]["100"]["recall"] <= 1


def stack_of(folder: Path) -> HairpinStack:
    """The network of a checkpoint."""
    card, state = checkpoint.load(folder, "scan")
    stack = HairpinStack(**card.config)
    stack.load_state_dict(state)
    return stack


def test_networks_of_columns_that_are_there_are_taken_as_they_are(little_data: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    common = ["--data", str(little_data), "--cache", str(tmp_path / "cache"), "--quiet"]
    assert main(["train", "scan", "--out", str(out), *common]) == 0
    assert main(["train", "scan", "--out", str(again), "--columns", str(out), *common]) == 0
    for model in ("", "-held-out"):
        one, other = (folder.with_name(folder.name + model) for folder in (out, again))
        assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


def stopping(monkeypatch: pytest.MonkeyPatch, batches: type[one_cycle.RandomBatches], at: int) -> None:
    """Let the batches of a class be interrupted once."""
    loss, calls = batches.loss, iter(range(10**6))

    def stopped(self: one_cycle.RandomBatches, step: int) -> torch.Tensor:
        if next(calls) == at:
            raise KeyboardInterrupt
        return loss(self, step)

    monkeypatch.setattr(batches, "loss", stopped)


def test_an_interrupted_training_goes_on_to_the_same_bytes(
    little_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(out: Path) -> int:
        common = ["--cache", str(tmp_path / "cache"), "--quiet"]
        return main(["train", "scan", "--data", str(little_data), "--out", str(out / "scan"), *common])

    assert train(tmp_path / "whole") == 0
    monkeypatch.setattr(one_cycle, "SAVE_EVERY", 2)
    stopping(monkeypatch, GuidedColumns, at=3)
    assert train(tmp_path / "stopped") == 130
    stopping(monkeypatch, prefilters.PromisingAndOthers, at=8)
    assert train(tmp_path / "stopped") == 130
    assert train(tmp_path / "stopped") == 0
    written = [
        path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*") if path.is_file()
    ]
    written = [path for path in written if "runs" not in path.parts]
    assert len(written) == 12  # tensors and card of two models, each with two prefilters
    for path in written:
        assert (tmp_path / "whole" / path).read_bytes() == (tmp_path / "stopped" / path).read_bytes(), path


def test_the_blind_networks_see_nothing_of_the_tests() -> None:
    assert scan_settings.TEST_FOLD not in scan_settings.BLIND.folds
    assert not set(scan_settings.BLIND.genomes) & set(scan_settings.HELD_OUT)
    for scope in (scan_settings.BLIND, scan_settings.WHOLE):
        assert scan_settings.CALIBRATION_FOLD not in scope.folds
        assert scan_settings.BLIND_TO not in scope.genomes


def test_precursors_like_ebv_s_are_left_out(little_data: Path) -> None:
    sequence = next(iter(PRECURSORS.values()))
    exclude = frozenset({sequence[20 : 20 + scan_settings.EBV_WORD]})
    everything = scan_material.read_truth(little_data / "scan", ScanSettings(), frozenset())
    left = scan_material.read_truth(little_data / "scan", ScanSettings(), exclude)
    gone = {row.name for row in everything.precursors} - {row.name for row in left.precursors}
    assert next(iter(PRECURSORS)) in gone
    assert len(gone) < 5


def test_training_and_test_families_are_apart(little_data: Path) -> None:
    truth = scan_material.read_truth(little_data / "scan", ScanSettings(), frozenset())
    tested = {truth.families[row] for row in truth.rows(scan_settings.TEST_FOLD)}
    trained = {truth.families[row] for row in truth.rows(2, 3, 4)}
    assert tested
    assert trained
    assert not tested & trained
