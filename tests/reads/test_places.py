"""Places of reads: what is added comes back, by stretch and by contig."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.reads.places import LONGEST, Pile, Places
from mirscan.reads.rarity import LEVELS, TILE, Rarity

reads = st.lists(st.tuples(st.integers(0, 400), st.integers(18, 30), st.booleans()), max_size=60)


def pile_of(rows: list[tuple[int, int, bool]]) -> Pile:
    start, length, minus = zip(*rows, strict=True) if rows else ((), (), ())
    columns = np.array(start, np.int32), np.array(length, np.uint8), np.array(minus, np.bool_)
    return Pile(*columns, np.ones(len(rows), np.float32)).collapsed()


@given(reads, st.integers(0, 430), st.integers(1, 100))
def test_a_stretch_holds_the_reads_that_overlap_it(
    rows: list[tuple[int, int, bool]], start: int, span: int
) -> None:
    with Places("library") as places:
        places.add("other", pile_of([(3, 20, False)]))
        places.add("contig", pile_of(rows))
        found = places.ready().fetch("contig", start, start + span)
    wanted = pile_of([row for row in rows if row[0] < start + span and row[0] + row[1] > start])
    for name in ("start", "length", "minus", "weight"):
        assert getattr(found, name).tolist() == getattr(wanted, name).tolist()


def test_equal_places_add_up_and_lots_of_a_contig_follow_each_other() -> None:
    both = Pile.joined([pile_of([(5, 22, False), (5, 22, False)]), pile_of([(5, 22, False), (5, 22, True)])])
    assert both.weight.tolist() == [3, 1]
    with Places("library") as places:
        places.add("a", both)
        places.add("b", both)
        with pytest.raises(ValueError, match="two lots"):
            places.add("a", both)
        assert places.ready().reads == 8
        assert len(places.fetch("nowhere", 0, 10)) == 0


def test_an_empty_library_can_be_asked() -> None:
    with Places("library") as places:
        assert len(places.ready().fetch("contig", 0, LONGEST)) == 0


def test_rarity_counts_the_tiles_of_both_strands() -> None:
    rows = [(10, 22, False)] * 9 + [(TILE + 5, 22, True)] * 3
    with Places("library") as places:
        places.add("contig", pile_of(rows))
        rarity = Rarity.of([places.ready()], {"contig": 10 * TILE - 1})
    tiles = 20
    by_level = {
        level: round(share * tiles) - 1 for level, share in zip(LEVELS.tolist(), rarity.share, strict=True)
    }
    assert [by_level[level] for level in (1, 2, 4, 8, 16)] == [2, 2, 1, 1, 0]
    assert rarity.bits(0) == 0
    assert 0 < rarity.bits(3) < rarity.bits(9) == rarity.bits(15) < rarity.bits(16)
    every = [rarity.bits(reads) for reads in range(1, 5_000, 7)]
    assert every == sorted(every)
