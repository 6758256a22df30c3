"""Repeats and neighbours: what they bring in genomes with clusters, and what they cost in those without.

    python -m benchmarks.accuracy.neighbours

Each genome is searched once, by networks that saw neither it nor its families, and weighed by hairpin,
families and flanks alone, with repeats, with neighbours, and with both. From the false hits of human, whose
pieces hold hardly a cluster, come the scores at which .1, 1 and 10 a Mb are left; at these are counted the
known loci of two herpesviruses and of a cluster of worm, and the false hits of all genomes. The constants of
neighbours were chosen with EBV, HSV-1, VZV and the human pieces at hand; worm, yeast and E. coli had no say.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.accuracy.false_hits import GENOMES as COUNTED
from benchmarks.accuracy.families import CAENORHABDITIS
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.evidence.kind import Setup
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.weighing import Evidence
from mirscan.families import store
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.families.examples import near_known
from mirscan.training.scan import data

MODEL = "scan-held-out"
GENOMES = {**COUNTED, "cel_mir35_cluster": "nematode"}  # and the clade that each is taken for
HUMAN = ("hsa_chr20_0-7.39M", "hsa_compara_1.7Mb", "ptr_compara_1.3Mb")
CLUSTERED = ("ebv", "hsv1", "cel_mir35_cluster")
EMPTY = ("vzv", "sce_R64", "eco_K12")
BEFORE = "hairpin,families,flanks"
ALL = f"{BEFORE},repeats,neighbours"
KINDS = (BEFORE, f"{BEFORE},repeats", f"{BEFORE},neighbours", ALL)
RATES = (0.1, 1.0, 10.0)  # false hits a Mb of human
LOWEST = 0.05
Loci = dict[str, list[tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class Counted:
    """The hits of a genome by some kinds of evidence.

    Attributes:
        megabases: Known bases, Mb.
        false: Scores of those away from known loci.
        known: Score of the best hit of each known locus on its strand; 0 for none.
    """

    megabases: float
    false: Sequence[float]
    known: Sequence[float]


def searched(folder: Path, scorer: Scorer, choices: Mapping[str, Any]) -> dict[str, Counted]:
    """A genome, weighed in each way."""
    search = search_for("default", scorer, LOWEST)
    asked = ScanOptions(
        search=search, min_score=LOWEST, evidence=tuple(ALL.split(",")), evidence_choices=choices, decoys=0
    )
    loci = data.known_loci(folder)
    found = {}
    with Genome.open(str(data.genome_file(folder))) as genome:
        scan = Scan(genome, scorer, asked)
        with closing(Journal.new(scan.header())) as journal:
            scan.search(journal)
            for kinds in KINDS:
                loaded = load_kinds(kinds.split(","), Setup(scorer.prior), choices)
                weighed = replace(scan.finish(journal), evidence=Evidence(loaded, scorer.prior))
                found[kinds] = counted(list(weighed.hits()), loci, data.megabases(folder))
    return found


def counted(hits: Sequence[Hit], loci: Loci, megabases: float) -> Counted:
    """The hits on and off known loci."""
    false = [hit.score for hit in hits if not near_known(hit.hairpin, loci)]
    known = [
        max((hit.score for hit in hits if on(hit, contig, *place)), default=0.0)
        for contig, places in loci.items()
        for place in places
    ]
    return Counted(megabases, sorted(false, reverse=True), known)


def on(hit: Hit, contig: str, start: int, end: int, strand: str) -> bool:
    """Whether a hit lies on a locus and its strand."""
    here = hit.hairpin
    return (here.contig, here.strand) == (contig, strand) and same_locus(start, end, here.start, here.end)


def threshold(human: Sequence[Counted], rate: float) -> float:
    """The score above which no more false hits a Mb of human are left than a rate."""
    scores = sorted((score for each in human for score in each.false), reverse=True)
    allowed = int(rate * sum(each.megabases for each in human))
    return scores[allowed] if allowed < len(scores) else LOWEST


def row(each: Counted, cuts: Sequence[float]) -> dict[str, Any]:
    """What is found and what is false above each threshold."""
    rates = [f"{rate:g}" for rate in RATES]
    found: dict[str, Any] = {
        "false": dict(zip(rates, (sum(s > cut for s in each.false) for cut in cuts), strict=True))
    }
    if each.known:
        found["loci"] = len(each.known)
        found["found"] = dict(zip(rates, (sum(s > cut for s in each.known) for cut in cuts), strict=True))
    return {"megabases": round(each.megabases, 3), **found}


def main() -> None:
    """Search, weigh, count and write."""
    parser = parser_for(__doc__, "neighbours.json", "genomes")
    given = parser.parse_args()
    scorer, shipped = Scorer(MODEL, "cpu"), store.load()
    kept = [at for at, code in enumerate(shipped.precursors.species) if code not in CAENORHABDITIS]
    with tempfile.TemporaryDirectory() as scratch:
        store.save(Path(scratch), shipped.precursors.take(kept), shipped.scattered, shipped.card)
        genomes = {}
        for name in (*CLUSTERED, *HUMAN, *EMPTY):
            index = scratch if name.startswith("cel") else store.SHIPPED
            choices = {"families": index, "flanks": (GENOMES[name],)}
            genomes[name] = searched(given.data / name, scorer, choices)
            print(name, flush=True)
    content: dict[str, Any] = made_with(scorer) | {"families_sha256": shipped.card.sha256, "evidence": {}}
    for kinds in KINDS:
        cuts = [threshold([genomes[name][kinds] for name in HUMAN], rate) for rate in RATES]
        content["evidence"][kinds] = {
            "score_at_false_per_mb_of_human": dict(zip((f"{rate:g}" for rate in RATES), cuts, strict=True)),
            "genomes": {name: row(found[kinds], cuts) for name, found in genomes.items()},
        }
    write(given.json, content)


if __name__ == "__main__":
    main()
