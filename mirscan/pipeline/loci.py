"""One hit a place: of overlapping calls on a strand the best, of its two strands the better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mirscan.genome.regions import same_locus
from mirscan.reads.measurement import NAME as READS
from mirscan.reads.measurement import mature_place
from mirscan.reads.signature import SLACK
from mirscan.records import Hit

FAMILIES = "families"  # the kind of evidence that names a family
OF_A_STRAND = frozenset({FAMILIES, READS})  # kinds that tell a strand from its image; see `one_of_each_place`
OWN_EVIDENCE = 3.0  # least bits of such a kind with which a strand stands for itself


def best_of_each_locus(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Keep the best-scoring hit of each locus and strand.

    Hits arrive contig by contig, on each in the order of their starts, and leave so. From the best down, a
    hit stays unless it overlaps one that stayed by half of the shorter, or lives on the same small RNA reads;
    ties go to the lower energy, then to the hit that comes first on its own strand, so that the mirrored
    genome gives the mirrored hits.
    """
    for cluster in _clusters(hits):
        yield from _best(cluster)


def in_front(hits: Iterable[Hit]) -> Iterator[tuple[Hit, bool]]:
    """Each hit, and whether no better one lies opposite to it.

    The other strand of a hairpin pairs nearly as well as the hairpin itself. Of two hits that share half of
    the shorter on opposite strands, the one that scores less is more likely the other's image than a gene.

    Args:
        hits: One a locus and strand, in the order of `best_of_each_locus`.
    """
    for cluster in _clusters(hits):
        for hit in cluster:
            yield (
                hit,
                not any(_opposite(hit, other) and strength(other) > strength(hit) for other in cluster),
            )


def one_of_each_place(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Of two hits on opposite strands of a place the better one, with the score of the other beside it.

    The best is chosen first, and a hit that gave way to a better one takes no place from others. Both stay
    where each has evidence of its own, a family or reads: true pairs of genes that overlap on opposite
    strands exist, in viruses above all. No other kind tells a gene from its image on the other strand. What
    stands near by or all over the genome is a matter of the place: in a cluster each image has neighbours,
    too. Of flanks, the paired stem below the cut is the hairpin's own and pairs on both strands, and UG and
    CNNC are so short that they stand beside many an image by chance; they weigh in the score that chooses
    the strand.

    Args:
        hits: One a locus and strand, in the order of `best_of_each_locus`.
    """
    for cluster in _clusters(hits):
        for hit in _one_of_each_place(cluster):
            score = max((other.score for other in cluster if _opposite(hit, other)), default=None)
            yield hit if score is None else hit.noted(other_strand=score)


def strength(hit: Hit) -> tuple[float, float]:
    """The score, and the bits of all evidence: they tell apart what the score rounds to 1 alike."""
    several = hit.evidence is not None and len(hit.evidence.terms) > 1
    return hit.score, hit.evidence.bits if hit.evidence and several else 0.0


def strongest(hits: Iterable[Hit]) -> Hit | None:
    """The hit that stays where all of them compete for one locus; None of none."""
    return min(hits, key=_rank, default=None)


def _preferred(hit: Hit) -> tuple[float, float, float, str, str]:
    """Sort key, the same for the mirrored genome: score, bits, energy, sequence; in palindromes strand."""
    score, bits = strength(hit)
    return -score, -bits, hit.hairpin.mfe, hit.hairpin.sequence, hit.hairpin.strand


def _one_of_each_place(cluster: Sequence[Hit]) -> list[Hit]:
    """Those of a cluster that keep their places, in genome order."""
    kept: list[Hit] = []
    for hit in sorted(cluster, key=_preferred):
        better = [other for other in kept if _opposite(hit, other)]
        pairs = (_stands_alone(hit) and _stands_alone(other) for other in better)
        if all(pairs) and not any(_is_image(hit, other) for other in better):
            kept.append(hit)
    return sorted(kept, key=genome_order)


def _stands_alone(hit: Hit) -> bool:
    """Whether something speaks for a hit that does not speak for its image on the other strand."""
    terms = hit.evidence.terms if hit.evidence else ()
    return any(term.bits >= OWN_EVIDENCE for term in terms if term.name in OF_A_STRAND)


def _is_image(hit: Hit, better: Hit) -> bool:
    """Whether a hit is of the family of a better one opposite to it, and clearly less like it.

    Where the arms of a family pair with hardly a mismatch, each looks like the other read backwards.
    """
    here, there = (each.evidence.term(FAMILIES) if each.evidence else None for each in (hit, better))
    if not here or not there or "family" not in here.numbers:
        return False
    same = here.numbers["family"] == there.numbers.get("family")
    return same and here.bits + OWN_EVIDENCE <= there.bits


def _opposite(hit: Hit, other: Hit) -> bool:
    return hit.hairpin.strand != other.hairpin.strand and _one_place(hit, other)


def _one_place(hit: Hit, other: Hit) -> bool:
    """Whether two hits of a contig lie at one place, on whatever strands."""
    a, b = hit.hairpin, other.hairpin
    return same_locus(a.start, a.end, b.start, b.end)


def _same_reads(hit: Hit, better: Hit) -> bool:
    """Whether the reads that speak for a hit are those of a better one on its strand."""
    term = hit.evidence.term(READS) if hit.evidence else None
    if term is None or term.bits <= 0:
        return False
    mature = mature_place(hit.hairpin, term.numbers)
    inside = better.hairpin.start - SLACK, better.hairpin.end + SLACK
    return mature is not None and inside[0] <= mature[0] and mature[1] <= inside[1]


def _clusters(hits: Iterable[Hit]) -> Iterator[list[Hit]]:
    """Hits in genome order, cut wherever no hit of either strand reaches across."""
    cluster: list[Hit] = []
    reach = 0
    for hit in hits:
        if cluster and (hit.hairpin.contig != cluster[0].hairpin.contig or hit.hairpin.start >= reach):
            yield cluster
            cluster, reach = [], 0
        cluster.append(hit)
        reach = max(reach, hit.hairpin.end)
    if cluster:
        yield cluster


def _best(cluster: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(cluster, key=_rank):
        rivals = [other for other in kept if other.hairpin.strand == hit.hairpin.strand]
        if not any(_one_place(hit, other) or _same_reads(hit, other) for other in rivals):
            kept.append(hit)
    return sorted(kept, key=genome_order)


def _rank(hit: Hit) -> tuple[float, float, float, int, int]:
    hairpin = hit.hairpin
    first = hairpin.start if hairpin.strand == "+" else -hairpin.end
    score, bits = strength(hit)
    return -score, -bits, hairpin.mfe, first, len(hairpin)


def genome_order(hit: Hit) -> tuple[int, int, str]:
    """Sort key on one contig: start, end, plus before minus."""
    return hit.hairpin.start, hit.hairpin.end, hit.hairpin.strand
