"""Python's search for garbage, seldom: it goes through all of PyTorch, of which nothing is ever garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 100)  # new objects before a search; searches before one among older, and oldest objects


@contextmanager
def searched_seldom() -> Iterator[None]:
    """While this lasts, garbage is searched for a seventieth as often; what has no circles goes at once."""
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
