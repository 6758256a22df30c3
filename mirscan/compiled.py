"""numba's compiler as mirscan uses it: on the first call, without the interpreter's lock, code kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that compiles a function of numbers and arrays.

    The machine code is kept beside the module or in the user's cache; where numba may write to neither, each
    process compiles anew.

    Args:
        options: Of `numba.njit`, beyond `nogil` and `cache`.
    """

    def compile_it(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            quick: Callable[..., Any] = njit(nogil=True, cache=True, **options)(function)
        except RuntimeError:  # numba found no folder that it may write to
            quick = njit(nogil=True, **options)(function)
        return quick

    return compile_it
