"""A spiked-in test: precursors of families never seen, in background never seen, and what a scan finds.

What is false is known here as nowhere else: every hit that is no planted precursor. `qvalues.py`
measures by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.known_loci import local_copy
from mirscan.alphabet import encode, on_strand, reverse_complement_codes
from mirscan.evidence.score import probability
from mirscan.genome.access import Genome
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.qvalues import DecoySample
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hairpin, Hit
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.scan import precursors as known
from mirscan.training.scan.data import known_loci
from mirscan.training.scan.settings import TEST_FOLD

SPACING = 3_000  # nt between two planted precursors
LOWEST = 0.01  # lowest score of a hit that is taken
MOST = 3  # precursors of a family
PLANTED, ANTISENSE, BACKGROUND = "planted", "antisense", "background"


@dataclass(frozen=True)
class Host:
    """Background to plant in, which lent nothing to the training.

    Attributes:
        genome: Folder of the genome.
        contig: Which of its contigs.
        start: First base.
        end: One past the last base.
        plants: Whether plants' precursors are planted, or animals'.
    """

    genome: str
    contig: str
    start: int
    end: int
    plants: bool


HOSTS = {
    "animals_in_human": Host("hsa_chr20_0-7.39M", "20", 3_000_000, 3_750_000, False),
    "plants_in_yeast": Host("sce_R64", "IV", 0, 500_000, True),
}


@dataclass(frozen=True)
class Spiked:
    """A finished scan of a spiked genome.

    Attributes:
        planted: Start, end and strand of each planted precursor.
        hits: One a locus, with its q-value.
        calls: Everything that scored, overlapping ones included.
        kinds: Of each hit, and of each call: planted, antisense to one, or background.
        candidates: What the sieve found.
        precursors: How many of these are planted precursors.
        megabases: Searched.
        samples: What the decoys of each chunk gave.
    """

    planted: list[tuple[int, int, str]]
    hits: list[Hit]
    calls: list[Hit]
    kinds: tuple[list[str], list[str]]
    candidates: int
    precursors: int
    megabases: float
    samples: list[DecoySample]


def unseen(folder: Path, plants: bool, seed: int) -> list[str]:
    """Precursors of the test families in random order, RNA letters."""
    precursors = known.read_precursors(folder)
    families = known.merged_families(precursors)
    rows = [
        row
        for row, (precursor, family) in enumerate(zip(precursors, families, strict=True))
        if precursor.plant == plants and known.fold_of(family) == TEST_FOLD
    ]
    random = np.random.default_rng(seed)
    drawn = known.balanced([families[row] for row in rows], MOST, random)
    return [precursors[rows[row]].sequence for row in random.permutation(drawn).tolist()]


def background(genomes: Path, host: Host, scratch: Path) -> str:
    """The bases of a host without its known loci."""
    folder = genomes / host.genome
    path = local_copy(folder, scratch / f"{host.genome}.fa")
    with Genome.open(str(path)) as genome:
        bases = genome.fetch(host.contig, host.start, min(host.end, genome.length(host.contig)))
    for start, end, _ in sorted(known_loci(folder).get(host.contig, []), reverse=True):
        if host.start <= start and end <= host.end:
            bases = bases[: start - host.start] + bases[end - host.start :]
    return bases


def spike(bases: str, precursors: Sequence[str], seed: int) -> tuple[str, list[tuple[int, int, str]]]:
    """Insert a precursor every so many bases, on either strand; their places."""
    random = np.random.default_rng(seed)
    pieces, places, length = [], [], 0
    for number, first in enumerate(range(0, len(bases) - SPACING, SPACING)):
        if number == len(precursors):
            pieces.append(bases[first:])
            break
        letters = precursors[number]
        strand = "+-"[int(random.integers(2))]
        at = first + SPACING // 2 + int(random.integers(-SPACING // 4, SPACING // 4))
        inserted = on_strand(letters, strand)
        pieces += [bases[first:at], inserted, bases[at : first + SPACING]]
        start = length + at - first
        places.append((start, start + len(letters), strand))
        length += SPACING + len(letters)
    return "".join(pieces), places


def kind_of(hit: Hit, planted: Sequence[tuple[int, int, str]], starts: np.ndarray) -> str:
    """What a hit is: half of the shorter must overlap, as everywhere."""
    hairpin = hit.hairpin
    at = int(np.searchsorted(starts, hairpin.start))
    near = planted[max(0, at - 1) : at + 2]
    shared = [
        strand
        for start, end, strand in near
        if min(end, hairpin.end) - max(start, hairpin.start) >= 0.5 * min(end - start, len(hairpin))
    ]
    return BACKGROUND if not shared else PLANTED if hairpin.strand in shared else ANTISENSE


def sieved(bases: str, planted: Sequence[tuple[int, int, str]], starts: np.ndarray) -> int:
    """The candidates of the sieve that are planted precursors."""
    forward = encode(bases)
    count = 0
    for strand in "+-":
        found = candidates(forward if strand == "+" else reverse_complement_codes(forward), SieveSettings())
        for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
            first = start if strand == "+" else len(bases) - end
            place = Hit.of(
                Hairpin("spiked", first, first + end - start, strand, "N" * (end - start), "", 0.0), 0.0
            )
            count += kind_of(place, planted, starts) == PLANTED
    return count


def scan(host: Host, data: Path, scratch: Path, model: str, decoys: float, seed: int, workers: int) -> Spiked:
    """Spike a host and scan it."""
    precursors = unseen(data / "scan", host.plants, seed)
    bases, planted = spike(background(data / "genomes", host, scratch), precursors, seed)
    path = scratch / "spiked.fa"
    path.write_text(f">spiked\n{bases}\n")
    scorer = Scorer(model, "cpu")
    options = ScanOptions(search_for("default", scorer, LOWEST), LOWEST, decoys=decoys)
    with Genome.open(str(path)) as genome:
        run = Scan(genome, scorer, options, workers=workers)
        with closing(Journal.new(run.header())) as journal:
            run.search(journal)
            finish = run.finish(journal)
            hits = list(finish.hits())
            samples = finish.samples()
            calls = [
                Hit.of(call.hairpin, probability(call.log_odds), repeated=call.repeated)
                for chunk in journal.chunks()
                for call in chunk.calls
            ]
    starts = np.array([start for start, _, _ in planted])
    kinds = tuple([kind_of(hit, planted, starts) for hit in places] for places in (hits, calls))
    return Spiked(
        planted,
        hits,
        calls,
        (kinds[0], kinds[1]),
        run.funnel.candidates,
        sieved(bases, planted, starts),
        len(bases) / 1e6,
        samples,
    )
