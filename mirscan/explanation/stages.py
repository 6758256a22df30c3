"""What becomes of a place on the line of `mirscan scan`: which stages it passes, and by how much.

The stages of the search are those of the scan itself (`Search.stages`), asked about one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mirscan.evidence.score import Sum
from mirscan.evidence.weighing import Evidence
from mirscan.explanation.sieve_stage import kcal, sieve_result
from mirscan.explanation.stage_result import Here, Place, StageResult
from mirscan.explanation.subjects import Surroundings
from mirscan.explanation.tier_stage import TierByScore
from mirscan.genome.regions import same_locus
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place, strongest
from mirscan.pipeline.search import FIRST, SECOND, SIEVE, Found, Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import REPEATS, Call, Hairpin, Hit, Window
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Rule

COMPETITION = 1_000  # bases on both sides of a place whose calls compete with it, as around a region
PREFILTERS = (  # stage, what happens to what passes, what to say where it is not asked
    (FIRST, "folded", "not asked: every candidate is folded"),
    (SECOND, "scored", "not asked: every fold is scored"),
)


@dataclass(slots=True)
class Followed:
    """What came of a place on the line.

    Attributes:
        stages: Up to the one where it falls out.
        hit: The hairpin that a scan scores there, weighed; None where it comes to none.
    """

    stages: list[StageResult] = field(default_factory=list)
    hit: Hit | None = None


class Line:
    """The stages of a scan, asked about one place after the other.

    Args:
        search: The sieve and the prefilters.
        scorer: The model that scores.
        min_score: Lowest score of a hit.
        judge: The tree; None to leave out its stage.
        evidence: What weighs each call; None for the network alone.
        tier: What a score alone says of the tier; None to leave out its stage.
    """

    def __init__(
        self,
        search: Search,
        scorer: Scorer,
        min_score: float,
        judge: Judge | None = None,
        evidence: Evidence | None = None,
        tier: TierByScore | None = None,
    ) -> None:
        self._evidence = evidence or Evidence(prior=scorer.prior)
        self._search = replace(search, detectors=self._evidence.detectors())
        self._scorer = scorer
        self._min_score = min_score
        self._judge = judge
        self._tier = tier

    def follow(
        self,
        around: Surroundings,
        hairpin: Hairpin,
        rule: Rule | None = None,
        known: Sum | None = None,
        repeated: float | None = None,
    ) -> Followed:
        """Follow the place of a hairpin up to the stage where it falls out.

        Args:
            around: What surrounds the hairpin.
            hairpin: A hairpin in it; where the scan finds its own there, that one is followed.
            rule: What the tree says of the hairpin, where that is known already.
            known: The sum of the hairpin in the whole genome; None for what its surroundings tell, which are
                then searched as far as neighbours have a say.
            repeated: The share of it that the genome repeats, 0..1; None where nobody knows.
        """
        followed = Followed()
        for result in self._walk(followed, around, hairpin, rule, known, repeated):
            followed.stages.append(result)
            if result.passed is False:
                break
        return followed

    def _walk(
        self,
        followed: Followed,
        around: Surroundings,
        hairpin: Hairpin,
        rule: Rule | None,
        sums: Sum | None,
        repeated: float | None,
    ) -> Iterator[StageResult]:
        place = Place(around.contig, hairpin.start, hairpin.end, hairpin.strand)
        found = Found()
        beside = COMPETITION if sums else max(COMPETITION, self._evidence.reach)
        stretch = _stretch(around, place, self._search.margin, beside)
        stretch = replace(stretch, proposed=self._evidence.proposed(stretch.window))
        stages = self._search.stages([stretch], found)
        here = {stage.name: Here(stage, place) for stage in stages}
        yield sieve_result(self._search.sieve, around, place, here.get(SIEVE), here.get(FIRST))
        for name, then, unasked in PREFILTERS:
            yield here[name].result(then, unasked)
        hits = self._hits(found, place, repeated)
        hits = [_with_sum(hit, sums) if hit.hairpin == hairpin else hit for hit in hits]
        best = strongest(hit for hit in hits if _at(place, hit.hairpin))
        followed.hit = best
        if best is None:
            yield StageResult("score", False, "the scan of the surroundings does not come by this place")
            return
        yield self._score(best)
        yield _locus(best, [hit for hit in hits if hit.score >= self._min_score])
        if self._tier and (of_score := self._tier.result(best.score)):
            yield of_score
        if self._judge:
            known = rule if best.hairpin == hairpin else None
            yield _rule(known or self._judge.rules([best.hairpin])[0])

    def _hits(self, found: Found, place: Place, repeated: float | None) -> list[Hit]:
        """All hairpins found, scored and weighed; those at the place are as repeated as it is."""
        there = {} if repeated is None else {REPEATS: repeated}
        measured = [
            {**each, **(there if _at(place, hairpin) else {})}
            for hairpin, each in zip(found.hairpins, found.measured, strict=True)
        ]
        scored = zip(found.hairpins, self._scorer.log_odds(found.hairpins).tolist(), measured, strict=True)
        return list(self._evidence.hits(self._evidence.kept([Call(*each) for each in scored], 0.0)))

    def _score(self, best: Hit) -> StageResult:
        text = f"{best.name}, folded to {kcal(best.hairpin.mfe)}, scores {best.score:.6f}"
        called = best.score >= self._min_score
        return StageResult(
            "score", called, f"{text}; {self._min_score:g} or more is called", best.score, self._min_score
        )


def _stretch(around: Surroundings, place: Place, margin: int, beside: int) -> Stretch:
    """The window that owns the place and so many bases on both sides of it, as far as they are known."""
    last = around.start + len(around.sequence)
    owned = max(around.start, place.start - beside), min(last, place.end + beside)
    seen = max(around.start, owned[0] - margin), min(last, owned[1] + margin)
    return Stretch(
        Window(around.contig, *seen, *owned), around.sequence[seen[0] - around.start : seen[1] - around.start]
    )


def _at(place: Place, hairpin: Hairpin) -> bool:
    return hairpin.strand == place.strand and place.meets(hairpin.start, hairpin.end)


def _with_sum(hit: Hit, known: Sum | None) -> Hit:
    return hit if known is None else Hit.of(hit.hairpin, known.score, **{**hit.notes, "evidence": known})


def _locus(best: Hit, calls: Sequence[Hit]) -> StageResult:
    kept = {hit.name: hit for hit in best_of_each_locus(calls)}
    if best.name in kept:
        return _place(best, list(kept.values()))
    here = best.hairpin
    place = Place(here.contig, here.start, here.end, here.strand)
    winner = strongest(hit for hit in kept.values() if _at(place, hit.hairpin))
    if winner is None:  # it lives on the reads of a better one that lies elsewhere
        return StageResult("locus", False, "a better call lives on the same reads", best.score)
    text = f"{winner.name} overlaps it and scores {winner.score:.6f}"
    return StageResult("locus", False, text, best.score, winner.score)


def _place(best: Hit, kept: Sequence[Hit]) -> StageResult:
    """Whether the best call of a locus is also kept beside those of the opposite strand."""
    here = best.hairpin
    left = list(one_of_each_place(kept))
    if best.name in {hit.name for hit in left}:
        return StageResult("locus", True, "the best call of its locus")
    opposite = (hit for hit in left if hit.hairpin.strand != here.strand)
    winner = strongest(
        hit for hit in opposite if same_locus(here.start, here.end, hit.hairpin.start, hit.hairpin.end)
    )
    score = None if winner is None else winner.score
    text = "" if winner is None else f": {winner.name} scores {winner.score:.6f}"
    return StageResult("locus", False, f"gives way to the opposite strand{text}", best.score, score)


def _rule(rule: Rule) -> StageResult:
    """The tree decides only where a scan is told to require its rule."""
    text = f"the tree says {rule.verdict}"
    if not rule.precursor:
        text += "; with --require-rule it would not be a hit"
    return StageResult("rule", True if rule.precursor else None, text)
