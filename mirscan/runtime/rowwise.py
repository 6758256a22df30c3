"""Many things side by side: what dataclasses of arrays with a row a thing have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Chosen = NDArray[np.bool_] | NDArray[np.int64] | Sequence[int] | slice


class Rowwise:
    """The base of a frozen dataclass with slots that holds n things, each a row of every field.

    A field is an array (n, …), a sequence of n, a mapping to such, or `Rowwise` itself. The first says how
    many things there are.
    """

    __slots__: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(getattr(self, self.__slots__[0]))

    def take(self, rows: Chosen) -> Self:
        """The things of some rows, in their order.

        Args:
            rows: A mask (n,), indices 0..n-1, or a slice.
        """
        made: Callable[..., Self] = type(self)
        return made(*(_taken(getattr(self, name), rows) for name in self.__slots__))


def _taken(values: Any, rows: Chosen) -> Any:
    if isinstance(values, np.ndarray):
        return values[rows]
    if isinstance(values, Rowwise):
        return values.take(rows)
    if isinstance(values, Mapping):
        return {name: _taken(column, rows) for name, column in values.items()}
    return [values[row] for row in np.arange(len(values))[rows].tolist()]
