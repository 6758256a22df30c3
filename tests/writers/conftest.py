"""Fixtures of the tests of writers."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.written import ALL, HITS, RUN, files

from mirscan.writers.outputs import Outputs


@pytest.fixture
def results(tmp_path: Path) -> Path:
    with Outputs(files(*(tmp_path / f"hits.{suffix}" for suffix in ALL)), RUN) as outputs:
        for hit in HITS:
            outputs.write(hit)
    return tmp_path
