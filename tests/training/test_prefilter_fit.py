"""The prefilters: distilled from a model, beside it, and taken only where their cuts say what is lost."""

from __future__ import annotations

import json
import random
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import encode
from mirscan.errors import ModelError, UsageError
from mirscan.folding.viennarna import fold
from mirscan.models.columns import ColumnNetwork
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.sensitivity import CUTS, DEFAULT, FAST, KIND, PREFILTERS, SENSITIVITIES, search_for
from mirscan.scoring import checkpoint
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import prefilters
from mirscan.training.scan.data import ScanExamples, _drafted, joined


def candidates_of(seed: int) -> ScanExamples:
    """Every candidate of random sequence with real precursors in it."""
    dice = random.Random(seed)
    parts = [
        "".join(dice.choices("ACGU", k=400)) + precursor
        for precursor in PRECURSORS.values()
        for _ in range(2)
    ]
    return joined(_drafted("".join(parts), "+-", SieveSettings()))


@pytest.fixture(scope="module")
def teacher() -> ColumnNetwork:
    """A network whose scores are spread: a fifth of random candidates reach 0.3, half reach 0.01."""
    torch.set_num_threads(1)  # the matrices are small: threads would wait for each other
    torch.manual_seed(3)
    network = ColumnNetwork(embedding=4, width=8, dilations=(1,), hidden=8).eval()
    raw = prefilters.raw_logits(network, candidates_of(1).drafts)
    scale = 4 / raw.std()
    with torch.no_grad():
        network.calibration.copy_(torch.tensor([scale, -4 - scale * raw.mean()]))
    return network


@pytest.fixture(scope="module")
def model(teacher: ColumnNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the teacher with prefilters made from few examples in few steps."""
    folder = tmp_path_factory.mktemp("scan")
    config = {"embedding": 4, "width": 8, "dilations": [1], "hidden": 8}
    card = checkpoint.Card("scan", "duplex", config, metrics={"calibration": {"prevalence": 0.001}})
    checkpoint.save(folder, card, teacher.state_dict())
    said: list[str] = []

    def stage(name: str, count: int) -> prefilters.Watch:
        said.append(f"{name} {count > 0}")
        return lambda _: None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefilters, "STEPS", 40)
        patch.setattr(prefilters, "BATCH", 64)
        seen, unseen = (
            prefilters.scored_by(teacher, {"background": candidates_of(number)}, 1, stage)
            for number in (1, 2)
        )
        prefilters.train(folder, seen, unseen, 1, stage, "a command")
    assert [name for name in said if name.startswith(PREFILTERS)] == [
        "prefilter1: training True",
        "prefilter2: training True",
    ]
    return folder


def test_candidates_are_scored_by_viennarnas_folds(teacher: ColumnNetwork) -> None:
    examples = candidates_of(4)
    some = prefilters.scored(teacher, examples, lambda _: None)
    letters = examples.letters()
    folded = [fold(sequence) for sequence in letters]
    columns = encode(letters, [structure for structure, _ in folded], [energy for _, energy in folded])
    np.testing.assert_array_equal(some.seen[PREFILTERS[1]].symbols, columns.symbols)
    np.testing.assert_array_equal(some.seen[PREFILTERS[0]].symbols, examples.drafts.symbols)
    with torch.inference_mode():
        both = teacher(torch.from_numpy(columns.symbols), torch.from_numpy(columns.scalars)).numpy()
    np.testing.assert_allclose(some.odds, both[:, 1] - both[:, 0], atol=1e-4)


def test_cuts_lose_what_they_may_and_rise_with_the_score(teacher: ColumnNetwork, model: Path) -> None:
    unseen = prefilters.scored(teacher, candidates_of(2), lambda _: None)
    for name in PREFILTERS:
        card, state = checkpoint.load(model / name, KIND)
        network = ColumnNetwork(**card.config)
        network.load_state_dict(state)
        logits = prefilters.raw_logits(network, unseen.seen[name])
        for sensitivity, lost in prefilters.LOST.items():
            cuts = card.metrics[CUTS[sensitivity]]
            assert [score for score, _ in cuts] == list(prefilters.SCORES)
            assert [cut for _, cut in cuts] == sorted(cut for _, cut in cuts)
            for score, cut in cuts:
                wanted = unseen.odds >= np.log(score / (1 - score))
                assert wanted.sum() > 20
                assert (logits[wanted] >= cut).mean() >= 1 - lost


def test_a_fast_prefilter_lets_less_through(model: Path) -> None:
    for name in PREFILTERS:
        figures = checkpoint.read_card(model / name).metrics
        fast, default = (figures[f"background_passing_{CUTS[each]}"] for each in (FAST, DEFAULT))
        assert all(less < more for less, more in zip(fast, default, strict=True))


def test_the_second_prefilter_is_worth_its_name(teacher: ColumnNetwork, model: Path) -> None:
    some = prefilters.scored(teacher, candidates_of(5), lambda _: None)
    card, state = checkpoint.load(model / PREFILTERS[1], KIND)
    network = ColumnNetwork(**card.config)
    network.load_state_dict(state)
    # after so few steps
    assert np.corrcoef(prefilters.raw_logits(network, some.seen[PREFILTERS[1]]), some.odds)[0, 1] > 0.5


def test_a_search_takes_the_cuts_of_its_score(model: Path) -> None:
    scorer = Scorer(str(model), "cpu")
    for sensitivity, kept in CUTS.items():
        cuts = {name: dict(checkpoint.read_card(model / name).metrics[kept]) for name in PREFILTERS}
        search = search_for(sensitivity, scorer, 0.05)
        assert (search.first_cut, search.second_cut) == (cuts[PREFILTERS[0]][0.03], cuts[PREFILTERS[1]][0.03])
        assert search_for(sensitivity, scorer, 0.1).first_cut == cuts[PREFILTERS[0]][0.1]
        assert search_for(sensitivity, scorer, 0.009).first is None
    assert search_for("exhaustive", scorer, 0.1).second is None
    with pytest.raises(UsageError, match="no such sensitivity; expected one of fast, default, exhaustive"):
        search_for("slow", scorer, 0.1)


def test_prefilters_without_cuts_for_a_fast_scan_are_refused(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    path = copy / PREFILTERS[0] / "card.json"
    card = json.loads(path.read_text())
    del card["metrics"][CUTS[FAST]]
    path.write_text(json.dumps(card))
    scorer = Scorer(str(copy), "cpu")
    assert search_for(DEFAULT, scorer, 0.1).first is not None
    with pytest.raises(ModelError, match="a prefilter without fast_cuts"):
        search_for(FAST, scorer, 0.1)


def scan(model: Path, folder: Path, sensitivity: str, *extra: str) -> tuple[dict[str, bytes], dict[str, int]]:
    """The bytes of each result of a scan of the folder's genome, and its funnel."""
    summary, results = folder / "summary.json", [folder / f"hits.{suffix}" for suffix in ("json", "gff3")]
    options = ["--min-score", "0.3", "--sensitivity", sensitivity]
    options += ["--tree", "none", "--arms", "none", "--decoys", "off"]
    outputs = [f"-o{path}" for path in results]
    reports = ["--summary", str(summary), "--quiet", "--force"]
    genome = str(folder / "genome.fa")
    assert main(["scan", genome, "--model", str(model), *options, *outputs, *reports, *extra]) == 0
    funnel = json.loads(summary.read_text())["funnel"]
    return {path.name: path.read_bytes() for path in results}, funnel


def test_each_sensitivity_gives_the_same_bytes_whoever_does_the_work(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Scan.__module__], "Scan", partial(Scan, chunk=500))
    dice = random.Random(6)
    parts = ["".join(dice.choices("ACGT", k=250)) + own.replace("U", "T") for own in PRECURSORS.values()]
    (tmp_path / "genome.fa").write_text(f">a\n{''.join(parts[:3])}\n>b\n{parts[3]}\n")
    funnels = []
    for sensitivity in SENSITIVITIES:
        whole, funnel = scan(model, tmp_path, sensitivity, "--threads", "1")
        for extra in (
            ["--threads", "3"],
            ["--threads", "1", "--batch-size", "1"],
            ["--threads", "2", "--batch-size", "7"],
        ):
            assert scan(model, tmp_path, sensitivity, *extra) == (whole, funnel)
        assert funnel["hits"] > 0
        funnels.append(funnel)
    fast, default, exhaustive = funnels
    assert fast["candidates"] == default["candidates"] == exhaustive["candidates"]
    assert fast["folded"] < default["folded"] <= exhaustive["folded"]
    assert fast["scored"] < default["scored"] < exhaustive["scored"]


def test_prefilters_of_other_weights_are_refused(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    path = copy / PREFILTERS[1] / "card.json"
    card = json.loads(path.read_text())
    card["provenance"]["scan_sha256"] = "0" * 64
    path.write_text(json.dumps(card))
    with pytest.raises(ModelError, match="made for other weights"):
        search_for("default", Scorer(str(copy), "cpu"), 0.1)


def test_a_prefilter_that_does_not_fit_its_card_is_refused(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    path = copy / PREFILTERS[0] / "card.json"
    card = json.loads(path.read_text())
    card["config"]["dilations"] = [1, 2, 4]
    path.write_text(json.dumps(card))
    with pytest.raises(ModelError, match="does not fit its card"):
        search_for("default", Scorer(str(copy), "cpu"), 0.1)
