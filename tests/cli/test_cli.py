"""The command line: quick help, exit codes, and one clear line for each kind of bad input."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from mirscan import __version__
from mirscan.cli import COMMANDS, main
from mirscan.demo import PRECURSORS

GOOD = f">one\n{'ACGTTGCA' * 20}{PRECURSORS['hsa-mir-21'].replace('U', 'T')}{'GATC' * 30}\n"


def test_what_only_tells_imports_nothing_heavy() -> None:
    code = """
import sys
from mirscan.cli import main
assert main(["--help"]) == 0
assert main(["--version"]) == 0
assert main(["models"]) == 0
heavy = {"torch", "sklearn", "RNA", "numba", "pysam", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout.splitlines()
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "missing.fa"],
        ["scan", "missing.fa", "--decoys", "none"],
        ["scan", "missing.fa", "--model", "missing"],
        ["scan", "missing.fa", "--tree", "missing"],
        ["explain", "missing.fa"],
        ["explain", "missing.fa", "chr1:1-100"],
        ["explain", "missing.json"],
    ],
)
def test_plain_mistakes_are_told_before_torch_is_loaded(words: list[str]) -> None:
    code = f"import sys; from mirscan.cli import main; print(main({words}), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout in ("1 False\n", "2 False\n")
    assert done.stderr.startswith("mirscan: error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "Usage: mirscan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "is empty"),
        (b"just text\n", "stands before any `>name`"),
        (b"\n\n", "holds no record"),
        (b">a\nACGT\n>a\nACGT\n", "two records are named 'a', lines 1 and 3"),
        (b">a\n>b\n", "not a single base"),
        (b">a\nMKVLE\n", "amino acid"),
        (gzip.compress(GOOD.encode(), mtime=0)[:60], "cannot be read"),
    ],
)
def test_a_bad_genome_is_one_line_and_no_output(
    content: bytes | None, words: str, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genome, output = tmp_path / "genome.fa", tmp_path / "hits.gff3"
    if content is not None:
        genome.write_bytes(content)
    assert main(["scan", str(genome), "-o", str(output), "--model", str(untrained)]) == 1
    message = capsys.readouterr().err
    assert words in message
    assert message.startswith(f"mirscan: error: {genome}")
    assert message.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir() if path != genome] == []


@pytest.fixture
def genome(tmp_path: Path) -> str:
    path = tmp_path / "genome.fa"
    path.write_text(GOOD)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "{tmp}/hits.gff3", "--region", "one:1-9999"], 1, "outside the contig, which has 352 bases"),
        (["-o", "{tmp}/hits.gff3", "--region", "two:1-9"], 2, "no contig of this name; expected one of one"),
        (["-o", "{tmp}/hits.gff3", "--region", "one:9-1"], 2, "holds no base"),
        (["-o", "{tmp}/hits.gff3", "--bed", "{tmp}/none.bed"], 1, "no such file"),
        (["-o", "{tmp}/hits.txt"], 2, "no format for the suffix '.txt'"),
        (["-o", "{tmp}/none/hits.bed"], 1, "there is no folder"),
        (["-o", "{tmp}/there.bed"], 1, "exists already. Use --force"),
        (["-o", "{tmp}/a.bed", "-o", "{tmp}/a.bed"], 2, "given twice"),
        (["-o", "{tmp}/hits.bed", "--model", "no-such-model"], 2, "no model of this name and no such folder"),
        (["-o", "{tmp}/hits.bed", "--device", "abacus"], 2, "not known; expected auto, cpu, cuda or cuda:n"),
        (["-o", "{tmp}/hits.bed", "--device", "cuda:99"], 2, "CUDA devices"),
    ],
)
def test_a_bad_option_is_one_line_and_no_output(
    arguments: list[str],
    code: int,
    words: str,
    genome: str,
    untrained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "there.bed").write_text("precious")
    before = {path.name for path in tmp_path.iterdir()} | {"genome.fa.fai"}
    given = [argument.format(tmp=tmp_path) for argument in arguments]
    assert main(["scan", genome, "--threads", "1", "--model", str(untrained), *given]) == code
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} <= before
    assert (tmp_path / "there.bed").read_text() == "precious"


def test_usage_errors_are_click_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan"]) == 2
    assert main(["no-such-command"]) == 2
    assert main(["scan", "x.fa", "--min-score", "7"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_damaged_checkpoint_is_refused(
    genome: str, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    card = json.loads((untrained / "card.json").read_text())
    tensors = bytearray((untrained / "model.safetensors").read_bytes())
    tensors[-1] ^= 1
    for text, blob, words in (
        (json.dumps(card), bytes(tensors), "its SHA-256 is not the one in the card"),
        (json.dumps(card)[:40], bytes(tensors), "unreadable"),
        (json.dumps({**card, "format": 99}), bytes(tensors), "checkpoint format 99"),
        (json.dumps({**card, "kind": "diva"}), bytes(tensors), "a checkpoint of kind 'diva'"),
    ):
        (model / "card.json").write_text(text)
        (model / "model.safetensors").write_bytes(blob)
        assert main(["scan", genome, "-o", str(tmp_path / "hits.bed"), "--model", str(model)]) == 1
        message = capsys.readouterr().err
        assert words in message
        assert message.count("\n") == 1
        assert not (tmp_path / "hits.bed").exists()


def test_ctrl_c_leaves_nothing(
    genome: str, untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mirscan.scoring.scorer.Scorer.log_odds", interrupt)
    output = tmp_path / "hits.gff3"
    assert main(["scan", genome, "-o", str(output), "--model", str(untrained), "--threads", "1"]) == 130
    assert not list(tmp_path.glob("*hits*"))


def test_a_contig_of_n_among_others_is_a_warning(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genome = tmp_path / "genome.fa"
    genome.write_text(GOOD + ">gap\nNNNNNNNNNN\n")
    assert main(["scan", str(genome), "--model", str(untrained), "--threads", "1"]) == 0
    assert "contig 'gap' holds no A, C, G or T" in capsys.readouterr().err


def test_a_scan_names_its_files_and_says_of_a_model_that_it_is_not_for_genomes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genome = tmp_path / "genome.fa"
    genome.write_text(">c\nACGTACGTACGTACGT\n")
    files = [str(tmp_path / name) for name in ("hits.bed", "run.json")]
    asked = [
        "--model",
        "human-paper",
        "--tree",
        "none",
        "--arms",
        "none",
        "--decoys",
        "off",
        "--threads",
        "1",
    ]
    assert main(["scan", str(genome), "-o", files[0], "--summary", files[1], *asked]) == 0
    told = capsys.readouterr().err
    assert "warning: human-paper is not calibrated for genomes" in told
    assert [line for line in told.splitlines() if line.startswith("written ")] == [
        f"written {name}" for name in files
    ]
