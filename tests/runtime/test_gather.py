"""Small things travel together, in order."""

from __future__ import annotations

import pytest

from mirscan.runtime.gather import gather


@pytest.mark.parametrize(
    ("enough", "expected"),
    [
        (0, [[1], [2], [0], [5], [1]]),
        (3, [[1, 2], [0, 5], [1]]),
        (9, [[1, 2, 0, 5, 1]]),
        (100, [[1, 2, 0, 5, 1]]),
    ],
)
def test_until_it_is_enough(enough: int, expected: list[list[int]]) -> None:
    assert list(gather([1, 2, 0, 5, 1], lambda item: item, enough)) == expected


def test_nothing_is_read_beyond() -> None:
    items = iter(range(10))
    assert next(gather(items, lambda _: 1, 4)) == [0, 1, 2, 3]
    assert next(items) == 4
    assert list(gather([], len, 3)) == []
