"""Hairpins with their flanks, as a scan meets them: genes in their real flanks, and a genome's background.

A gene is planted with the 30 to 50 nt of genome that its table gives on either side. Both of its strands are
searched: the hairpin of the other strand tells what a wrong strand looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mirscan.evidence.kind import FLANK
from mirscan.flanks.beside import beside
from mirscan.flanks.cuts import Cuts, cuts_of
from mirscan.genome.access import Genome
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Hairpin, Hit, Window
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan.data import genome_file, known_loci, known_stretches, megabases
from mirscan.training.scan.precursors import Precursor, fold_of
from mirscan.training.scan.settings import MARGIN
from mirscan.training.tree.genome_material import FLANKED, chosen

LOWEST = 0.002  # lowest score by the network of a hairpin to look at: flanks lift nothing lower far enough
SHARED = 0.5  # of a gene that a hairpin must hold to count as found
AT_ONCE = 64  # genes searched together
# species of nematodes in the table of flanks: neither motif is theirs
NEMATODES = frozenset({"bma", "cbr", "cel", "crm", "hpo", "ppc", "prd", "str"})

Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A hairpin, what the network says of it, and the cuts that it may have.

    Attributes:
        hairpin: The hairpin.
        log_odds: Natural log-odds by the network.
        cuts: See `cuts_of`.
    """

    hairpin: Hairpin
    log_odds: float
    cuts: Cuts | None


@dataclass(frozen=True, slots=True)
class Gene:
    """A planted gene.

    Attributes:
        name: As its table has it.
        family: Its family, relatives joined.
        fold: The fold of its family, 0..4.
        right: The best hairpin of its strand; None where there is none.
        wrong: The best of the other strand.
        ends: First base and end of the precursor, in the coordinates of the hairpins.
    """

    name: str
    family: str
    fold: int
    right: Seen | None
    wrong: Seen | None
    ends: tuple[int, int]

    @property
    def nematode(self) -> bool:
        """Whether it is of a nematode."""
        return self.name.split("-")[0] in NEMATODES

    @property
    def curated(self) -> bool:
        """Whether MirGeneDB has it."""
        return self.name.endswith("_pri")


@dataclass(frozen=True, slots=True)
class Background:
    """The hairpins of a genome away from its known loci.

    Attributes:
        name: Of the genome.
        megabases: Its known bases, Mb.
        hairpins: In genome order, overlapping ones included.
    """

    name: str
    megabases: float
    hairpins: Sequence[Seen]

    def listed(self, log_odds: NDArray[np.float64]) -> NDArray[np.int64]:
        """The rows that a scan would list, one of each place, int64 (m,).

        Args:
            log_odds: Natural log-odds of each hairpin, (n,).
        """
        hits = [
            Hit(str(row), seen.hairpin, float(expit(each)))
            for row, (seen, each) in enumerate(zip(self.hairpins, log_odds.tolist(), strict=True))
        ]
        return np.array([int(hit.name) for hit in one_of_each_place(best_of_each_locus(hits))], np.int64)


def genes_of(folder: Path, hosts: Sequence[str], scorer: Scorer, search: Search, stage: Stage) -> list[Gene]:
    """Plant every animal gene with real flanks, once each, and search both of its strands.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        hosts: Genomes in whose stretches without known loci they are planted.
        scorer: The network, which has not seen the folds that measure.
        search: The sieve and prefilters of a scan.
        stage: Shows how far it is.
    """
    rows, families = chosen(folder)
    kept = [at for at, row in enumerate(rows) if row.source in FLANKED]
    grounds = [known_stretches(folder / "genomes" / host) for host in hosts]
    random = np.random.default_rng(0)
    watch = stage("planting genes", len(kept))
    found: list[Gene] = []
    for first in range(0, len(kept), AT_ONCE):
        lot = kept[first : first + AT_ONCE]
        hosts_of = [_planted(rows[at], grounds, search.margin, random) for at in lot]
        found += _searched([rows[at] for at in lot], [families[at] for at in lot], hosts_of, scorer, search)
        watch(len(lot))
    return found


def _planted(row: Precursor, grounds: Sequence[str], reach: int, random: np.random.Generator) -> str:
    ground = grounds[int(random.integers(len(grounds)))]
    place = int(random.integers(len(ground) - 2 * reach - len(row.sequence)))
    host = ground[place : place + 2 * reach + len(row.sequence)]
    return host[:reach] + row.sequence + host[reach + len(row.sequence) :]


def _searched(
    rows: Sequence[Precursor], families: Sequence[str], hosts: Sequence[str], scorer: Scorer, search: Search
) -> Iterator[Gene]:
    stretches = [Stretch(Window(str(at), 0, len(host), 0, len(host)), host) for at, host in enumerate(hosts)]
    hairpins = search(stretches).hairpins
    best: dict[tuple[int, str], tuple[float, Hairpin]] = {}
    for hairpin, log_odds in zip(hairpins, scorer.log_odds(hairpins).tolist(), strict=True):
        at = int(hairpin.contig)
        start, end = (search.margin + each for each in (rows[at].start, rows[at].end))
        shared = min(hairpin.end, end) - max(hairpin.start, start)
        if shared >= SHARED * (end - start) and log_odds > best.get((at, hairpin.strand), (-np.inf,))[0]:
            best[at, hairpin.strand] = log_odds, hairpin
    for at, (row, family, host) in enumerate(zip(rows, families, hosts, strict=True)):
        right, wrong = (_seen(best.get((at, strand)), host) for strand in "+-")
        ends = search.margin + row.start, search.margin + row.end
        yield Gene(row.name, family, fold_of(family), right, wrong, ends)


def _seen(found: tuple[float, Hairpin] | None, bases: str, offset: int = 0) -> Seen | None:
    """A scored hairpin with its cuts, from the plus strand around it that begins at `offset`."""
    if found is None:
        return None
    log_odds, hairpin = found
    flanks = beside(bases, hairpin.start - offset, hairpin.end - offset, hairpin.strand, FLANK)
    return Seen(hairpin, log_odds, cuts_of(hairpin, flanks))


def background_of(folder: Path, scorer: Scorer, search: Search, stage: Stage) -> Background:
    """The background of a genome.

    Args:
        folder: The genome's.
        scorer: The network.
        search: The sieve and prefilters of a scan.
        stage: Shows how far it is.
    """
    stage(f"scanning {folder.name}", 0)
    loci = known_loci(folder)
    options = ScanOptions(search=search, min_score=LOWEST, decoys=0, evidence=("hairpin",))
    with Genome.open(str(genome_file(folder))) as genome:
        kept = [hit for hit in Scan(genome, scorer, options).calls() if not _known(hit.hairpin, loci)]
        seen = [_in_genome(hit.hairpin, hit.score, genome) for hit in kept]
    return Background(folder.name, megabases(folder), seen)


def _in_genome(hairpin: Hairpin, score: float, genome: Genome) -> Seen:
    first = max(hairpin.start - FLANK, 0)
    bases = genome.fetch(hairpin.contig, first, min(hairpin.end + FLANK, genome.length(hairpin.contig)))
    found = _seen((float(np.log(score / (1 - score))), hairpin), bases, first)
    assert found is not None
    return found


def _known(hairpin: Hairpin, loci: dict[str, list[tuple[int, int, str]]]) -> bool:
    near = loci.get(hairpin.contig, ())
    return any(hairpin.start < end + MARGIN and hairpin.end > start - MARGIN for start, end, _ in near)


def log_odds_of(seen: Sequence[Seen]) -> NDArray[np.float64]:
    """What the network says of hairpins, (n,)."""
    return np.array([each.log_odds for each in seen], np.float64)
