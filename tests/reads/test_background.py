"""What lies all over a place is taken off, and stacks that stand out of it stay."""

from __future__ import annotations

import numpy as np
import pytest

from mirscan.reads.background import level_of, standing_out
from mirscan.reads.places import LONGEST, Pile, Places
from mirscan.reads.rarity import LEVELS, TILE, Rarity
from mirscan.reads.stacks import OF_TILE, stacks
from mirscan.reads.stacks import TILE as STACKS_TILE
from mirscan.records import Hairpin, ProposedArm

SIZE = 80
AT = 1_000


def pile(rows: list[tuple[int, int, bool, float]]) -> Pile:
    start, length, minus, weight = zip(*rows, strict=True)
    columns = np.array(start, np.int32), np.array(length, np.uint8), np.array(minus, np.bool_)
    return Pile(*columns, np.array(weight, np.float32)).collapsed()


def decay(minus: bool, each: float = 3.0) -> list[tuple[int, int, bool, float]]:
    return [(at, 18 + at % 12, minus, each) for at in range(AT - 100, AT + SIZE + 100)]


def hairpin(strand: str) -> Hairpin:
    return Hairpin("c", AT, AT + SIZE, strand, "N" * SIZE, "." * SIZE, 0.0)


@pytest.mark.parametrize("minus", [False, True])
def test_a_stack_stands_out_of_decay_on_its_strand_alone(minus: bool) -> None:
    strand = "-" if minus else "+"
    stack = (AT + 10, 22, minus, 50.0)
    clear = standing_out(hairpin(strand), pile([*decay(minus), stack]))
    assert set(clear.length.tolist()) <= {22, 18 + (AT + 10) % 12} | set(range(18, 30))
    begins = {int(place): float(clear.weight[clear.five_prime == place].sum()) for place in clear.five_prime}
    assert set(begins) <= {AT + 10 + 21 if minus else AT + 10}
    assert 35 < sum(begins.values()) < 50
    other = pile([*decay(not minus), stack])
    assert standing_out(hairpin(strand), other).weight.sum() == 50


def test_without_a_level_the_pile_is_the_same() -> None:
    alone = pile([(AT + 10, 22, False, 50.0), (AT + 11, 21, False, 4.0), (AT + 50, 22, False, 2.0)])
    assert standing_out(hairpin("+"), alone) is alone
    assert level_of(np.zeros(SIZE)) == 0


def test_decay_is_no_rare_depth() -> None:
    rows = [(at, 20, False, 5.0) for at in range(TILE)]
    with Places("library") as places:
        places.add("c", pile(rows))
        shares = Rarity.of([places.ready()], {"c": 50 * TILE}).share
    assert (np.rint(shares * 100) == 1).all()  # the tile more than was seen, and no other
    assert len(shares) == len(LEVELS)


def found(rows: list[tuple[int, int, bool, float]], start: int = 0, end: int = 3_000) -> list[ProposedArm]:
    every = pile(rows)
    return stacks(lambda first, last: every.take((every.start < last) & (every.end > first)), start, end)


def test_stacks_are_seen_also_in_decay_and_the_decay_is_none() -> None:
    for minus in (False, True):
        stack = (AT + 10, 22, minus, 60.0)
        wanted = [ProposedArm(AT + 10, AT + 32, minus)]
        assert found([stack]) == wanted
        assert found([*decay(minus, 1.0), stack]) == wanted
        assert found(decay(minus, 9.0)) == []


def test_a_tile_gives_its_highest_stacks_whatever_stretch_is_asked() -> None:
    rows = [(100 + 40 * number, 22, False, 5.0 + number) for number in range(2 * OF_TILE)]
    every = found(rows, 0, STACKS_TILE)
    assert [stack.start for stack in every] == [row[0] for row in rows[OF_TILE:]]
    cut = 100 + 40 * (OF_TILE + 7)
    assert found(rows, 0, cut) + found(rows, cut, STACKS_TILE) == every
    assert LONGEST < 40
