"""Scans in tests: of small chunks, with networks that are loaded once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from typing import Any

import pytest

from mirscan.pipeline.scan import Scan
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge


@contextmanager
def small_chunks(chunk: int) -> Iterator[None]:
    """Chunks of so many bases, and each network loaded once for all scans of the context."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[Scan.__module__], "Scan", partial(Scan, chunk=chunk))
        patch.setattr(sys.modules[Scan.__module__], "FEW", 0)  # each chunk is scored by itself
        patch.setattr(sys.modules[Scorer.__module__], "Scorer", cache(Scorer))
        patch.setattr(sys.modules[Judge.__module__], "Judge", cache(Judge))
        yield


def before_scoring(monkeypatch: pytest.MonkeyPatch, happen: Callable[[int], object]) -> None:
    """Let something happen before each call of the scorer, which is counted from 1 on."""
    log_odds, calls = Scorer.log_odds, count(1)

    def perhaps(self: Scorer, *arguments: Any) -> Any:
        happen(next(calls))
        return log_odds(self, *arguments)

    monkeypatch.setattr(Scorer, "log_odds", perhaps)
