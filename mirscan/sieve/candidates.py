"""The sieve: says where in a genome a hairpin is stable enough for a fold to be worth its time.

For each position it finds the best short and the best long unbranched hairpin whose first base is there, in
time linear in sequence length times span (`recurrence.py`), and keeps the local minima.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, Codes
from mirscan.errors import InputError, UsageError
from mirscan.runtime.rowwise import Rowwise
from mirscan.sieve.energies import INFINITE, MIN_LOOP, Ints, hairpin_energies, streams
from mirscan.sieve.recurrence import LANES, best_hairpins, structures

UNIT = 10  # energies are reported in 0.01 kcal/mol and computed in 0.1
LONGEST_SPAN = 1000  # beyond it a perfect helix would overflow int16
BLOCK = 8192  # positions swept together: the rows in use stay in the L2 cache
SHORT, LONG, NEITHER = 0, 1, 2
Minima = NDArray[np.int64]  # (3, n): start, span (nt) and score (0.1 kcal/mol) of local minima


@dataclass(frozen=True, slots=True)
class SieveSettings:
    """What counts as a candidate.

    Hairpins compete by their score, the energy plus a length cost: without the cost every hairpin would grow
    through chance pairs of its flanks. Short hairpins, as animals have them, and long ones, as plants have
    them, do not compete with each other: in GC-rich sequence a chance hairpin of 200 nt would hide a
    precursor that begins nearby. The defaults were chosen by `benchmarks/accuracy/sieve.py`.

    Attributes:
        max_span: Longest candidate, nt from the first to the last base of the outer pair. 250 holds nearly
            all plant precursors.
        short_span: Longest short candidate, nt; the stem of an animal's primary transcript, both arms and the
            loop, is about as long.
        long_span: Shortest long candidate, nt. Of hairpins between the two, the short one inside is reported.
        max_energy: Weakest candidate, kcal/mol.
        max_score: Weakest short candidate, kcal/mol of energy plus length cost.
        max_long_score: Weakest long candidate, the same; chance finds better ones among more spans.
        length_cost: kcal/mol per nt up to `short_span`.
        long_cost: kcal/mol per nt beyond; above the 0.25 or so to which chance folds sequence.
        radius: nt; a short candidate gives way to one of better score that begins within this distance, the
            earlier one winning a tie.
        long_radius: nt; the same for long candidates.
    """

    max_span: int = 250
    short_span: int = 120
    long_span: int = 170
    max_energy: float = -12.0
    max_score: float = -6.0
    max_long_score: float = -10.0
    length_cost: float = 0.1
    long_cost: float = 0.3
    radius: int = 30
    long_radius: int = 60

    def __post_init__(self) -> None:
        if not MIN_LOOP + 2 <= self.max_span <= LONGEST_SPAN:
            raise UsageError("sieve", f"max_span {self.max_span}", f"{MIN_LOOP + 2}..{LONGEST_SPAN} nt")
        if not 0 <= self.short_span < self.long_span:
            found = f"short_span {self.short_span} and long_span {self.long_span}"
            raise UsageError("sieve", found, "short_span below long_span")
        for name in ("length_cost", "long_cost"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError("sieve", f"{name} {getattr(self, name)}", "0..1 kcal/mol per nt")
        for name in ("radius", "long_radius"):
            if getattr(self, name) < 0:
                raise UsageError("sieve", f"{name} {getattr(self, name)}", "0 nt or more")

    @property
    def reach(self) -> int:
        """Bases on either side of a candidate's first base on which the decision to report it depends."""
        return self.max_span + max(self.radius, self.long_radius)


@dataclass(frozen=True, slots=True)
class Candidates(Rowwise):
    """Candidate hairpins of one strand, sorted by start; a short one before a long one of the same start.

    Attributes:
        start: int64 (n,), first base, 0-based.
        end: int64 (n,), one past the last base; both bases of the outer pair are inside.
        energy: int32 (n,), 0.01 kcal/mol, by the recurrence of `recurrence.py`.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    energy: NDArray[np.int32]


def candidates(codes: Codes, settings: SieveSettings) -> Candidates:
    """The candidate hairpins of one strand.

    The best short and the best long hairpin of a position are each reported if they are stable enough and no
    position within the radius of their kind has one of better score. The decision is local: it depends on
    nothing further than `reach` from the candidate's first base, so that windows that overlap by `reach` give
    the candidates of the whole sequence.

    Args:
        codes: uint8 (n,), from `alphabet.encode`.
        settings: Thresholds.
    """
    short, long = strongest(codes, settings)
    return stable(_minima(short, settings.radius), _minima(long, settings.long_radius), settings)


def stable(short: Minima, long: Minima, settings: SieveSettings) -> Candidates:
    """Those local minima of both kinds that are stable enough."""
    cost = by_span(settings)[1]
    limits = (short, settings.max_score), (long, settings.max_long_score)
    found = [_stable(minima, cost, max_score, settings.max_energy) for minima, max_score in limits]
    start, span, energy = np.hstack(found)
    order = np.argsort(start, kind="stable")
    return Candidates(start[order], (start + span)[order], energy[order].astype(np.int32) * UNIT)


def strongest(codes: Codes, settings: SieveSettings) -> Ints:
    """The best short and the best long hairpin that begin at each position.

    Args:
        codes: uint8 (n,), from `alphabet.encode`.
        settings: Spans and length costs.

    Returns:
        int16 (2, 2, n): for short and for long hairpins their score (energy plus length cost, 0.1 kcal/mol;
        `INFINITE` for none) and their span (nt; 0 for none; of equally good ones the shortest).
    """
    best = np.zeros((2, 2, len(codes)), dtype=np.int16)
    best[:, 0] = INFINITE
    costs = by_span(settings)
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK + settings.max_span]
        if (block == UNKNOWN).all():
            continue
        own = min(BLOCK, len(codes) - start)
        sequence = streams(block, own + settings.max_span + LANES)
        best[:, :, start : start + own] = best_hairpins(sequence, own, *costs)[:NEITHER]
    return best


def by_span(settings: SieveSettings) -> tuple[Ints, Ints, Codes]:
    """What the recurrence knows of each span, as `recurrence.best_hairpins` takes it.

    Returns:
        Energies of hairpin loops and length costs, int16, and the kinds `SHORT`, `LONG` and `NEITHER`, uint8,
        (max_span + 1,) each.
    """
    return _HAIRPIN[: settings.max_span + 1], _length_costs(settings), _kinds(settings)


def traces(codes: Codes, found: Candidates) -> list[str]:
    """The recurrence's own structures of candidates, as dot-brackets of their lengths; see `brackets`."""
    text, offsets = brackets(codes, found)
    whole = text.tobytes().decode()
    return [whole[first:last] for first, last in pairwise(offsets.tolist())]


def brackets(codes: Codes, found: Candidates) -> tuple[Codes, NDArray[np.int64]]:
    """The recurrence's own structures of candidates.

    Args:
        codes: uint8 (n,), the codes in which the candidates were found.
        found: The candidates.

    Returns:
        The dot-brackets one behind the other as character codes, uint8; where each begins, and the last
        ends, int64 (candidates + 1,).

    Raises:
        InputError: The outer bases of one form no pair, or lie too close together, or too far apart.
    """
    span = found.end - found.start
    if len(span) and not MIN_LOOP + 2 <= span.min() <= span.max() <= LONGEST_SPAN:
        bases = f"{span.min()}..{span.max()} bases"
        raise InputError("sieve", bases, f"candidates of {MIN_LOOP + 2}..{LONGEST_SPAN} nt")
    text, offsets = structures(streams(codes, len(codes) + 1 + LANES), found.start, span, _HAIRPIN)
    if not (text[offsets[:-1]] == ord("(")).all():
        raise InputError("sieve", "a sequence whose first and last base form no pair", "a candidate's bases")
    return text, offsets


def trace(codes: Codes) -> str:
    """The recurrence's own structure of one candidate, given the codes of its bases; see `traces`."""
    whole = np.zeros(1, dtype=np.int64), np.array([len(codes)]), np.zeros(1, dtype=np.int32)
    return traces(codes, Candidates(*whole))[0]


def _minima(best: Ints, radius: int) -> Minima:
    score, span = best
    start = np.flatnonzero(_is_local_minimum(score, radius) & (span > 0))
    return np.stack([start, span[start], score[start]])


def _stable(minima: Minima, cost: Ints, max_score: float, max_energy: float) -> NDArray[np.int64]:
    """Start, span and energy (0.1 kcal/mol) of the minima that are stable enough: (3, n)."""
    start, span, score = minima
    energy = score - cost[span]
    enough = (energy <= 10 * max_energy) & (score <= 10 * max_score)
    return np.stack([start, span, energy])[:, enough]


def _is_local_minimum(score: Ints, radius: int) -> NDArray[np.bool_]:
    """Whether nothing within `radius` is lower, and nothing before within `radius` is equal."""
    if radius == 0:
        return np.ones(len(score), dtype=np.bool_)
    lowest = _lowest_of_run(np.pad(score, radius, constant_values=INFINITE), radius)
    before, after = lowest[: len(score)], lowest[radius + 1 :]
    minimum: NDArray[np.bool_] = (score < before) & (score <= after)
    return minimum


def _lowest_of_run(values: Ints, length: int) -> Ints:
    """The lowest of each `length` values in a row, by doubling: int16 (n - length + 1,)."""
    lowest, reached = values, 1
    while reached < length:
        step = min(reached, length - reached)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        reached += step
    return lowest


def _length_costs(settings: SieveSettings) -> Ints:
    """The length cost of each span, 0.1 kcal/mol: int16 (max_span + 1,)."""
    spans = np.arange(settings.max_span + 1)
    beyond = np.maximum(spans - settings.short_span, 0)
    costs = settings.length_cost * (spans - beyond) + settings.long_cost * beyond
    return np.rint(10 * costs).astype(np.int16)


def _kinds(settings: SieveSettings) -> Codes:
    """SHORT, LONG or NEITHER by span: uint8 (max_span + 1,)."""
    spans = np.arange(settings.max_span + 1)
    # Span 0 stands for NEITHER, so that there are three kinds whatever the settings.
    kinds = np.where(spans >= settings.long_span, LONG, np.where(spans == 0, NEITHER, SHORT))
    return np.where((spans > settings.short_span) & (spans < settings.long_span), NEITHER, kinds).astype(
        np.uint8
    )


_HAIRPIN = hairpin_energies(LONGEST_SPAN)
