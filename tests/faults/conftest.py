"""Fixtures of the tests of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.faulty import CHUNK, scan, write_genome
from helpers.quick_scans import before_scoring, small_chunks


@pytest.fixture(autouse=True, scope="package")
def quick() -> Iterator[None]:
    """Small chunks, and networks that are loaded once for all scans of this folder."""
    with small_chunks(CHUNK):
        yield


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    return write_genome(tmp_path)


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The result of a scan that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert scan(write_genome(folder)) == 0
    content = (folder / "hits.tsv").read_bytes()
    assert content.count(b"\n") > 4
    return content


@pytest.fixture
def at_call(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Let something happen before a call of the scorer."""

    def arrange(number: int, happen: Callable[[], object]) -> None:
        before_scoring(monkeypatch, lambda call: happen() if call == number else None)

    return arrange
