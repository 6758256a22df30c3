"""Which terminal loop is nearest to the middle, by its own middle and by its nearer end."""

from __future__ import annotations

import pytest

from mirscan.folding.dot_bracket import central_loop, pair_table


@pytest.mark.parametrize(
    ("structure", "by_middle", "by_end"),
    [
        ("((...))", (2, 5, 1), (2, 5, 1)),
        (".......", (0, 7, 0), (0, 7, 0)),
        ("(....)(....)", (1, 5, 2), (1, 5, 2)),  # equally near: the first
        ("(((((...)))))......(.........)", (5, 8, 2), (20, 29, 2)),  # the wide loop reaches nearer
        ("(...)(.................)", (6, 23, 2), (6, 23, 2)),  # it holds the middle
        ("(...)..(...).....(...)", (8, 11, 3), (8, 11, 3)),
    ],
)
def test_the_nearest_loop(
    structure: str, by_middle: tuple[int, int, int], by_end: tuple[int, int, int]
) -> None:
    table = pair_table(structure)
    assert central_loop(table) == by_middle
    assert central_loop(table, by_end=True) == by_end
