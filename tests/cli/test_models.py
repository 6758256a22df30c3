"""What `mirscan models` lists, and that what the package ships can be loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mirscan.cli import main
from mirscan.scoring.checkpoint import load, read_card, shipped


def test_every_shipped_model_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(shipped())
    assert "cross_species-paper" in shipped()


@pytest.mark.parametrize("name", list(shipped()))
def test_a_shipped_model_is_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shipped()[name]
    card, state = load(folder, read_card(folder).kind)
    assert state
    assert card.provenance["command"].startswith("mirscan train ")
    assert main(["models", name]) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == card.sha256


def test_the_card_of_a_folder(untrained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", str(untrained)]) == 0
    assert json.loads(capsys.readouterr().out)["architecture"] == "lstm2-attention"
