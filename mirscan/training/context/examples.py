"""Real genomes, with clusters of genes and without: their calls, and what stands around each.

Known loci are those of miRBase; of the rest a call is false. Where the network learnt from a genome's
background, false calls count only in the stretches that it did not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from mirscan.evidence.context import shipped_context
from mirscan.evidence.kind import Kind, Setup, Weighed
from mirscan.evidence.neighbours import NeighbourEvidence, neighbours
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.repeats import RepeatEvidence
from mirscan.evidence.score import HAIRPIN, Term
from mirscan.evidence.weighing import Evidence
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import DEFAULT, search_for
from mirscan.records import Call, Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.families.examples import near_known
from mirscan.training.scan import data
from mirscan.training.scan.settings import STRETCH

LOWEST = 0.1  # lowest score, with all evidence, of a call that is kept
BY_ITSELF = (HAIRPIN, "families", "flanks")  # the kinds that look at nothing but the hairpin and its ends
EVERY = 5  # of the stretches of a genome that the network learnt from, one in so many is unseen
AROUND = "around"

Stage = Callable[[str, int], Callable[[int], object]]
Loci = Mapping[str, Sequence[tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A genome that was searched.

    Attributes:
        name: Of the genome.
        clades: What it is taken for; see `pipeline/clades.py`.
        learnt: Whether the network saw four fifths of its background.
        megabases: Its known bases, Mb.
        calls: In genome order, overlapping ones included.
        loci: Contig → start, end and strand of its known precursors.
        prior: The share of precursors among candidates, at which scores are probabilities.
    """

    name: str
    clades: tuple[str, ...]
    learnt: bool
    megabases: float
    calls: Sequence[Call]
    loci: Loci
    prior: float

    @property
    def unseen(self) -> float:
        """Bases whose false calls count, Mb."""
        return self.megabases / (EVERY if self.learnt else 1)

    def hits(self, *further: Kind) -> Iterator[Hit]:
        """All calls by what each says by itself and by further kinds, overlapping ones included."""
        choices = {"flanks": self.clades}
        return Evidence([*load_kinds(BY_ITSELF, Setup(self.prior), choices), *further], self.prior).hits(
            self.calls
        )

    def false(self, hit: Hit) -> bool:
        """Whether a hit is no gene, and the network saw nothing of the place."""
        unseen = not self.learnt or hit.hairpin.start // STRETCH % EVERY == 0
        return unseen and not near_known(hit.hairpin, self.loci)


@dataclass(frozen=True, slots=True)
class Around:
    """A gene or false hit with what stands around it.

    Attributes:
        log_odds: Natural log-odds by what it says itself, repeats included.
        distances: Bases to each of its k neighbours.
        others: Natural log-odds of each.
        rivals: Calls as sure as each within reach on the other strand.
    """

    log_odds: float
    distances: Sequence[int]
    others: Sequence[float]
    rivals: Sequence[int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The genes and false hits of a genome.

    Attributes:
        name: Of the genome.
        genes: Known loci that were called, the best call of each.
        missed: Known loci that were not.
        false: One a place.
        unseen: Bases in which false hits count, Mb.
        gaps: Bases between each two known loci of a strand that lie within reach.
    """

    name: str
    genes: Sequence[Around]
    missed: int
    false: Sequence[Around]
    unseen: float
    gaps: Sequence[int]


class Surroundings(Kind):
    """Weighs nothing, but notes the neighbours of each call."""

    name: ClassVar[str] = AROUND
    description: ClassVar[str] = "neighbours as they are"
    reach = NeighbourEvidence.reach

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        """No bits; the neighbours among the numbers."""
        return Term(self.name, 0.0, "", {AROUND: neighbours(call.hairpin, near)})


def scanned(folder: Path, clades: Sequence[str], learnt: bool, scorer: Scorer) -> Scanned:
    """Search a genome from a low score on, with all evidence."""
    choices = {"flanks": tuple(clades)}
    search = search_for(DEFAULT, scorer, LOWEST)
    options = ScanOptions(
        search=replace(search, sieve=Clade(tuple(clades)).sieve(search.sieve)),
        min_score=LOWEST,
        evidence=(*BY_ITSELF, RepeatEvidence.name, NeighbourEvidence.name),
        evidence_choices=choices,
        decoys=0,
    )
    with Genome.open(str(data.genome_file(folder))) as genome:
        calls = [call for chunk in Scan(genome, scorer, options).chunks() for call in chunk.calls]
    loci = data.known_loci(folder)
    return Scanned(folder.name, tuple(clades), learnt, data.megabases(folder), calls, loci, scorer.prior)


def labelled(genome: Scanned, repeated: float) -> Labelled:
    """What is true and false in a genome.

    Args:
        genome: The genome.
        repeated: Bits against what the genome repeats.
    """
    weights = replace(shipped_context(), repeated=repeated)
    hits = [*genome.hits(RepeatEvidence(Setup(choice=weights)), Surroundings(Setup()))]
    places = [
        (contig, start, end, strand) for contig, loci in genome.loci.items() for start, end, strand in loci
    ]
    best = [best_at(hits, *place) for place in places]
    listed = one_of_each_place(best_of_each_locus(hits))
    return Labelled(
        genome.name,
        [_around(hit) for hit in best if hit is not None],
        sum(hit is None for hit in best),
        [_around(hit) for hit in listed if genome.false(hit)],
        genome.unseen,
        [*_gaps(places)],
    )


def best_at(hits: Sequence[Hit], contig: str, start: int, end: int, strand: str) -> Hit | None:
    """The hit at a place that has most evidence; None where there is none."""
    here = [
        hit
        for hit in hits
        if (hit.hairpin.contig, hit.hairpin.strand) == (contig, strand)
        and same_locus(start, end, hit.hairpin.start, hit.hairpin.end)
    ]
    return max(here, key=lambda hit: hit.evidence.total if hit.evidence else 0.0, default=None)


def _around(hit: Hit) -> Around:
    term = hit.evidence.term(AROUND) if hit.evidence else None
    assert hit.evidence
    assert term
    found = term.numbers[AROUND]
    return Around(
        hit.evidence.total,
        [each.distance for each in found],
        [each.log_odds for each in found],
        [each.rivals for each in found],
    )


def _gaps(places: Sequence[tuple[str, int, int, str]]) -> Iterator[int]:
    for row, (contig, start, end, strand) in enumerate(places):
        for other in places[row + 1 :]:
            between = max(other[1] - end, start - other[2])
            if (other[0], other[3]) == (contig, strand) and between >= 0:
                yield between
