"""What the sieve says of a place: a candidate, or why there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirscan.alphabet import Codes, encode, reverse_complement_codes
from mirscan.explanation.stage_result import Here, Place, StageResult
from mirscan.explanation.subjects import Surroundings
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates

ANY = 1_000.0  # kcal/mol: a threshold that every hairpin passes


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


def sieve_result(
    settings: SieveSettings, around: Surroundings, place: Place, sieved: Here | None, next_to: Here | None
) -> StageResult:
    """What the sieve says of a place, by what came out of it and what came to the next stage."""
    if sieved and len(sieved.rows):
        best = int(sieved.rows[sieved.stage.came.energy[sieved.rows].argmin()])
        energy = sieved.stage.came.energy[best] / 100
        text = f"{sieved.name(best)} is a candidate of {kcal(energy)} by the sieve's own energies"
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
        f"{where} would do with {kcal(energy)}, but gives way to a better one that begins within "
        f"{settings.radius} nt (a long one: {settings.long_radius} nt) and lies elsewhere"
    )
    return StageResult("sieve", False, text, energy, settings.max_energy)


def _too_weak(settings: SieveSettings, around: Surroundings, place: Place, found: Candidates) -> StageResult:
    """No hairpin here is stable enough, by itself or for its length."""
    costs = np.array([_length_cost(settings, span) for span in (found.end - found.start).tolist()])
    scores = found.energy / 100 + costs
    best = int(scores.argmin())
    where, energy = place.name(*_on_contig(around, place, found, best)), found.energy[best] / 100
    text = f"the best hairpin, {where}, has {kcal(energy)}"
    if energy > settings.max_energy:
        text += f", not the {kcal(settings.max_energy)} of a candidate"
        return StageResult("sieve", False, text, energy, settings.max_energy)
    long = found.end[best] - found.start[best] >= settings.long_span
    asked = settings.max_long_score if long else settings.max_score
    text += f"; with {costs[best]:.1f} for its length {kcal(scores[best])}, "
    text += f"not the {kcal(asked)} of a candidate"
    return StageResult("sieve", False, text, float(scores[best]), asked)


def kcal(energy: float) -> str:
    """An energy in words, with the minus sign of print."""
    return f"{energy:.1f} kcal/mol".replace("-", "−")


def _length_cost(settings: SieveSettings, span: int) -> float:
    """kcal/mol, as `SieveSettings` describes it."""
    beyond = max(span - settings.short_span, 0)
    return settings.length_cost * (span - beyond) + settings.long_cost * beyond
