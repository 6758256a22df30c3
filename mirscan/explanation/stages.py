"""What becomes of a place on the line of `mirscan scan`: which stations it passes, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes, encode, reverse_complement_codes
from mirscan.explanation.subjects import Surroundings
from mirscan.folding.quickfold import folds
from mirscan.genome.regions import same_locus
from mirscan.pipeline.loci import best_of_each_locus
from mirscan.pipeline.search import Search, Stretch
from mirscan.records import Hairpin, Hit, Window, place_name
from mirscan.scoring.prefilter import Floats
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Rule

COMPETITION = (
    1_000  # bases on both sides of a place whose calls compete with it, as around a region of a scan
)
ANY = 1_000.0  # kcal/mol: a threshold that every hairpin passes


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the line.

    Attributes:
        name: `sieve`, `first look`, `second look`, `score`, `locus` or `rule`.
        passed: Whether the place passes; None where the station does not decide.
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


class Line:
    """The stations of a scan, asked about one place after the other.

    Args:
        search: The sieve and the looks.
        scorer: The model that scores.
        min_score: Lowest score of a hit.
        judge: The tree; None to leave out its station.
    """

    def __init__(self, search: Search, scorer: Scorer, min_score: float, judge: Judge | None = None) -> None:
        self._search = search
        self._scorer = scorer
        self._min_score = min_score
        self._judge = judge

    def stations(self, around: Surroundings, hairpin: Hairpin, rule: Rule | None = None) -> list[Station]:
        """The stations up to the one where the place of a hairpin falls out.

        Args:
            around: What surrounds the hairpin.
            hairpin: A hairpin in it; where the scan finds its own there, that one is followed.
            rule: What the tree says of the hairpin, where that is known already.
        """
        passed: list[Station] = []
        for station in self._walk(around, hairpin, rule):
            passed.append(station)
            if station.passed is False:
                break
        return passed

    def _walk(self, around: Surroundings, hairpin: Hairpin, rule: Rule | None) -> Iterator[Station]:
        place = Place(around.contig, hairpin.start, hairpin.end, hairpin.strand)
        codes, found = _own_candidates(self._search.sieve, around, place)
        yield _sieve_station(self._search.sieve, around, place, found)
        yield from self._looks(around, place, codes, found)
        hairpins = self._search([_stretch(around, place, self._search.margin)]).hairpins
        scores = self._scorer.scores(hairpins).tolist()
        calls = [Hit.of(*pair) for pair in zip(hairpins, scores, strict=True)]
        best = max((hit for hit in calls if _at(place, hit.hairpin)), key=lambda hit: hit.score, default=None)
        if best is None:
            yield Station("score", False, "the scan of the surroundings does not come by this place")
            return
        yield self._score(best)
        yield _locus(best, [hit for hit in calls if hit.score >= self._min_score])
        if self._judge:
            known = rule if best.hairpin == hairpin else None
            yield _rule(known or self._judge.rules([best.hairpin])[0])

    def _looks(
        self, around: Surroundings, place: Place, codes: Codes, found: Candidates
    ) -> Iterator[Station]:
        """What the first look says of the candidates, and the second of the folds of those that it leaves."""
        search = self._search
        if search.draft is None:
            yield Station("first look", None, "not asked: every candidate is folded")
        else:
            logits = search.draft.look(codes, found)
            yield _look("first look", around, place, found, logits, search.cut, "folded")
            found = found.take(logits >= search.cut)
        if search.second is None:
            yield Station("second look", None, "not asked: every fold is scored")
        else:
            found = _widened(found, search.flank, len(codes))
            logits = search.second.look_again(codes, found, folds(codes, found.start, found.end))
            yield _look("second look", around, place, found, logits, search.second_cut, "scored")

    def _score(self, best: Hit) -> Station:
        text = f"{best.name}, folded to {_kcal(best.hairpin.mfe)}, scores {best.score:.6f}"
        called = best.score >= self._min_score
        return Station(
            "score", called, f"{text}; called from {self._min_score:g} on", best.score, self._min_score
        )


def _own_candidates(settings: SieveSettings, around: Surroundings, place: Place) -> tuple[Codes, Candidates]:
    """The codes of the place's strand, and the candidates on it that are the same locus."""
    codes = encode(around.sequence)
    if place.strand == "-":
        codes = reverse_complement_codes(codes)
    found = candidates(codes, settings)
    return codes, found.take(_meeting(around, place, found))


def _meeting(around: Surroundings, place: Place, found: Candidates) -> NDArray[np.bool_]:
    meets = [place.meets(*_on_contig(around, place, found, row)) for row in range(len(found))]
    return np.array(meets, dtype=np.bool_)


def _widened(found: Candidates, flank: int, length: int) -> Candidates:
    """Candidates with so many more bases on both sides, as far as a sequence of such a length reaches."""
    start, end = np.maximum(found.start - flank, 0), np.minimum(found.end + flank, length)
    return Candidates(start, end, found.energy)


def _look(
    name: str, around: Surroundings, place: Place, found: Candidates, logits: Floats, cut: float, then: str
) -> Station:
    """The best of some candidates by the logits of a look, and what happens to it from the cut on."""
    best = int(logits.argmax())
    start, end = _on_contig(around, place, found, best)
    text = f"{place.name(start, end)} has a logit of {_shown(logits[best])}; "
    text += f"from {_shown(cut)} on it is {then}"
    return Station(name, bool(logits[best] >= cut), text, float(logits[best]), cut)


def _on_contig(around: Surroundings, place: Place, found: Candidates, row: int) -> tuple[int, int]:
    """Start and end on the plus strand of the contig of a candidate in coordinates of its own strand."""
    start, end = int(found.start[row]), int(found.end[row])
    if place.strand == "-":
        start, end = len(around.sequence) - end, len(around.sequence) - start
    return around.start + start, around.start + end


def _sieve_station(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> Station:
    if len(found):
        best = int(found.energy.argmin())
        where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
        text = f"{where} is a candidate of {_kcal(energy)} by the sieve's own energies"
        return Station("sieve", True, text, energy, settings.max_energy)
    alone = replace(settings, radius=0, long_radius=0)
    _, unrivalled = _own_candidates(alone, around, place)
    if len(unrivalled):
        return _outdone(settings, around, place, unrivalled)
    weak = replace(alone, max_energy=ANY, max_score=ANY, max_long_score=ANY)
    _, weaker = _own_candidates(weak, around, place)
    if len(weaker):
        return _too_weak(settings, around, place, weaker)
    return Station("sieve", False, "no base pair closes a hairpin here", None, settings.max_energy)


def _outdone(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> Station:
    """A hairpin that is stable enough, but begins close to a better one."""
    best = int(found.energy.argmin())
    where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
    text = (
        f"{where} would do with {_kcal(energy)}, but gives way to a better one that begins within "
        f"{settings.radius} nt (a long one: {settings.long_radius} nt) and lies elsewhere"
    )
    return Station("sieve", False, text, energy, settings.max_energy)


def _too_weak(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> Station:
    """No hairpin here is stable enough, by itself or for its length."""
    costs = np.array([_length_cost(settings, span) for span in (found.end - found.start).tolist()])
    scores = found.energy / 100 + costs
    best = int(scores.argmin())
    where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
    text = f"the best hairpin, {where}, has {_kcal(energy)}"
    if energy > settings.max_energy:
        text += f", not the {_kcal(settings.max_energy)} of a candidate"
        return Station("sieve", False, text, energy, settings.max_energy)
    long = found.end[best] - found.start[best] >= settings.long_span
    asked = settings.max_long_score if long else settings.max_score
    text += f"; with {costs[best]:.1f} for its length {_kcal(scores[best])}, "
    text += f"not the {_kcal(asked)} of a candidate"
    return Station("sieve", False, text, float(scores[best]), asked)


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
    own = max(around.start, place.start - COMPETITION), min(last, place.end + COMPETITION)
    seen = max(around.start, own[0] - margin), min(last, own[1] + margin)
    return Stretch(
        Window(around.contig, *seen, *own), around.sequence[seen[0] - around.start : seen[1] - around.start]
    )


def _at(place: Place, hairpin: Hairpin) -> bool:
    return hairpin.strand == place.strand and place.meets(hairpin.start, hairpin.end)


def _locus(best: Hit, calls: Sequence[Hit]) -> Station:
    kept = {hit.name: hit for hit in best_of_each_locus(calls)}
    if best.name in kept:
        return Station("locus", True, "the best call of its locus")
    winner = max(
        (hit for hit in kept.values() if _same_locus(hit.hairpin, best.hairpin)), key=lambda hit: hit.score
    )
    text = f"{winner.name} overlaps it and scores {winner.score:.6f}"
    return Station("locus", False, text, best.score, winner.score)


def _same_locus(one: Hairpin, other: Hairpin) -> bool:
    return _at(Place(one.contig, one.start, one.end, one.strand), other)


def _rule(rule: Rule) -> Station:
    """The tree decides only where a scan is told to require its rule."""
    text = f"the tree says {rule.verdict}"
    if not rule.precursor:
        text += "; with --require-rule it would not be a hit"
    return Station("rule", True if rule.precursor else None, text)
