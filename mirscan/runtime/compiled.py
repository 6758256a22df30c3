"""numba's compiler as mirscan uses it: on the first call, without the interpreter's lock, code kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from numba import njit

from mirscan.runtime.cpus import available_cpus
from mirscan.runtime.machine_code import MachineCode, warn_of_damage

_KERNELS: list[Any] = []  # numba's dispatchers


def compiled(inner: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that compiles a function of numbers and arrays.

    The machine code is kept; see `machine_code.py`.

    Args:
        inner: Only compiled functions call it. It then needs no entry from Python, which is a third of what
            compiling a small function takes, and no place of its own in the cache: its callers hold its code.
        options: Of `numba.njit`, beyond `nogil` and `cache`.
    """
    numba_options: dict[str, Any] = {"nogil": True, **options}
    if inner:
        numba_options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

    def compile_it(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel: Any = njit(**numba_options)(function)
        if not inner:
            kernel._cache = MachineCode(kernel)
            _KERNELS.append(kernel)
        return cast(Callable[..., Any], kernel)

    return compile_it


def nothing_is_kept() -> bool:
    """Whether everything is yet to be compiled, which takes long: no function has machine code kept."""
    return not any(kernel._cache.is_kept() for kernel in _KERNELS)


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """While this lasts, compile what some work needs in another process, if there is anything to compile.

    When it ends, the code is kept, and is loaded where it is needed. Not for a process that has threads.

    Args:
        work: Calls compiled functions.
    """
    if not (hasattr(os, "fork") and nothing_is_kept() and available_cpus() > 1):
        yield
        return
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)  # whatever came of it: who needs the code compiles what is not there
    try:
        yield
    finally:
        os.waitpid(child, 0)


def check_what_is_kept() -> None:
    """Warn where machine code that is kept is damaged, as workers, who compile it anew, do not say.

    Warns:
        MirscanWarning: It names the folder.
    """
    for kernel in _KERNELS:
        if (folder := kernel._cache.damaged()) is not None:
            warn_of_damage(folder)
