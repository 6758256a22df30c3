"""From raw data to the model behind scan and its figures, on little data."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers.stems import stem

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.folding.viennarna import fold
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
from mirscan.training.scan.evaluation import load_network
from mirscan.training.scan.settings import ScanSettings, Scope
from mirscan.training.scan.train import GuidedColumns

SHAPE = {"width": 8, "heads": 1, "hidden": 8}


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with gzip.open(path, "wt") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def little_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder of a few kb, and the constants that name what is in it."""
    draw = random.Random(2)
    folder = tmp_path_factory.mktemp("little") / "data"
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
    with pytest.MonkeyPatch.context() as patched:
        few_constants(patched)
        yield folder


def few_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The constants."""
    monkeypatch.setattr(scan_material, "TRAINING", ("one", "two"))
    blind, whole = Scope((2, 3, 4), ("one", "two")), Scope((0, 2, 3, 4), ("one", "two", "host"))
    monkeypatch.setattr(scan, "BLIND", blind)
    monkeypatch.setattr(scan, "WHOLE", whole)
    monkeypatch.setattr(scan_material, "STRETCH", 5_000)
    little_stack(monkeypatch, blind, whole)
    monkeypatch.setattr(scan_evaluation, "HELD_OUT", ("host", "ebv"))
    monkeypatch.setattr(scan_evaluation, "HOST", "host")
    monkeypatch.setattr(ScanSettings.__init__, "__defaults__", (1, 12, 2, 1, 4, SHAPE, 0.01, 1.0, 1.0))
    monkeypatch.setattr(scan_calibration, "HUMAN", "two")
    monkeypatch.setattr(prefilters, "STEPS", 5)


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


@pytest.fixture(scope="module")
def common(little_data: Path) -> list[str]:
    """Options of all runs: what is made of the raw data is kept for the next."""
    return ["--cache", str(little_data.parent / "cache"), "--quiet"]


@pytest.fixture(scope="module")
def trained(little_data: Path, common: list[str]) -> Path:
    """The model of an undisturbed run."""
    out = little_data.parent / "whole" / "scan"
    assert main(["train", "scan", "--data", str(little_data), "--out", str(out), *common]) == 0
    return out


def test_from_raw_data_to_a_model_and_its_figures(
    little_data: Path, trained: Path, common: list[str], tmp_path: Path
) -> None:
    out, figures = trained, tmp_path / "figures.json"
    models = out, out.with_name("scan-held-out")
    assert [len(read_card(folder).config["members"]) for folder in models] == [1, 1]
    whole, blind = map(stack_of, models)
    both = [network.convolutions.networks()[0].stem.product.weight for network in (whole, blind)]
    assert not torch.equal(*both), "each has networks of its own"
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


def test_networks_of_columns_that_are_there_are_taken_as_they_are(
    little_data: Path, trained: Path, common: list[str], tmp_path: Path
) -> None:
    again, given = tmp_path / "again", ["--data", str(little_data), "--columns", str(trained)]
    assert main(["train", "scan", "--out", str(again), *given, *common]) == 0
    for model in ("", "-held-out"):
        one, other = (folder.with_name(folder.name + model) for folder in (trained, again))
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
    little_data: Path, trained: Path, common: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train() -> int:
        out = tmp_path / "scan"
        return main(["train", "scan", "--data", str(little_data), "--out", str(out), *common])

    monkeypatch.setattr(one_cycle, "SAVE_EVERY", 2)
    stopping(monkeypatch, GuidedColumns, at=3)
    assert train() == 130
    stopping(monkeypatch, prefilters.PromisingAndOthers, at=8)
    assert train() == 130
    assert train() == 0
    whole = trained.parent
    written = [path.relative_to(whole) for path in whole.rglob("*") if path.is_file()]
    written = [path for path in written if "runs" not in path.parts]
    assert len(written) == 12  # tensors and card of two models, each with two prefilters
    for path in written:
        assert (whole / path).read_bytes() == (tmp_path / path).read_bytes(), path


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
