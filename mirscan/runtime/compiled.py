"""numba's compiler as mirscan uses it: on the first call, without the interpreter's lock, code kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

_KERNELS: list[Any] = []  # numba's dispatchers


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
        _KERNELS.append(quick)
        return quick

    return compile_it


def nothing_is_kept() -> bool:
    """Whether everything is yet to be compiled, which takes long: no function has machine code kept."""
    return not any(map(_is_kept, _KERNELS))


def _is_kept(kernel: Any) -> bool:
    folder, source = kernel.stats.cache_path, Path(kernel.py_func.__code__.co_filename)
    index = f"{source.stem}.{kernel.py_func.__qualname__}-*.py{sys.version_info[0]}{sys.version_info[1]}*.nbi"
    return folder is not None and any(Path(folder).glob(index))
