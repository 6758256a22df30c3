"""What tiers hold when as many hits as chance brings are candidates, and what they held by the score alone.

Each genome, or half of it where a clade has no other, is judged by a curve that was fitted without it. Its
hits count wherever they lie, also where the networks learnt, as those of a scan do: so the false ones are
rather too few. Then the same in pieces of several sizes around each known locus, each taken for a genome of
its own: a gene in a short contig must not be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.tools.pieces import Hits, half_of, is_known, megabases
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.tiers import CANDIDATE, HIGH, LIKELY, TIERS, Cuts, Limits, rounded

PIECES = (2_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)  # nt
Loci = Sequence[tuple[str, int, int]]
Judged = Mapping[int, Curve]  # half of a genome → the curve that was fitted without it
BEFORE, AFTER = "by_score_alone", "beyond_chance"


def cuts_in(scan: Mapping[str, Any], halves: Sequence[int], curve: Curve, limits: Limits) -> Cuts:
    """The cuts of a genome, or a half of it, with all its hits."""
    scores = [hit["score"] for hit in _within(scan, halves)]
    return Cuts.of(scores, megabases(scan["contigs"], False, halves), curve, limits)


def _within(scan: Mapping[str, Any], halves: Sequence[int]) -> Hits:
    return [hit for hit in scan["hits"] if half_of(scan["contigs"], hit["contig"], hit["start"]) in halves]


def of_genome(scan: Mapping[str, Any], loci: Loci, judged: Judged) -> dict[str, Any]:
    """Hits of the tiers of a scan by default, known and other ones, by either rule."""
    size = sum(scan["contigs"].values())
    found: dict[str, Counter[str]] = {BEFORE: Counter(), AFTER: Counter()}
    for curve in dict.fromkeys(judged.values()):
        halves = [half for half, its in judged.items() if its is curve]
        hits = _within(scan, halves)
        searched = megabases(scan["contigs"], False, halves)
        for hit, tiers in zip(hits, _tiers(hits, searched, curve, Limits.of(size)), strict=True):
            kind = "known" if is_known(hit, loci) else "other"
            for rule, tier in zip(found, tiers, strict=True):
                found[rule][f"{tier}_{kind}"] += tier != CANDIDATE
    kinds = [f"{tier}_{kind}" for tier in (HIGH, LIKELY) for kind in ("known", "other")]
    return {rule: {kind: counts[kind] for kind in kinds} for rule, counts in found.items()}


def of_pieces(
    scans: Mapping[str, Any], loci: Mapping[str, Loci], judged: Mapping[str, Judged]
) -> list[dict[str, Any]]:
    """Known loci that a scan of a piece around them shows, and its other hits, by either rule.

    Args:
        scans: Genome → its contigs and hits.
        loci: Genome → its known loci.
        judged: Genome → the curves of its halves.
    """
    return [_of_size(size, scans, loci, judged) for size in PIECES]


def _of_size(
    size: int, scans: Mapping[str, Any], loci: Mapping[str, Loci], judged: Mapping[str, Judged]
) -> dict[str, Any]:
    pieces, found, other = 0, [0, 0], [0, 0]
    for name, scan in scans.items():
        for contig, start, end in loci[name]:
            first = min(max(0, (start + end - size) // 2), scan["contigs"][contig] - size)
            if first < 0:
                continue
            inside = [
                hit
                for hit in scan["hits"]
                if hit["contig"] == contig and first <= hit["start"] and hit["end"] <= first + size
            ]
            curve = judged[name][half_of(scan["contigs"], contig, start)]
            tiers = _tiers(inside, size / 1e6, curve, Limits.of(size))
            pieces += 1
            for rule in (0, 1):
                shown = [hit for hit, each in zip(inside, tiers, strict=True) if each[rule] != CANDIDATE]
                found[rule] += any(is_known(hit, [(contig, start, end)]) for hit in shown)
                other[rule] += sum(not is_known(hit, loci[name]) for hit in shown)
    by_rule = {"known_found": found, "other_hits": other}
    pairs = {name: dict(zip((BEFORE, AFTER), counts, strict=True)) for name, counts in by_rule.items()}
    return {"bases": size, "pieces": pieces, **pairs}


def _tiers(hits: Hits, searched: float, curve: Curve, limits: Limits) -> list[tuple[str, str]]:
    """The tier of each hit by the score alone, and what it is where chance brings as many."""
    cuts = Cuts.of([hit["score"] for hit in hits], searched, curve, limits)
    alone = [limits.tier(rounded(curve.at_least(hit["score"]))) for hit in hits]
    settled = [cuts.tier(hit["score"]) for hit in hits]
    return [(most, max(most, least, key=TIERS.index)) for most, least in zip(alone, settled, strict=True)]
