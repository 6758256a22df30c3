"""numba's compiler as mirscan uses it: on the first call, without the interpreter's lock, code kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

_KERNELS: list[Any] = []  # numba's dispatchers


def compiled(inner: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that compiles a function of numbers and arrays.

    The machine code is kept beside the module or in the user's cache; where numba may write to neither, each
    process compiles anew.

    Args:
        inner: Only compiled functions call it. It then needs no entry from Python, which is a third of what
            compiling a small function takes, and no place of its own in the cache: its callers hold its code.
        options: Of `numba.njit`, beyond `nogil` and `cache`.
    """
    if inner:
        decorate: Callable[..., Any] = njit(
            nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options
        )
        return decorate

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
