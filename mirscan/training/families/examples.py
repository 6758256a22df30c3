"""What the weights are fitted on: genes of species that the index does not know, and matches in background.

Genes are planted in background, searched with an index without their clade. Matches in background lie away
from known loci. Both are folded and scored as in a scan, by a network that saw neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes, decode, encode, reverse_complement_codes
from mirscan.families.bits import Weights, inputs, surprise, worth
from mirscan.families.hairpins import around
from mirscan.families.index import FamilyIndex, Precursors
from mirscan.families.naming import best_match
from mirscan.families.packing import ARM
from mirscan.families.search import ANYWHERE, matches
from mirscan.folding.quickfold import folds
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.scan import data
from mirscan.training.scan.settings import MARGIN

FLANK = 600  # nt of background on both sides of a planted gene
SHARED = 0.6  # of a gene that a hairpin holds, to be one of its
TWICE = 2.0  # real sequence matches arms by chance so much more often than random sequence
FEW = 3  # places that make no family scattered, whatever chance expects

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """Hairpins with a match, one a gene or place.

    Attributes:
        inputs: (n, inputs), of the match that weighs most.
        log_odds: (n,), by the network.
        families: Name of each one's family.
        origin: Which gene it is of, by number; of background 0, 1, ….
        total: Genes searched for, found or not; of background Mb searched.
    """

    inputs: Floats
    log_odds: Floats
    families: Sequence[str]
    origin: NDArray[np.int64]
    total: float


def background(folder: Path, index: FamilyIndex, weights: Weights, scorer: Scorer) -> Seen:
    """The matches of a genome away from its known loci, the best of each place."""
    hairpins = places(folder, index)
    seen = _seen(hairpins, index, weights, scorer)
    here = [hairpins[row] for row in seen.origin.tolist()]
    kept = best_of_each_place(here, weights.natural(seen.inputs) + seen.log_odds)
    families = [seen.families[row] for row in kept]
    total = data.megabases(folder)
    return Seen(seen.inputs[kept], seen.log_odds[kept], families, np.arange(len(kept)), total)


def places(folder: Path, index: FamilyIndex) -> list[Hairpin]:
    """The hairpins around the matches of a genome, away from its known loci."""
    loci = data.known_loci(folder)
    found = []
    for contig, strand, codes in strands(folder):
        for start, end in _spans(codes, index):
            hairpin = _folded(codes, start, end, contig)
            if strand == "-":
                on_plus = len(codes) - end, len(codes) - start
                hairpin = replace(hairpin, start=on_plus[0], end=on_plus[1], strand=strand)
            found.append(hairpin)
    return [hairpin for hairpin in found if not near_known(hairpin, loci)]


def near_known(hairpin: Hairpin, loci: Mapping[str, Sequence[tuple[int, int, str]]]) -> bool:
    """Whether a hairpin lies at a known locus of its genome, or beside it."""
    here = loci.get(hairpin.contig, ())
    return any(hairpin.start < end + MARGIN and hairpin.end > start - MARGIN for start, end, _ in here)


def genes(sequences: Sequence[str], host: str, index: FamilyIndex, weights: Weights, scorer: Scorer) -> Seen:
    """Genes planted in background, the best hairpin of each that matches.

    Args:
        sequences: RNA letters of the precursors, from the first base of the 5′ arm to the last of the 3′ arm.
        host: Background of known bases, without known loci.
        index: That does not know them.
        weights: What says which match of a gene is its best.
        scorer: The network.
    """
    hairpins, owner = planted(sequences, host, index)
    seen = _seen(hairpins, index, weights, scorer)
    best: dict[int, tuple[float, int]] = {}
    totals = weights.natural(seen.inputs) + seen.log_odds
    for row, (hairpin, total) in enumerate(zip(seen.origin.tolist(), totals.tolist(), strict=True)):
        best[owner[hairpin]] = max(best.get(owner[hairpin], (-np.inf, -1)), (total, row))
    rows = [row for _, row in best.values()]
    families = [seen.families[row] for row in rows]
    return Seen(seen.inputs[rows], seen.log_odds[rows], families, np.array([*best]), len(sequences))


def planted(
    sequences: Sequence[str], host: str, index: FamilyIndex, seed: int = 1
) -> tuple[list[Hairpin], list[int]]:
    """Every hairpin of genes planted in background, and the number of the gene of each.

    They are those that the sieve finds and those around matches.
    """
    random = np.random.default_rng(seed)
    hairpins, owner = [], []
    for number, sequence in enumerate(sequences):
        at = int(random.integers(len(host) - 2 * FLANK))
        codes = encode(host[at : at + FLANK] + sequence + host[at + FLANK : at + 2 * FLANK])
        for start, end in sorted({*_spans(codes, index), *_sieved(codes)}):
            shared = min(end, FLANK + len(sequence)) - max(start, FLANK)
            if shared >= SHARED * len(sequence):
                hairpins.append(_folded(codes, start, end, "planted"))
                owner.append(number)
    return hairpins, owner


def scattered(folders: Sequence[Path], precursors: Precursors) -> dict[str, float]:
    """Bits by which families match background more often than chance: transposons, simple sequence.

    Args:
        folders: Genomes, whose known loci are left out.
        precursors: The families.

    Returns:
        Name of a family → log2 of places found to places expected; those above 0 only.
    """
    index = FamilyIndex.of_precursors(precursors)
    counts: Counter[str] = Counter()
    bases = 0.0
    for folder in folders:
        counts.update(_places(folder, index))
        bases += 2e6 * data.megabases(folder)
    arms = Counter(index.family.tolist())
    chance = TWICE * bases * 2.0 ** -surprise(ANYWHERE, ARM)
    bits = {
        name: log2((counts[name] + FEW) / (chance * arms[number] + FEW))
        for number, name in enumerate(index.names)
    }
    return {name: round(value, 2) for name, value in bits.items() if value > 0}


def strands(folder: Path) -> Iterator[tuple[str, str, Codes]]:
    """Contig, strand and codes of each strand of a genome."""
    with Genome.open(str(data.genome_file(folder))) as genome:
        for contig in genome.contigs:
            codes = encode(genome.fetch(contig.name, 0, contig.length))
            yield contig.name, "+", codes
            yield contig.name, "-", reverse_complement_codes(codes)


def _places(folder: Path, index: FamilyIndex) -> Counter[str]:
    """How many places of a genome, an arm's length each, match each family away from its known loci."""
    loci, counts = data.known_loci(folder), Counter[str]()
    for contig, strand, codes in strands(folder):
        found = matches(codes, index)
        found = found.take(found.mismatches <= ANYWHERE)
        first = found.at if strand == "+" else len(codes) - found.at - ARM
        fine = np.ones(len(found), dtype=np.bool_)
        for start, end, _ in loci.get(contig, []):
            fine &= (first >= end + MARGIN) | (first + ARM <= start - MARGIN)
        places = {
            (place, family)
            for place, family in zip(
                (first[fine] // ARM).tolist(), index.family[found.arm[fine]].tolist(), strict=True
            )
        }
        counts.update(index.names[family] for _, family in places)
    return counts


def _spans(codes: Codes, index: FamilyIndex) -> list[tuple[int, int]]:
    found = matches(codes, index)
    start, end = around(codes, found.take(worth(found)), index)
    return list(zip(start.tolist(), end.tolist(), strict=True))


def _sieved(codes: Codes) -> list[tuple[int, int]]:
    found = candidates(codes, SieveSettings())
    return list(zip(found.start.tolist(), found.end.tolist(), strict=True))


def _folded(codes: Codes, start: int, end: int, contig: str) -> Hairpin:
    quick = folds(codes, np.array([start]), np.array([end]))
    letters = decode(codes[start:end])
    return Hairpin(contig, start, end, "+", letters, quick.structure(0), int(quick.energy[0]) / 100)


def _seen(hairpins: Sequence[Hairpin], index: FamilyIndex, weights: Weights, scorer: Scorer) -> Seen:
    """Those of some hairpins that match; `origin` is their row."""
    rows, values, families = [], [], []
    for row, hairpin in enumerate(hairpins):
        found = best_match(hairpin.sequence, hairpin.structure, index, weights)
        if found is not None:
            rows.append(row)
            values.append(inputs(found, index)[0])
            families.append(index.names[index.family[found.arm[0]]])
    scores = scorer.scores([hairpins[row] for row in rows])
    return Seen(np.array(values), log_odds(scores), families, np.array(rows, dtype=np.int64), len(hairpins))


def log_odds(scores: Floats) -> Floats:
    """Natural log-odds of scores, 0..1."""
    inside = np.clip(scores, 1e-7, 1 - 1e-7)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def best_of_each_place(hairpins: Sequence[Hairpin], totals: Floats) -> list[int]:
    """The rows of the best of each place, best first, of hairpins that share half of the shorter."""
    kept: list[int] = []
    for row in np.argsort(-totals, kind="stable").tolist():
        if not any(_same(hairpins[row], hairpins[other]) for other in kept):
            kept.append(row)
    return kept


def _same(one: Hairpin, other: Hairpin) -> bool:
    if (one.contig, one.strand) != (other.contig, other.strand):
        return False
    return same_locus(one.start, one.end, other.start, other.end)
