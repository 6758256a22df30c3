"""The plan of a scan: every base is owned once, and shards divide the chunks fairly."""

from __future__ import annotations

import pytest

from mirscan.errors import UsageError
from mirscan.pipeline.plan import CHUNK, LARGEST_CHUNK, Plan, Shard, chunk_of, owned, parse_shard
from mirscan.records import Hairpin

LENGTHS = {"long": 10_000, "gone": 0, "short": 70, "middle": 1_503}


def plan(**extra: object) -> Plan:
    return Plan(LENGTHS, margin=50, chunk=700, **extra)  # type: ignore[arg-type]


def test_every_base_is_owned_once() -> None:
    whole = plan()
    places = [
        (window.contig, base)
        for windows in whole.chunks()
        for window in windows
        for base in range(window.own_start, window.own_end)
    ]
    assert places == [(name, base) for name, length in LENGTHS.items() for base in range(length)]
    assert whole.bases == len(places)
    assert whole.contigs == 3


def test_windows_see_the_margin_and_no_further() -> None:
    for windows in plan().chunks():
        for window in windows:
            assert window.start == max(0, window.own_start - 50)
            assert window.end == min(LENGTHS[window.contig], window.own_end + 50)


@pytest.mark.parametrize("of", [1, 2, 3, 5, 16, 17, 40])
def test_shards_are_the_chunks_in_order_and_of_a_size(of: int) -> None:
    whole = plan()
    shards = [list(whole.share(Shard(number, of))) for number in range(1, of + 1)]
    assert [windows for share in shards for windows in share] == list(whole.chunks())
    for share in shards:
        assert abs(sum(map(owned, share)) - whole.bases / of) <= 2 * 700


def test_regions_come_with_their_surroundings() -> None:
    asked = plan(regions={"long": [(4_000, 4_100), (4_050, 4_200)], "short": [(10, 20)]})
    seen: dict[str, set[int]] = {}
    for windows in asked.chunks():
        for window in windows:
            seen.setdefault(window.contig, set()).update(range(window.own_start, window.own_end))
    assert seen == {"long": set(range(3_000, 5_200)), "short": set(range(70))}
    assert asked.bases == 2_200 + 70
    inside = [
        asked.inside(Hairpin("long", start, start + 100, "+", "", "", 0.0)) for start in (3_999, 4_000, 4_101)
    ]
    assert inside == [False, True, False]


def test_short_contigs_can_be_left_out() -> None:
    long_ones = plan(min_contig=71)
    assert {window.contig for windows in long_ones.chunks() for window in windows} == {"long", "middle"}
    assert not plan(min_contig=10**9).bases
    assert list(plan(min_contig=10**9).share(Shard(1, 2))) == []


@pytest.mark.parametrize("text", ["", "1", "/", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "1.0/2", "²/3"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="i/n with 1 ≤ i ≤ n"):
        parse_shard(text)
    assert parse_shard("2/3") == Shard(2, 3)


def test_many_intervals_cost_a_hit_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(start, start + 60) for start in range(9_900, 0, -100)] + [(155, 200), (500, 500 + 61)]
    some = plan(regions={"long": asked})
    monkeypatch.setattr("mirscan.pipeline.plan.merge", None)  # it was done once
    for start, end, held in (
        (100, 160, True), (100, 200, True), (100, 260, True), (99, 120, False), (159, 261, False),
        (500, 561, True), (500, 562, False), (9_900, 9_960, True), (9_970, 9_990, False), (0, 10, False),
    ):  # fmt: skip
        assert some.holds("long", start, end) == held
    assert not some.holds("middle", 100, 120)
    assert not plan(regions={}).holds("long", 100, 120)


def test_tasks_grow_with_the_genome_within_limits() -> None:
    assert chunk_of(0) == chunk_of(16 * CHUNK) == CHUNK
    assert chunk_of(32 * CHUNK) == 2 * CHUNK
    assert chunk_of(3_000_000_000) == LARGEST_CHUNK
