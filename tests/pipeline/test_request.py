"""The command line and `mirscan.scan` ask for the same in the same way, each in its own words."""

from __future__ import annotations

import ast
from dataclasses import FrozenInstanceError, fields, replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import mirscan
from mirscan import api
from mirscan.cli import main
from mirscan.cli.naming import OPTIONS, with_options
from mirscan.errors import UsageError
from mirscan.explanation.request import FEW, ExplainRequest
from mirscan.explanation.subjects import Made, Subject, Subjects
from mirscan.pipeline import start
from mirscan.pipeline.request import MergeRequest, PredictRequest, ScanRequest
from mirscan.records import Hairpin

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
PACKAGE = Path(mirscan.__file__).parent


class AskedError(Exception):
    """Carries what was asked for."""


@pytest.fixture
def genome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A genome; a scan of it stops where it is ready."""

    def stop(asked: ScanRequest, *_: Any) -> None:
        raise AskedError(asked)

    monkeypatch.setattr(start, "ready", stop)
    monkeypatch.setattr(api, "ready", stop)
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\n" + "ACGT" * 100 + "\n")
    return str(path)


def by_command(genome: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> ScanRequest:
    kept: list[ScanRequest] = []

    def keep(asked: ScanRequest, *_: Any) -> None:
        kept.append(asked)
        raise UsageError("here", "it ends")

    monkeypatch.setattr(start, "ready", keep)
    assert main(["scan", genome, "--quiet", "--threads", "1", *words]) == 2
    return kept[0]


def by_function(genome: str, **arguments: Any) -> ScanRequest:
    with pytest.raises(AskedError) as stopped:
        list(mirscan.scan(genome, **arguments))
    asked: ScanRequest = stopped.value.args[0]
    return asked


def test_the_defaults_are_the_same(genome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_command(genome, monkeypatch) == by_function(genome) == ScanRequest()


def test_options_and_arguments_make_the_same_request(genome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {
        "min_score": (["--min-score", "0.25"], 0.25),
        "fdr": (["--fdr", "0.1"], 0.1),
        "decoys": (["--decoys", "2"], 2.0),
        "max_repeated": (["--max-repeated", "0.3"], 0.3),
        "prevalence": (["--prevalence", "0.01"], 0.01),
        "clade_prevalence": (["--clade-prevalence"], True),
        "sensitivity": (["--sensitivity", "fast"], "fast"),
        "strand": (["--strand", "+"], "+"),
        "min_contig": (["--min-contig", "50"], 50),
        "require_rule": (["--require-rule"], True),
        "model": (["--model", "human"], "human"),
        "tree": (["--tree", "none"], None),
        "arms": (["--arms", "none"], None),
        "device": (["--device", "cpu"], "cpu"),
        "evidence": (["--evidence", "hairpin"], ("hairpin",)),
        "top": (["--top", "5"], 5),
        "tier": (["--tier", "likely"], "likely"),
        "clade": (["--clade", "plants"], "plants"),
        "criteria": (["--criteria", "mirgenedb"], "mirgenedb"),
        "reads": (["--reads", "one.fa", "--reads", "two.fa"], ("one.fa", "two.fa")),
    }
    monkeypatch.chdir(Path(genome).parent)
    for name in ("one.fa", "two.fa"):
        Path(name).write_text("")
    options = [word for listed, _ in words.values() for word in listed]
    asked = by_command(genome, monkeypatch, *options, "--region", "chr1:1-100")
    monkeypatch.setattr(api, "ready", _stop)
    arguments = {name: value for name, (_, value) in words.items()}
    assert asked == by_function(genome, region="chr1:1-100", **arguments)
    default = ScanRequest()
    untouched = {"known", "evidence", "evidence_choices", "shard", "batch_size", "threads"}
    names = [field.name for field in fields(asked)]
    same = {name for name in names if getattr(asked, name) == getattr(default, name)}
    assert same <= untouched, "every other option was given something else than its default"


def _stop(asked: ScanRequest, *_: Any) -> None:
    raise AskedError(asked)


def test_a_request_stays_what_it_is() -> None:
    with pytest.raises(FrozenInstanceError):
        ScanRequest().min_score = 1.0  # type: ignore[misc]


def test_python_hears_of_arguments_and_the_command_line_of_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\n" + "ACGT" * 100 + "\n")
    with pytest.raises(UsageError) as raised:
        list(mirscan.scan(path, fdr=0.1, decoys=0, tree=None, arms=None))
    assert "`fdr`" in str(raised.value)
    assert "--" not in str(raised.value)
    bare = ["--tree", "none", "--arms", "none", "--threads", "1", "--quiet"]
    assert main(["scan", str(path), "--fdr", "0.1", "--decoys", "off", *bare]) == 2
    told = capsys.readouterr().err
    assert "--fdr: there are no decoys" in told
    assert "expected --decoys" in told
    assert "`" not in told


def test_only_arguments_are_renamed() -> None:
    text = "`min_score` and `mirscan merge`, `unknown`"
    assert with_options(text) == "--min-score and `mirscan merge`, `unknown`"


@pytest.mark.parametrize("kind", [ScanRequest, MergeRequest, PredictRequest, ExplainRequest])
def test_every_field_of_a_request_is_documented(kind: type) -> None:
    described = (kind.__doc__ or "").partition("Attributes:")[2]
    assert [name for name in kind.__dataclass_fields__ if f"\n        {name}: " not in described] == []


def test_help_says_of_arguments_what_the_request_says() -> None:
    told = mirscan.scan.__doc__ or ""
    arguments = set(signature(mirscan.scan).parameters)
    assert [name for name in sorted(arguments) if f"\n    {name}: " not in told] == []
    assert "batch_size" not in told, "a field that is no argument"


def test_a_prediction_is_asked_for_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    class Asked:
        min_score, together = 0.5, 1

        def __init__(self, model: str, device: str, *_: Any, **__: Any) -> None:
            asked.append((model, device))

    monkeypatch.setattr("mirscan.scoring.scorer.Scorer", Asked)
    monkeypatch.setattr(api, "loaded_scorer", Asked)
    path = tmp_path / "none.fa"
    path.write_text("")
    for words, arguments in (
        ([], {}),
        (["--model", "human", "--device", "cuda:3"], {"model": "human", "device": "cuda:3"}),
    ):
        assert main(["predict", str(path), "--quiet", "--threads", "1", *words]) == 0
        assert mirscan.predict([], **arguments) == []
        assert asked[-2] == asked[-1]


def test_an_explanation_is_asked_for_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ExplainRequest] = []

    def stop(request: ExplainRequest) -> None:
        asked.append(request)
        raise UsageError("here", "it ends")

    monkeypatch.setattr("mirscan.explanation.explainer.Explainer", stop)
    monkeypatch.setattr(api, "_explainer", stop)
    path = tmp_path / "hairpins.fa"
    path.write_text(f">mir-21\n{MIR_21}\n")
    for words, arguments in (
        ([], {}),
        (["--tree", "genome-tree", "--min-score", "0.2"], {"tree": "genome-tree", "min_score": 0.2}),
    ):
        assert main(["explain", str(path), "--quiet", "--threads", "1", "--what-if", "no", *words]) == 2
        with pytest.raises(UsageError):
            mirscan.explain(MIR_21, **arguments)
        by_command, by_function = asked[-2:]
        assert replace(by_command, what_if=None) == by_function


def test_what_an_explanation_leaves_open_is_as_the_result_was_made() -> None:
    hairpin = Hairpin("c", 0, 4, "+", "ACGU", "....", 0.0)
    made = Made("human", None, 0.3, 0.01, "fast", ("hairpin",), "diva-tree")
    subjects = Subjects([Subject("h", hairpin, hit=True)], made)
    asked = ExplainRequest().about(subjects)
    assert (asked.model, asked.tree, asked.min_score, asked.prevalence) == ("human", "diva-tree", 0.3, 0.01)
    assert (asked.sensitivity, asked.evidence, asked.what_if) == ("fast", ("hairpin",), True)
    chosen = ExplainRequest("scan", "genome-tree", min_score=0.9, sensitivity="default", what_if=False)
    asked = chosen.about(subjects)
    assert replace(asked, evidence=None) == chosen, "and not at the prevalence of another model"
    assert ExplainRequest().about(Subjects([Subject("h", hairpin)] * (FEW + 1))).what_if is False


BELOW = ("evidence", "explanation", "pipeline", "runtime", "writers", "scoring", "tree")
FILES = [PACKAGE / "api.py", *(file for folder in BELOW for file in sorted((PACKAGE / folder).rglob("*.py")))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_below_the_command_line_nothing_speaks_of_options(path: Path) -> None:
    """Neither in messages, nor as the dictionary that click gives."""
    tree = ast.parse(path.read_text())
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
    texts = [
        text.value
        for error in raised
        for text in ast.walk(error)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]
    spoken = {"--" + name.replace("_", "-") for name in OPTIONS}
    assert not [text for text in texts if any(option in text for option in spoken)]
    looked_up = [node.value for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    assert "given" not in [value.id for value in looked_up if isinstance(value, ast.Name)]
