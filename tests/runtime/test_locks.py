"""One training a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mirscan.cli import main
from mirscan.errors import OutputError
from mirscan.runtime.locks import locked_folder

TRAININGS = (["diva"], ["lstm", "--benchmark", "human"], ["scan"], ["arms"])


def train(kind: list[str], folder: Path, out: Path) -> int:
    return main(["train", *kind, "--data", str(folder), "--out", str(out), "--quiet"])


@pytest.mark.parametrize("kind", TRAININGS, ids=lambda kind: kind[0])
def test_a_second_training_keeps_out(
    kind: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    with locked_folder(out):
        assert train(kind, tmp_path, out) == 1
    told = capsys.readouterr().err
    assert f"{out}: another run is writing it" in told
    assert not out.exists(), "nothing was put there"


@pytest.mark.parametrize("kind", TRAININGS, ids=lambda kind: kind[0])
def test_a_training_that_cannot_begin_leaves_no_folder(kind: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert train(kind, data, tmp_path / "run") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_a_folder_holds_stays_and_the_claim_goes(tmp_path: Path) -> None:
    with locked_folder(tmp_path / "run"):
        (tmp_path / "run" / "card.json").write_text("{}")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["card.json"]
    with locked_folder(tmp_path / "run"), pytest.raises(OutputError), locked_folder(tmp_path / "run"):
        pass
    with locked_folder(tmp_path / "run"):
        pass
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["card.json"]


def test_a_killed_run_claims_nothing(tmp_path: Path) -> None:
    killed = (
        "import os, pathlib, signal; from mirscan.runtime.locks import locked_folder\n"
        f"with locked_folder(pathlib.Path({str(tmp_path / 'run')!r})): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode < 0
    assert (tmp_path / "run" / ".lock").exists()
    with locked_folder(tmp_path / "run"):
        pass
    assert (tmp_path / "run").is_dir()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), locked_folder(tmp_path / "file" / "run"):
        pass
