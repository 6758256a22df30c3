"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's data folder beside the checkout; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the paper's network with seeded, untrained weights: good for all but accuracy."""
    import torch

    from mirscan.checkpoint import Card, save
    from mirscan.models import build

    torch.manual_seed(7)
    network = build("lstm2-attention", {})
    with torch.no_grad():  # spread, so that scores differ where the paper's ±0.05 would give 0.5 for all
        for parameter in network.parameters():
            parameter.mul_(12)
    folder = tmp_path_factory.mktemp("models") / "untrained"
    save(folder, Card(kind="lstm", architecture="lstm2-attention"), network.state_dict())
    return folder
