"""What becomes of a place on the line of `mirscan scan`: which stages it passes, and by how much.

The stages of the search are those of the scan itself (`Search.stages`), asked about one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mirscan.alphabet import Codes, encode, reverse_complement_codes
from mirscan.evidence.weighing import Evidence
from mirscan.explanation.subjects import Surroundings
from mirscan.genome.regions import same_locus
from mirscan.pipeline.loci import best_of_each_locus, strongest
from mirscan.pipeline.search import FIRST, SECOND, SIEVE, Found, Search, Stage
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Call, Hairpin, Hit, Window, place_name
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Rule

COMPETITION = 1_000  # bases on both sides of a place whose calls compete with it, as around a region
PREFILTERS = (  # stage, what happens to what passes, what to say where it is not asked
    (FIRST, "folded", "not asked: every candidate is folded"),
    (SECOND, "scored", "not asked: every fold is scored"),
)
ANY = 1_000.0  # kcal/mol: a threshold that every hairpin passes


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage of the line makes of a place.

    Attributes:
        name: `sieve`, `first prefilter`, `second prefilter`, `score`, `locus` or `rule`.
        passed: Whether the place passes; None where the stage does not decide.
        text: What was found there, in words.
        value: The number that decides; None where none does.
        threshold: The number that it is held against.
    """

    name: str
    passed: bool | None
    text: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a strand, 0-based and half-open on the plus strand."""

    contig: str
    start: int
    end: int
    strand: str

    def meets(self, start: int, end: int) -> bool:
        """Whether an interval on the same strand is the same locus, as `loci` has it."""
        return same_locus(self.start, self.end, start, end)

    def name(self, start: int, end: int) -> str:
        """What a hit at an interval of this strand would be called."""
        return place_name(self.contig, start, end, self.strand)


class _Here:
    """What of a stage of the search concerns a place.

    Attributes:
        stage: The stage.
        rows: int64 (n,), those of its candidates that are the same locus as the place.
    """

    def __init__(self, stage: Stage, place: Place) -> None:
        self.stage = stage
        self._place = place
        ends = [stage.joined.place(stage.came, row) for row in range(len(stage.came))]
        meets = [end[3] == place.strand and place.meets(end[1], end[2]) for end in ends]
        self.rows = np.flatnonzero(np.array(meets, dtype=np.bool_))

    def name(self, row: int) -> str:
        """What a hit at a candidate would be called."""
        return place_name(*self.stage.joined.place(self.stage.came, row))

    def result(self, then: str, unasked: str) -> StageResult:
        """The best candidate of the place by the values of a prefilter, and what happens to it."""
        stage = self.stage
        if stage.values is None or stage.threshold is None:
            return StageResult(stage.name, None, unasked)
        values = stage.values[self.rows]
        best = int(values.argmax())
        row, value = int(self.rows[best]), float(values[best])
        if not np.isfinite(value):  # the sieve did not offer it
            return StageResult(stage.name, True, f"other evidence asks for {self.name(row)}")
        text = f"{self.name(row)} has a logit of {_shown(value)}; "
        text += f"from {_shown(stage.threshold)} on it is {then}"
        rescued = stage.rescued is not None and bool(stage.rescued[self.rows].any())
        if rescued and value < stage.threshold:
            text += "; other evidence asks for it all the same"
        passed = bool(stage.passed[self.rows].any())
        return StageResult(stage.name, passed, text, value, stage.threshold)


class Line:
    """The stages of a scan, asked about one place after the other.

    Args:
        search: The sieve and the prefilters.
        scorer: The model that scores.
        min_score: Lowest score of a hit.
        judge: The tree; None to leave out its stage.
        evidence: What weighs each call; None for the network alone.
    """

    def __init__(
        self,
        search: Search,
        scorer: Scorer,
        min_score: float,
        judge: Judge | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        self._evidence = evidence or Evidence(prior=scorer.prior)
        self._search = replace(search, detectors=self._evidence.detectors())
        self._scorer = scorer
        self._min_score = min_score
        self._judge = judge

    def stages(self, around: Surroundings, hairpin: Hairpin, rule: Rule | None = None) -> list[StageResult]:
        """The stages up to the one where the place of a hairpin falls out.

        Args:
            around: What surrounds the hairpin.
            hairpin: A hairpin in it; where the scan finds its own there, that one is followed.
            rule: What the tree says of the hairpin, where that is known already.
        """
        results: list[StageResult] = []
        for result in self._walk(around, hairpin, rule):
            results.append(result)
            if result.passed is False:
                break
        return results

    def _walk(self, around: Surroundings, hairpin: Hairpin, rule: Rule | None) -> Iterator[StageResult]:
        place = Place(around.contig, hairpin.start, hairpin.end, hairpin.strand)
        found = Found()
        stretch = _stretch(around, place, self._search.margin)
        stretch = replace(stretch, proposed=self._evidence.proposed(stretch.window))
        stages = self._search.stages([stretch], found)
        here = {stage.name: _Here(stage, place) for stage in stages}
        yield _sieve_result(self._search.sieve, around, place, here.get(SIEVE), here.get(FIRST))
        for name, then, unasked in PREFILTERS:
            yield here[name].result(then, unasked)
        hits = self._hits(found)
        best = strongest(hit for hit in hits if _at(place, hit.hairpin))
        if best is None:
            yield StageResult("score", False, "the scan of the surroundings does not come by this place")
            return
        yield self._score(best)
        yield _locus(best, [hit for hit in hits if hit.score >= self._min_score])
        if self._judge:
            known = rule if best.hairpin == hairpin else None
            yield _rule(known or self._judge.rules([best.hairpin])[0])

    def _hits(self, found: Found) -> list[Hit]:
        """All hairpins found, scored and weighed."""
        scored = zip(
            found.hairpins, self._scorer.log_odds(found.hairpins).tolist(), found.measured, strict=True
        )
        return list(self._evidence.hits(self._evidence.kept([Call(*each) for each in scored], 0.0)))

    def _score(self, best: Hit) -> StageResult:
        text = f"{best.name}, folded to {_kcal(best.hairpin.mfe)}, scores {best.score:.6f}"
        called = best.score >= self._min_score
        return StageResult(
            "score", called, f"{text}; {self._min_score:g} or more is called", best.score, self._min_score
        )


def _own_candidates(settings: SieveSettings, around: Surroundings, place: Place) -> tuple[Codes, Candidates]:
    """The codes of the place's strand, and the candidates on it that are the same locus."""
    codes = encode(around.sequence)
    if place.strand == "-":
        codes = reverse_complement_codes(codes)
    found = candidates(codes, settings)
    meets = [place.meets(*_on_contig(around, place, found, row)) for row in range(len(found))]
    return codes, found.take(np.array(meets, dtype=np.bool_))


def _on_contig(around: Surroundings, place: Place, found: Candidates, row: int) -> tuple[int, int]:
    """Start and end on the plus strand of the contig of a candidate in coordinates of its own strand."""
    start, end = int(found.start[row]), int(found.end[row])
    if place.strand == "-":
        start, end = len(around.sequence) - end, len(around.sequence) - start
    return around.start + start, around.start + end


def _sieve_result(
    settings: SieveSettings, around: Surroundings, place: Place, sieved: _Here | None, next_to: _Here | None
) -> StageResult:
    """What the sieve says of a place, by what came out of it and what came to the next stage."""
    if sieved and len(sieved.rows):
        best = int(sieved.rows[sieved.stage.came.energy[sieved.rows].argmin()])
        energy = sieved.stage.came.energy[best] / 100
        text = f"{sieved.name(best)} is a candidate of {_kcal(energy)} by the sieve's own energies"
        return StageResult("sieve", True, text, energy, settings.max_energy)
    if next_to and len(next_to.rows):
        text = f"no candidate, but other evidence asks for {next_to.name(int(next_to.rows[0]))}"
        return StageResult("sieve", True, text, None, settings.max_energy)
    alone = replace(settings, radius=0, long_radius=0)
    _, unrivalled = _own_candidates(alone, around, place)
    if len(unrivalled):
        return _outdone(settings, around, place, unrivalled)
    weak = replace(alone, max_energy=ANY, max_score=ANY, max_long_score=ANY)
    _, weaker = _own_candidates(weak, around, place)
    if len(weaker):
        return _too_weak(settings, around, place, weaker)
    return StageResult("sieve", False, "no base pair closes a hairpin here", None, settings.max_energy)


def _outdone(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> StageResult:
    """A hairpin that is stable enough, but begins close to a better one."""
    best = int(found.energy.argmin())
    where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
    text = (
        f"{where} would do with {_kcal(energy)}, but gives way to a better one that begins within "
        f"{settings.radius} nt (a long one: {settings.long_radius} nt) and lies elsewhere"
    )
    return StageResult("sieve", False, text, energy, settings.max_energy)


def _too_weak(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> StageResult:
    """No hairpin here is stable enough, by itself or for its length."""
    costs = np.array([_length_cost(settings, span) for span in (found.end - found.start).tolist()])
    scores = found.energy / 100 + costs
    best = int(scores.argmin())
    where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
    text = f"the best hairpin, {where}, has {_kcal(energy)}"
    if energy > settings.max_energy:
        text += f", not the {_kcal(settings.max_energy)} of a candidate"
        return StageResult("sieve", False, text, energy, settings.max_energy)
    long = found.end[best] - found.start[best] >= settings.long_span
    asked = settings.max_long_score if long else settings.max_score
    text += f"; with {costs[best]:.1f} for its length {_kcal(scores[best])}, "
    text += f"not the {_kcal(asked)} of a candidate"
    return StageResult("sieve", False, text, float(scores[best]), asked)


def _kcal(energy: float) -> str:
    return f"{energy:.1f} kcal/mol".replace("-", "−")


def _shown(logit: float) -> str:
    return f"{logit:.2f}".replace("-", "−")


def _length_cost(settings: SieveSettings, span: int) -> float:
    """kcal/mol, as `SieveSettings` describes it."""
    beyond = max(span - settings.short_span, 0)
    return settings.length_cost * (span - beyond) + settings.long_cost * beyond


def _stretch(around: Surroundings, place: Place, margin: int) -> Stretch:
    """The window that owns the place and what competes with it."""
    last = around.start + len(around.sequence)
    owned = max(around.start, place.start - COMPETITION), min(last, place.end + COMPETITION)
    seen = max(around.start, owned[0] - margin), min(last, owned[1] + margin)
    return Stretch(
        Window(around.contig, *seen, *owned), around.sequence[seen[0] - around.start : seen[1] - around.start]
    )


def _at(place: Place, hairpin: Hairpin) -> bool:
    return hairpin.strand == place.strand and place.meets(hairpin.start, hairpin.end)


def _locus(best: Hit, calls: Sequence[Hit]) -> StageResult:
    kept = {hit.name: hit for hit in best_of_each_locus(calls)}
    if best.name in kept:
        return StageResult("locus", True, "the best call of its locus")
    here = best.hairpin
    place = Place(here.contig, here.start, here.end, here.strand)
    winner = strongest(hit for hit in kept.values() if _at(place, hit.hairpin))
    if winner is None:  # it lives on the reads of a better one that lies elsewhere
        return StageResult("locus", False, "a better call lives on the same reads", best.score)
    text = f"{winner.name} overlaps it and scores {winner.score:.6f}"
    return StageResult("locus", False, text, best.score, winner.score)


def _rule(rule: Rule) -> StageResult:
    """The tree decides only where a scan is told to require its rule."""
    text = f"the tree says {rule.verdict}"
    if not rule.precursor:
        text += "; with --require-rule it would not be a hit"
    return StageResult("rule", True if rule.precursor else None, text)
