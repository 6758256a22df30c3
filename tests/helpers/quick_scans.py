"""Scans in tests: of small chunks, with networks that are loaded once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial

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
