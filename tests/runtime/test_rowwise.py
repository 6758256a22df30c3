"""Dataclasses with a row a thing: how many there are, and some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from mirscan.runtime.rowwise import Rowwise


@dataclass(frozen=True, slots=True)
class Inner(Rowwise):
    numbers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Things(Rowwise):
    names: list[str]
    values: NDArray[np.float64]
    columns: dict[str, NDArray[np.int64]]
    inner: Inner


THINGS = Things(
    ["a", "b", "c"],
    np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    {"x": np.array([7, 8, 9])},
    Inner(np.array([4, 5, 6])),
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.array([True, False, True]), [0, 2]),
        (np.array([2, 2, 0]), [2, 2, 0]),
        ([1], [1]),
        ([], []),
        (slice(1, None), [1, 2]),
    ],
)
def test_rows_are_taken_of_every_field(rows: object, expected: list[int]) -> None:
    found = THINGS.take(rows)  # type: ignore[arg-type]
    assert len(found) == len(expected)
    assert found.names == [THINGS.names[row] for row in expected]
    assert found.values.tolist() == THINGS.values[expected].tolist()
    assert found.columns["x"].tolist() == [7 + row for row in expected]
    assert found.inner.numbers.tolist() == [4 + row for row in expected]


def test_there_are_as_many_as_the_first_field_has() -> None:
    assert (len(THINGS), len(THINGS.inner)) == (3, 3)
