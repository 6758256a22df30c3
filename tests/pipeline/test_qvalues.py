"""Decoys and the q-values that rest on them."""

from __future__ import annotations

import itertools
import random as dice
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mirscan.alphabet import encode
from mirscan.errors import UsageError
from mirscan.evidence.kind import Setup
from mirscan.evidence.neighbours import NeighbourEvidence
from mirscan.evidence.score import log_odds
from mirscan.evidence.weighing import Evidence
from mirscan.genome.regions import tiles
from mirscan.pipeline.decoy_search import (
    BLOCK,
    LEAST,
    MOST,
    SHARE,
    Block,
    Sampling,
    SearchWithDecoys,
    Task,
    default_megabases,
)
from mirscan.pipeline.decoys import shuffled
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk, DecoyCalls
from mirscan.pipeline.plan import Plan
from mirscan.pipeline.qvalues import Decoys, DecoySample, QValues, estimate
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Call, Hairpin, Hit, Window


def pairs(codes: np.ndarray) -> Counter[tuple[int, int]]:
    return Counter(itertools.pairwise(codes.tolist()))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, 5000])
def test_a_shuffle_keeps_every_dinucleotide(size: int) -> None:
    random = np.random.default_rng(size)
    codes = random.choice(5, size=size, p=[0.3, 0.2, 0.2, 0.25, 0.05]).astype(np.uint8)
    again = shuffled(codes, random)
    assert pairs(again) == pairs(codes)
    assert again.dtype == codes.dtype
    if size:
        assert (again[0], again[-1]) == (codes[0], codes[-1])
    if size > 100:
        assert (again == codes).mean() < 0.4, "and little else"


def test_every_arrangement_is_equally_likely() -> None:
    codes = encode("ACAGCACG")
    possible = {
        inner for inner in itertools.permutations(codes.tolist()) if pairs(np.array(inner)) == pairs(codes)
    }
    random = np.random.default_rng(0)
    drawn = Counter(tuple(shuffled(codes, random).tolist()) for _ in range(4000))
    assert set(drawn) == possible
    share = 4000 / len(possible)
    assert all(abs(count - share) < 5 * share**0.5 for count in drawn.values())


def test_the_same_seed_gives_the_same_shuffle() -> None:
    codes = encode("".join(dice.Random(1).choices("ACGU", k=300)))
    one, other = (shuffled(codes, np.random.default_rng(Block("chr", 0, 300, 2).seed)) for _ in range(2))
    assert one.tolist() == other.tolist()
    assert one.tolist() != shuffled(codes, np.random.default_rng(Block("chr", 0, 300, 3).seed)).tolist()


def blocks_of(length: int, chunk: int, rate: float) -> list[Block]:
    windows: Iterator[Window] = tiles("chr1", length, 0, length, chunk, 500)
    return [block for window in windows for block in Sampling(rate).blocks(window, length)]


@pytest.mark.parametrize("rate", [0.15, 1.0, 2.6])
def test_the_decoys_do_not_depend_on_the_chunks(rate: float) -> None:
    length = 400 * BLOCK + 123
    whole = blocks_of(length, length, rate)
    assert whole == blocks_of(length, 777, rate) == blocks_of(length, 3 * BLOCK + 1, rate)
    assert all(block.end == min(block.start + BLOCK, length) for block in whole)
    assert len(set(whole)) == len(whole)
    assert sum(block.end - block.start for block in whole) == pytest.approx(rate * length, rel=0.3)


def test_without_a_rate_there_are_no_decoys() -> None:
    assert blocks_of(100_000, 50_000, 0.0) == []


def test_a_large_genome_is_sampled_and_a_small_one_shuffled_twice() -> None:
    assert default_megabases(3_000_000_000) == MOST
    assert default_megabases(10_000_000) == pytest.approx(10 * SHARE)
    assert default_megabases(1_000_000) == LEAST
    assert default_megabases(100_000) == 0.2
    assert default_megabases(0) == 0


def test_a_worker_searches_both() -> None:
    stem = "GGCUAGCUCAGUCGGUAGAGCAUGAGA"
    hairpin = stem + "GAAAUAAC" + stem[::-1].translate(str.maketrans("ACGU", "UGCA"))
    sequence = "A" * 300 + hairpin + "N" * 50 + "A" * 250
    window = Window("chr1", 0, len(sequence), 100, len(sequence))
    block = Block("chr1", 0, len(sequence), 0)
    searched = SearchWithDecoys(Search())(Task([Stretch(window, sequence)], [(block, sequence)]))
    assert searched.known == len(sequence) - 100 - 50
    assert searched.decoy_known == len(sequence) - 50
    assert len(searched.found.hairpins) >= 1
    assert searched.decoys.windows == 1
    assert searched.decoys.hairpins == [], "a shuffled stem is none"


def test_q_values_by_hand() -> None:
    decoys = Decoys(2.0, np.array([0.8, 0.3, 0.2]))
    q = QValues.of([0.9, 0.5, 0.5, 0.25], 4.0, decoys)
    # false ones expected: (0 + 1) / 2 * 4 = 2 at 0.9; (1 + 1) / 2 * 4 = 4 at 0.5; (2 + 1) / 2 * 4 = 6 at 0.25
    assert q.values.tolist() == [1, 1, 1, 1], "never above 1"
    q = QValues.of([0.9] * 40 + [0.5] * 10 + [0.25] * 100, 4.0, decoys)
    assert q.q(0.9) == pytest.approx(6 / 150, abs=1e-6), "a laxer threshold with a lower rate counts"
    assert q.q(0.5) == q.q(0.25) == q.q(0.9)
    q = QValues.of([0.9] * 40 + [0.5] * 10 + [0.25] * 5, 4.0, decoys)
    assert q.q(0.9) == pytest.approx(2 / 40)
    assert q.q(0.5) == pytest.approx(4 / 50)
    assert q.q(0.25) == pytest.approx(6 / 55, abs=1e-6)
    assert q.false_per_megabase(0.5) == 1.0
    assert (q.threshold(0.05), q.threshold(0.1), q.threshold(0.01)) == (0.9, 0.5, None)
    rows = {row["fdr"]: (row["hits"], row["min_score"]) for row in q.table()}
    assert rows == {0.05: (40, 0.9), 0.1: (50, 0.5), 0.2: (55, 0.25), 0.5: (55, 0.25)}


def test_q_values_rise_as_scores_fall() -> None:
    random = np.random.default_rng(4)
    scores = random.random(500).round(3)
    q = QValues.of(scores, 10.0, Decoys(3.0, np.sort(random.random(40) ** 2)[::-1]))
    values = [q.q(score) for score in sorted(scores, reverse=True)]
    assert values == sorted(values)
    assert 0 < values[0] < values[-1] <= 1


def test_more_decoys_of_the_same_genome_say_the_same() -> None:
    scores = [0.9] * 90 + [0.4] * 30
    few, many = Decoys(1.0, np.full(20, 0.3)), Decoys(50.0, np.full(1000, 0.3))
    assert QValues.of(scores, 1.0, many).q(0.9) < QValues.of(scores, 1.0, few).q(0.9)


def hit(start: int, score: float, strand: str = "+") -> Hit:
    return Hit.of(Hairpin("chr1", start, start + 80, strand, "A" * 80, "." * 80, -30.0), score)


def call(start: int, score: float, strand: str = "+") -> Call:
    return Call(hit(start, score, strand).hairpin, log_odds(score))


def decoys(decoy_known: int, scores: list[float]) -> DecoyCalls:
    """Each a locus of its own."""
    return DecoyCalls(decoy_known, [call(200 * at, score) for at, score in enumerate(scores)])


def finish(chunks: list[Chunk], **more: Any) -> Finish:
    return Finish(Plan({"chr1": 100_000}, 500), lambda: chunks, Funnel(), **more)


CHUNKS = [
    Chunk(
        {"bases": 50_000}, [call(100, 0.9), call(110, 0.8), call(900, 0.7)], decoys(500_000, [0.1]), 50_000
    ),
    Chunk({"bases": 50_000}, [call(60_000, 0.2)], decoys(400_000, [0.3, 0.2]), 40_000),
]


def test_hits_carry_their_q_value_and_fdr_cuts() -> None:
    whole = finish(CHUNKS)
    found = list(whole.hits())
    assert [one.score for one in found] == [0.9, 0.7, 0.2]
    assert [one.q_value for one in found] == [pytest.approx(0.05), pytest.approx(0.05), pytest.approx(0.1)]
    assert whole.funnel.bases == 100_000, "counted once, though read twice"
    assert whole.q_values is not None
    assert whole.q_values.facts()["decoy_megabases"] == 0.9
    assert [one.score for one in finish(CHUNKS, fdr=0.06).hits()] == [0.9, 0.7]
    assert list(finish(CHUNKS, fdr=0.01).hits()) == []


def test_a_decoy_sees_the_neighbours_that_a_false_hit_at_its_place_has() -> None:
    """A cluster lifts the false hits beside it, so it lifts the decoys made there as much, and no others."""
    evidence = Evidence([NeighbourEvidence(Setup())], 1e-3)
    genes = [call(20_000 + 300 * number, 0.99) for number in range(4)]
    false = call(50, 0.3)  # of the shuffled block

    def decoy_score(contig: str, first: int) -> float:
        decoys = DecoyCalls(10_000, [false], {"chr1": (contig, first)})
        chunk = Chunk.from_record(Chunk({"bases": 50_000}, genes, decoys).as_record())
        (sample,) = finish([chunk], evidence=evidence).samples()
        (score,) = sample.scores
        return score

    beside = call(21_550, 0.3)
    lifted = next(hit.score for hit in evidence.hits([*genes, beside]) if hit.hairpin == beside.hairpin)
    assert decoy_score("chr1", 21_500) == lifted > 0.3
    assert decoy_score("chr1", 80_000) == decoy_score("chr2", 21_500) == pytest.approx(0.3)


def test_without_decoys_there_are_no_q_values() -> None:
    bare = [Chunk(chunk.counts, chunk.calls) for chunk in CHUNKS]
    assert [one.q_value for one in finish(bare).hits()] == [None, None, None]
    with pytest.raises(UsageError, match="too small for a decoy"):
        list(finish(bare, fdr=0.1).hits())
    assert estimate([0.5], [DecoySample(5, 0)]) is None


def test_a_rate_needs_decoys() -> None:
    from mirscan.pipeline.scan import Scan
    from mirscan.pipeline.scan_options import ScanOptions

    nothing: Any = SimpleNamespace()
    with pytest.raises(UsageError, match="`decoys`"):
        Scan(nothing, nothing, ScanOptions(fdr=0.1, decoys=0.0))


def test_what_lies_opposite_to_a_better_hit_gives_way() -> None:
    calls = [call(100, 0.9), call(110, 0.7, "-"), call(900, 0.8)]
    whole = finish([Chunk({"bases": 1000}, calls, decoys(1_000_000, []), 1000)])
    q_values = {one.score: one.q_value for one in whole.hits()}
    assert q_values == {0.9: pytest.approx(0.0005), 0.8: pytest.approx(0.0005)}
    assert [hit.notes.get("other_strand") for hit in whole.hits()] == [0.7, None]
    assert whole.q_values is not None
    assert len(whole.q_values.scores) == 2


def test_weaker_hits_change_no_q_value_above_the_default_threshold() -> None:
    """A hundred weak hits with few false ones among them would lower the q-values of all above."""
    strong, weak = [0.9, 0.8, 0.7], [0.2] * 100
    decoys = Decoys(1.0, np.array([0.75, 0.3, 0.1]))
    alone = QValues.of(strong, 1.0, decoys, lowest=0.5)
    together = QValues.of([*weak, *strong], 1.0, decoys, lowest=0.5)
    assert [together.q(score) for score in strong] == [alone.q(score) for score in strong]
    assert together.q(0.2) >= together.q(0.7), "a weaker hit is never surer"
    unbound = QValues.of([*weak, *strong], 1.0, decoys)
    assert unbound.q(0.7) < alone.q(0.7)
    assert QValues.of(weak, 1.0, decoys, lowest=0.5).q(0.2) == pytest.approx(0.03), "below it as ever"
