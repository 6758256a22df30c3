"""Fixtures of the tests of training."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.small_benchmark import write_benchmark


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small benchmark, `human`; nothing is kept in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_benchmark(tmp_path / "data" / "human")
    return tmp_path / "data"
