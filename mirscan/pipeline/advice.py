"""What a scan says that found nothing, or nothing known: what lies below its threshold, and how to see it."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING

from mirscan.genome.regions import Region
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.known import Locus, Recall
from mirscan.pipeline.tiers import ALL, CANDIDATE, LIKELY, why_held_back
from mirscan.reads.measurement import NAME as READS
from mirscan.records import Hit, place_name

if TYPE_CHECKING:  # it loads PyTorch
    from mirscan.pipeline.scan import Scan

NAMED = 5  # hits, or known microRNAs, that are named
LOOKED_AT = 20  # places of known microRNAs that are searched again
AROUND = 100  # nt on both sides of such a place
WEAKEST = 0.001  # lowest score that is worth a word


def advice(finish: Finish, scan: Scan | None = None) -> list[str]:
    """Sentences for a run without hits, or of which no hit is known; none for others.

    Args:
        finish: Of the run, its hits exhausted.
        scan: The run, to search the places of known microRNAs again, to the last candidate; None where the
            genome is not at hand.
    """
    known = finish.known
    missed = known is not None and not known.found and finish.top is None
    lines = [] if finish.funnel.hits else _next_best(finish)
    return lines + (_missed(finish, scan, known) if scan and known and missed else [])


def _next_best(finish: Finish) -> list[str]:
    found = finish.below(NAMED)
    if not found:
        return []
    best = ", ".join(f"{hit.name} {_short(hit.score)}" for hit in found)
    return [f"no hit {_why_none(finish, found[0].score)}: {best}. {_option(finish, found[0].score)}"]


def _why_none(finish: Finish, score: float) -> str:
    """What keeps the best of the hits that are not shown from being a hit."""
    lowest = _lowest(finish)
    if score < lowest:
        return f"reaches {lowest:g}; the next best"
    why = why_held_back(finish.curve.clades if finish.curve else ())
    return f"that scores {lowest:g} or more is shown, as {why}; the best"


def _lowest(finish: Finish) -> float:
    """The score that a hit must reach: the lowest one asked for, or that of the tier asked for."""
    of_tier = finish.limits.lowest(finish.curve, finish.tier) if finish.curve and finish.tier else 0.0
    return max(finish.min_score, of_tier)


def _missed(finish: Finish, scan: Scan, known: Recall) -> list[str]:
    """What lies at the places of known microRNAs, of which none was found."""
    numbers = known.catalogue.within(finish.plan.holds)
    loci = known.catalogue.places(numbers)[:LOOKED_AT]
    if not loci or READS in finish.evidence.names:
        return []
    regions = [_around(locus, scan) for locus in loci]
    there = list(scan.again(regions, WEAKEST).hits())
    best = {locus: _best(known, number, there) for number, locus in zip(numbers, loci, strict=False)}
    scored = sorted(((*found, locus.name) for locus, found in best.items() if found), reverse=True)
    nothing = [locus for locus, found in best.items() if not found]
    lines = []
    if scored:
        names = ", ".join(f"{name} {_short(score)}{_beside(other)}" for score, other, name in scored[:NAMED])
        more = f" and {len(scored) - NAMED} more" if len(scored) > NAMED else ""
        lowest = _lowest(finish)
        where = f"Below {lowest:g}" if scored[0][0] < lowest else "No more than chance brings"
        option = _option(finish, scored[0][0])
        lines.append(f"none of {len(numbers)} known is a hit. {where}: {names}{more}. {option}")
    if nothing:
        first = nothing[0]
        strand = first.strand if first.strand in "+-" else "+"
        place = place_name(first.contig, first.start, first.end, strand)
        lines.append(
            f"{len(nothing)} known {'scores' if len(nothing) == 1 else 'score'} less than {WEAKEST:g}, "
            f"{'' if len(nothing) == 1 else 'as '}{first.name}; "
            f"`mirscan explain GENOME {place}` says why"
        )
    return lines


def _around(locus: Locus, scan: Scan) -> Region:
    length = scan.describe().lengths[locus.contig]
    return Region(locus.contig, max(0, locus.start - AROUND), min(length, locus.end + AROUND))


def _best(known: Recall, number: int, hits: Sequence[Hit]) -> tuple[float, float] | None:
    """The best score of a known microRNA on its strand, and that of the other strand where it took the place.

    Returns:
        0 for the other strand where it did not; None where the known strand was not scored.
    """
    found = []
    for hit in hits:
        same, opposite = known.catalogue.lookup(hit.hairpin)
        behind = hit.notes.get("other_strand")
        if number in same:
            found.append((hit.score, 0.0))
        elif number in opposite and behind is not None:
            found.append((behind, hit.score))
    return max(found, default=None)


def _beside(other: float) -> str:
    return f" (on the other strand {_short(other)})" if other else ""


def _option(finish: Finish, score: float) -> str:
    """Which option would show a hit of a score."""
    curve, cuts = finish.curve, finish.cuts
    if curve and cuts:
        lowest_of = {tier: finish.limits.lowest(curve, tier) for tier in (LIKELY, CANDIDATE, ALL)}
        for tier, lowest in lowest_of.items():
            if score >= max(lowest, cuts.lowest(tier)):
                return f"`--tier {tier}` shows what scores {lowest:g} or more"
    lowest = max(floor(score * 100) / 100, WEAKEST)
    return f"`--min-score {lowest:g}` shows what scores as much"


def _short(score: float) -> str:
    return f"{score:.3f}"
