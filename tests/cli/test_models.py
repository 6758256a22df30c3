"""What `mirscan models` lists, and that what the package ships can be loaded."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mirscan.cli import main, models
from mirscan.scoring.checkpoint import load, read_card, shipped
from mirscan.tree.file import FILE, shipped_trees


def in_terminal(*words: str, columns: int) -> list[str]:
    """The lines of a command in a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "mirscan", *words], stdout=theirs, env=environment
    ) as process:
        os.close(theirs)
        found = b""
        try:
            while part := os.read(ours, 4096):
                found += part
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", found.decode()).splitlines()


def test_every_shipped_model_and_tree_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert models.TREE == FILE
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == sorted({**shipped(), **shipped_trees()})
    assert "cross_species-paper" in shipped()
    assert "\x1b" not in "".join(lines)
    assert any("planted in genomes/hsa_chr3_42-44M" in line for line in lines), "nothing is cut in a pipe"


@pytest.mark.parametrize("words", [["models"], ["models", "cross_species"], ["data", "list"]])
def test_tables_fit_a_terminal_of_80_columns(words: list[str]) -> None:
    lines = in_terminal(*words, columns=80)
    assert len(lines) > 4
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("name", list(shipped()))
def test_a_shipped_model_is_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shipped()[name]
    card, state = load(folder, read_card(folder).kind)
    assert state
    assert card.provenance["command"].startswith("mirscan train ")
    assert main(["models", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == card.sha256
    assert main(["models", name]) == 0
    shown = capsys.readouterr().out
    assert card.sha256 in shown
    assert card.provenance["command"] in shown
    assert len(shown.splitlines()) <= 10
    assert re.search(r"^use +\w", shown, re.MULTILINE)
    assert re.search(r"^limits +\w", shown, re.MULTILINE)


@pytest.mark.parametrize(("name", "space"), [("diva-tree", "z_m"), ("genome-tree", "concepts")])
def test_a_tree_has_a_card(name: str, space: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert name in shipped_trees()
    assert main(["models", name]) == 0
    shown = capsys.readouterr().out
    assert re.search(rf"^kind +tree, over {space}$", shown, re.MULTILINE)
    assert main(["models", name, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert re.search(rf"^nodes +{len(content['nodes'])}$", shown, re.MULTILINE)


def test_all_cards_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    cards = json.loads(capsys.readouterr().out)
    assert [cards[name]["kind"] for name in ("scan", "diva-tree")] == ["scan", "tree"]


def test_the_card_of_a_folder(untrained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", str(untrained), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["architecture"] == "lstm2-attention"


def test_a_damaged_tree_and_a_model_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "nowhere"]) == 2
    assert "mirscan models" in capsys.readouterr().err
    (tmp_path / FILE).write_text("[]")
    assert main(["models", str(tmp_path)]) == 1
    assert FILE in capsys.readouterr().err
