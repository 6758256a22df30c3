"""Training of the model behind scan: what is folded, how it fits and calibrates, and the run end to end."""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.encoding.duplex import Duplexes, encode
from mirscan.errors import TrainingError
from mirscan.folding import fold
from mirscan.models.duplex import DuplexNetwork
from mirscan.records import Hairpin
from mirscan.scoring import Scorer
from mirscan.training import scan, scan_evaluation
from mirscan.training.scan_fit import Pool, fit, raw_logits, standardise

PAIRS = str.maketrans("ACGU", "UGCA")


def stem(draw: random.Random) -> str:
    """A perfect hairpin."""
    arm = "".join(draw.choices("ACGU", k=30))
    return arm + "".join(draw.choices("ACGU", k=8)) + arm.translate(PAIRS)[::-1]


def coded(sequences: list[str]) -> Duplexes:
    folds = [fold(sequence) for sequence in sequences]
    return encode(sequences, [structure for structure, _ in folds], [energy for _, energy in folds])


@pytest.fixture(scope="module")
def two_classes() -> tuple[Duplexes, Duplexes]:
    draw = random.Random(1)
    stems = [stem(draw) for _ in range(60)]
    return coded(stems), coded(["".join(draw.sample(sequence, len(sequence))) for sequence in stems])


def test_what_is_folded_stands_for_everything() -> None:
    logits = np.random.default_rng(0).normal(size=1000)
    rows, weights = scan.worth_folding(logits, hard=50, sampled=100, seed=1)
    assert len(set(rows.tolist())) == 150
    assert weights.sum() == pytest.approx(1000)
    assert logits[rows[:50]].min() >= np.delete(logits, rows[:50]).max()
    rows, weights = scan.worth_folding(logits, hard=5000, sampled=100, seed=1)
    assert len(rows) == len(weights) == weights.sum() == 1000


def test_a_pool_draws_by_weight() -> None:
    pool = Pool(coded(["GGGAAACCC", "GGCAAAGCC", "GCCAAAGGC"]), 0, 1.0, np.array([1.0, 0.0, 3.0]))
    drawn = np.bincount(pool.draw(4000, np.random.default_rng(0)), minlength=3)
    assert drawn[1] == 0
    assert drawn[2] / drawn[0] == pytest.approx(3, rel=0.15)


def test_it_learns_to_tell_stems_from_shuffles(two_classes: tuple[Duplexes, Duplexes]) -> None:
    stems, shuffles = two_classes
    torch.manual_seed(0)
    network = DuplexNetwork(width=16, dropout=0.0)
    pools = [Pool(stems, 1, 0.5), Pool(shuffles, 0, 0.5)]
    standardise(network, pools)
    fit(network, pools, 25, seed=0)
    assert raw_logits(network, stems).min() > raw_logits(network, shuffles).max()
    assert not network.training


def test_a_scalar_that_never_varied_is_not_heard(two_classes: tuple[Duplexes, Duplexes]) -> None:
    stems = two_classes[0]
    constant = Duplexes(stems.symbols, stems.scalars * (np.arange(35) != 13))
    network = DuplexNetwork(width=16).eval()
    standardise(network, [Pool(constant, 1, 1.0)])
    moved = Duplexes(stems.symbols, constant.scalars + (np.arange(35) == 13).astype(np.float32))
    assert raw_logits(network, moved) == pytest.approx(raw_logits(network, constant), abs=1e-4)


def test_same_seed_same_weights(two_classes: tuple[Duplexes, Duplexes]) -> None:
    def logits(seed: int) -> list[float]:
        torch.manual_seed(4)
        network = DuplexNetwork(width=16)
        fit(network, [Pool(two_classes[0], 1, 0.5), Pool(two_classes[1], 0, 0.5)], 3, seed)
        return raw_logits(network, two_classes[0]).tolist()

    assert logits(1) == logits(1) != logits(2)


def test_a_diverging_run_says_so(two_classes: tuple[Duplexes, Duplexes]) -> None:
    broken = Duplexes(two_classes[0].symbols, two_classes[0].scalars * np.float32(np.nan))
    with pytest.raises(TrainingError, match="not finite"):
        fit(DuplexNetwork(width=16), [Pool(broken, 1, 1.0)], 3, seed=0)


def test_logits_come_in_the_order_given(two_classes: tuple[Duplexes, Duplexes]) -> None:
    network = DuplexNetwork(width=16).eval()
    rows = np.array([5, 3, 40, 8])
    alone = [raw_logits(network, two_classes[1].take(rows[i : i + 1]))[0] for i in range(4)]
    assert raw_logits(network, two_classes[1].take(rows)) == pytest.approx(alone, abs=1e-5)


def test_calibrated_scores_are_probabilities_at_the_prevalence() -> None:
    """Normal scores at ±1 have log-odds 2x; at prevalence π, 2x + log(π / (1 - π))."""
    draw, network, prevalence = np.random.default_rng(0), DuplexNetwork(width=16), 0.02
    precursors, background = draw.normal(1, 1, 20_000), draw.normal(-1, 1, 20_000)
    scan.calibrate(network, precursors, background, np.ones(20_000), prevalence)
    scale, shift = network.calibration.tolist()
    assert scale == pytest.approx(2, abs=0.1)
    assert shift == pytest.approx(np.log(prevalence / (1 - prevalence)), abs=0.1)


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
    monkeypatch.setattr(scan, "TRAINING", ("one", "two"))
    monkeypatch.setattr(scan, "STRETCH", 5_000)
    monkeypatch.setattr(scan_evaluation, "HELD_OUT", ("host", "ebv"))
    monkeypatch.setattr(scan_evaluation, "HOST", "host")
    monkeypatch.setattr(scan.Options.__init__, "__defaults__", (1, 12, 2, (3, 3), 60, (60, 40), 0.01))
    return folder


def test_from_raw_data_to_a_model_and_its_figures(little_data: Path, tmp_path: Path) -> None:
    out, figures, cache = tmp_path / "out", tmp_path / "figures.json", str(tmp_path / "cache")
    common = ["--cache", cache, "--threads", "1", "--quiet"]
    assert main(["train", "scan", "--data", str(little_data), "--out", str(out), *common]) == 0
    again = tmp_path / "again"
    assert main(["train", "scan", "--data", str(little_data), "--out", str(again), *common]) == 0
    assert (out / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()
    sequence = PRECURSORS["hsa-mir-21"]
    score = Scorer(str(out), "cpu").scores([Hairpin("x", 0, len(sequence), "+", sequence, *fold(sequence))])
    assert 0 <= score[0] <= 1

    given = ["--genomes", str(little_data / "genomes"), "--model", str(out), "--draft", str(out)]
    assert main(["evaluate", "scan", *given, "--json", str(figures), *common]) == 0
    (model,) = json.loads(figures.read_text())["models"]
    assert model["genomes"]["ebv"]["known loci"] == 1
    assert model["genomes"]["host"]["candidates"] > 20
    assert 0 <= model["planted"]["animal"]["recall at false hits a Mb"]["100"]["recall"] <= 1


def test_precursors_like_ebv_s_are_left_out(little_data: Path) -> None:
    sequence = next(iter(PRECURSORS.values()))
    exclude = frozenset({sequence[20 : 20 + scan.EBV_WORD]})
    everything = scan.read_truth(little_data / "scan", scan.Options(), frozenset())
    left = scan.read_truth(little_data / "scan", scan.Options(), exclude)
    gone = {row.name for row in everything.precursors} - {row.name for row in left.precursors}
    assert next(iter(PRECURSORS)) in gone
    assert len(gone) < 5


def test_training_and_test_families_are_apart(little_data: Path) -> None:
    truth = scan.read_truth(little_data / "scan", scan.Options(), frozenset())
    tested = {truth.families[row] for row in truth.rows(scan.TEST_FOLD)}
    trained = {truth.families[row] for row in truth.rows(2, 3, 4)}
    assert tested
    assert trained
    assert not tested & trained
