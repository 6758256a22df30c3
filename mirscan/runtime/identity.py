"""What a compiled function is: its byte code, and all that it takes from elsewhere.

numba compiles constants and called functions into a function, wherever they are defined. So code that is kept
belongs to a function with the same byte code, the same constants, and called functions that are the same in
turn; comments and the place of a function in its file do not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

OURS = __name__.partition(".")[0]
PLAIN = (bool, int, float, str, bytes, tuple, np.generic, type(None))


def identity(kernel: Any) -> str:
    """A checksum of a compiled function, the same in every process of the same sources.

    Args:
        kernel: numba's dispatcher. What it refers to must be defined, as it is once its module is imported.
    """
    digest = hashlib.sha256()
    for part in _parts(kernel, set()):
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def _parts(kernel: Any, seen: set[int]) -> Iterator[str]:
    if id(kernel) in seen:
        return
    seen.add(id(kernel))
    function = kernel.py_func
    yield f"{function.__module__}.{function.__qualname__} {sorted(kernel.targetoptions.items())}"
    for code in _codes(function.__code__):
        yield code.co_code.hex()
        yield from (_plain(constant) for constant in code.co_consts if not isinstance(constant, CodeType))
        for name in code.co_names:
            if name in function.__globals__:
                yield name
                yield from _value(function.__globals__[name], seen)
    for cell in function.__closure__ or ():
        yield from _value(cell.cell_contents, seen)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function and of those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _plain(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def _value(value: Any, seen: set[int]) -> Iterator[str]:
    """What a global is, in so far as it is compiled in."""
    if hasattr(value, "py_func"):
        yield from _parts(value, seen)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    elif isinstance(value, ModuleType):
        ours = value.__name__.partition(".")[0] == OURS and value.__file__
        yield hashlib.sha256(Path(ours).read_bytes()).hexdigest() if ours else value.__name__
    elif isinstance(value, PLAIN):
        yield repr(value)
    else:
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}"
