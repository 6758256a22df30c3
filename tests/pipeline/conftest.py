"""Fixtures of the tests of the pipeline."""

from __future__ import annotations

import pytest
from helpers.genomes import write


@pytest.fixture(scope="module")
def genome(contigs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a genome with the contigs of the module."""
    return write(tmp_path_factory.mktemp("genome") / "genome.fa", contigs)
