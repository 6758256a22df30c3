"""Threads of torch for our own networks alone: whoever calls us finds torch as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

# of an operation; the processors are busy folding, and threads that wait for each other at every step only
# get in the way
_THREADS: ContextVar[int] = ContextVar("threads of our networks", default=1)


@contextmanager
def our_threads() -> Iterator[None]:
    """Inference inside uses our own number of threads, one unless `networks_may_use` says another."""
    before, ours = torch.get_num_threads(), _THREADS.get()
    if before == ours:
        yield
        return
    torch.set_num_threads(ours)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def networks_may_use(count: int) -> Iterator[None]:
    """All that torch does inside uses so many threads, where nothing else needs the processors."""
    ours, before = _THREADS.set(count), torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        _THREADS.reset(ours)
