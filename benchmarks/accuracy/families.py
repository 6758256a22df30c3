"""Known families: recall by species, loci of real genomes, false hits a megabase, and the threshold of a hit.

    python -m benchmarks.accuracy.families [--part by_species] [--part known_loci] [--part false_hits]

`by_species` is `mirscan evaluate families`. `known_loci` scans real genomes with an index that lacks the
species and its genus: what MirGeneDB accepts there, whether the index then holds the family at all, and what
is found at the lowest score below. `false_hits` counts hits away from known loci by the networks that tests
are held against, from each score on: at the lowest that leaves so many a megabase in human, and at the
score that a scan takes by default for the clade that it guesses (`--clade auto`), were the piece part of a
whole genome. Genomes on whose background these networks or the weights of families were fitted are marked.
Each part says what it was made with; those that are not asked for stay as the file has them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import decode
from mirscan.evidence.kind import Setup
from mirscan.evidence.neighbours import NeighbourEvidence
from mirscan.evidence.registry import DEFAULT
from mirscan.evidence.repeats import RepeatEvidence
from mirscan.families import store
from mirscan.families.packing import pack, windows
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region, same_locus
from mirscan.pipeline.clades import clade_of
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.pipeline.start import curve_of, lowest_score
from mirscan.pipeline.tiers import LIKELY, Cuts, Limits
from mirscan.records import Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.context import examples as context
from mirscan.training.families.evaluation import evaluate
from mirscan.training.families.examples import strands
from mirscan.training.families.train import BACKGROUND, genes_of
from mirscan.training.scan import data

PARTS = ("by_species", "false_hits", "known_loci")
MODEL, EVIDENCE = "scan-held-out", DEFAULT
DROSOPHILA, CAENORHABDITIS = ("dme", "dsi", "dya", "dan", "dmo"), ("cel", "cbr")
# genome: the species whose genes may lie there, and the species that the index lacks
REAL = {
    "hsa_chr1_0-3M": ("hsa", ("hsa",)),
    "hsa_chr20_0-7.39M": ("hsa", ("hsa",)),
    "hsa_chr22_470kb": ("hsa", ("hsa",)),
    "hsa_compara_1.7Mb": ("hsa", ("hsa",)),
    "ptr_compara_1.3Mb": ("hsa", ("hsa",)),
    "cel_mir35_cluster": ("cel", CAENORHABDITIS),
    "cel_chrI_1Mb": ("cel", CAENORHABDITIS),
    "cel_start": ("cel", CAENORHABDITIS),
    "cel_chrIII_1-2M": ("cel", CAENORHABDITIS),
    "dme_chr4": ("dme", DROSOPHILA),
}
CLADE = {  # first letters of a genome's name → what it is taken for
    "hsa": "vertebrate",
    "ptr": "vertebrate",
    "cel": "nematode",
    "dme": "insect",
}
HUMAN = ("hsa_chr20_0-7.39M", "hsa_compara_1.7Mb", "ptr_compara_1.3Mb")
COUNTED = (*HUMAN, "sce_R64", "eco_K12", "dme_chr4", "cel_chrI_1Mb", "cel_start", "cel_chrIII_1-2M")
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(4, 20))
WHOLE = 100_000_000  # bases of a genome whose default threshold is asked for
NEAR = 15_000  # nt around a locus that are scanned: more than its neighbours reach
WANTED = 0.5  # false hits a Mb of human at the default threshold


def scanned(folder: Path, lowest: float, clade: str, index: str, regions: Sequence[Region]) -> list[Hit]:
    """The hits of some regions from a lowest score on, by the usual evidence.

    Args:
        folder: The genome's.
        lowest: Score, 0..1.
        clade: What it is taken for.
        index: Folder of the families.
        regions: Where.
    """
    scorer = Scorer(MODEL, "cpu")
    asked = ScanOptions(
        search=search_for("default", scorer, lowest),
        min_score=lowest,
        regions=tuple(regions),
        evidence=EVIDENCE,
        evidence_choices={"families": index, "flanks": (clade,)},
        decoys=0,
    )
    with Genome.open(str(data.genome_file(folder))) as genome:
        return list(Scan(genome, scorer, asked).hits())


def accepted_loci(folder: Path, scan_set: Path, species: str) -> Iterator[tuple[str, int, int, str, str]]:
    """Where precursors of MirGeneDB stand in a genome, letter by letter: place, strand and name."""
    genes = {pack(gene.sequence[:22]): gene for gene in genes_of(scan_set, species)}
    arms = np.array([*genes], dtype=np.uint64)
    for contig, strand, codes in strands(folder):
        packed, known = windows(codes)
        for at in np.flatnonzero(np.isin(packed, arms) & (known > 21)).tolist():
            gene = genes[int(packed[at])]
            end = at + len(gene.sequence)
            if decode(codes[at:end]) == gene.sequence:
                first, last = (at, end) if strand == "+" else (len(codes) - end, len(codes) - at)
                yield contig, first, last, strand, gene.name


def known_loci(shared: Path, threshold: float) -> dict[str, Any]:
    """What is found of each genome's accepted loci with an index that lacks its species and genus."""
    rows = {}
    shipped = store.load()
    with tempfile.TemporaryDirectory() as scratch:
        for name, (species, left_out) in REAL.items():
            folder, index = shared / "genomes" / name, Path(scratch) / "-".join(left_out)
            if not index.exists():
                table = shipped.precursors
                kept = [row for row, code in enumerate(table.species) if code not in left_out]
                store.save(index, table.take(kept), shipped.scattered, shipped.card)
            loci = [*accepted_loci(folder, shared / "scan", species)]
            regions = [Region(contig, max(0, start - NEAR), end + NEAR) for contig, start, end, *_ in loci]
            regions = within(folder, regions)
            clade = CLADE[name.split("_")[0]]
            hits = scanned(folder, threshold, clade, str(index), regions) if loci else []
            families = {gene.name: gene.family for gene in genes_of(shared / "scan", species)}
            held = set(store.load(str(index)).index().names)
            found = {locus[4]: best_at(locus, hits) for locus in loci}
            rows[name] = {
                "index_lacks": list(left_out),
                "accepted": len(loci),
                "found": sum(hit is not None for hit in found.values()),
                "loci": {
                    gene: {"family_in_index": families[gene] in held, **(facts_of(hit) if hit else {})}
                    for gene, hit in found.items()
                },
            }
            print(name, rows[name]["found"], "of", len(loci), flush=True)
    return rows


def listed(genome: context.Scanned) -> list[Hit]:
    """The hits of a genome by the usual evidence, one a place."""
    around = [RepeatEvidence(Setup()), NeighbourEvidence(Setup())]
    return [*one_of_each_place(best_of_each_locus(genome.hits(*around)))]


def within(folder: Path, regions: Sequence[Region]) -> list[Region]:
    """Regions cut where their contigs end."""
    with Genome.open(str(data.genome_file(folder))) as genome:
        return [
            Region(each.contig, each.start, min(each.end or 0, genome.length(each.contig)))
            for each in regions
        ]


def best_at(locus: tuple[str, int, int, str, str], hits: list[Hit]) -> Hit | None:
    """The best hit at a locus."""
    contig, start, end, strand, _ = locus
    here = [
        hit
        for hit in hits
        if (hit.hairpin.contig, hit.hairpin.strand) == (contig, strand)
        and same_locus(start, end, hit.hairpin.start, hit.hairpin.end)
    ]
    return max(here, key=lambda hit: hit.score, default=None)


def facts_of(hit: Hit) -> dict[str, Any]:
    """What is said of a hit."""
    term = hit.evidence.term("families") if hit.evidence else None
    named = term.numbers.get("family") if term else None
    return {"score": hit.score, "family": named, "family_bits": term.bits if term else 0.0}


def false_hits(shared: Path) -> dict[str, Any]:
    """Hits a Mb away from known loci, by genome and threshold; and the default threshold."""
    rows: dict[str, Any] = {}
    shipped = Scorer("scan", "cpu")
    for name in COUNTED:
        folder = shared / "genomes" / name
        with Genome.open(str(data.genome_file(folder))) as genome:
            clades = clade_of(None, genome).names
        found = context.scanned(folder, clades, False, Scorer(MODEL, "cpu"))
        hits, megabases, limits = listed(found), found.megabases, Limits.of(WHOLE)
        scores = np.array([hit.score for hit in hits if found.false(hit)])
        default = lowest_score(shipped, EVIDENCE, WHOLE, clades)
        curve = curve_of(shipped, EVIDENCE, clades)
        assert curve is not None
        shown = Cuts.of((hit.score for hit in hits), megabases, curve, limits).lowest(LIKELY)
        rows[name] = {
            "fitted_on": name in BACKGROUND,
            "megabases": megabases,
            "false_per_mb": {f"{cut:g}": float((scores >= cut).sum() / megabases) for cut in THRESHOLDS},
            "default_scan": {
                "clade": "/".join(clades),
                "lowest_score": default,
                "false_per_mb_by_score_alone": float((scores >= default).sum() / megabases),
                "false_per_mb": float((scores >= shown).sum() / megabases),
            },
        }
        print(name, rows[name]["default_scan"], flush=True)
    total = sum(rows[name]["megabases"] for name in HUMAN)
    human = {
        f"{cut:g}": sum(rows[name]["false_per_mb"][f"{cut:g}"] * rows[name]["megabases"] for name in HUMAN)
        / total
        for cut in THRESHOLDS
    }
    chosen = next((cut for cut in THRESHOLDS if human[f"{cut:g}"] <= WANTED), THRESHOLDS[-1])
    per_mb = [row["default_scan"]["false_per_mb"] * row["megabases"] for row in map(rows.get, HUMAN) if row]
    return {
        "genomes": rows,
        "human": human,
        "human_default_scan": sum(per_mb) / total,
        "wanted_per_mb_of_human": WANTED,
        "threshold": chosen,
    }


def main() -> None:
    """Measure what is asked for and write."""
    parser = parser_for(__doc__, "families.json")
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    given = parser.parse_args()
    parts = given.part or PARTS
    content = json.loads(given.json.read_text()) if given.json.exists() else {}
    made = made_with(Scorer(MODEL, "cpu")) | {"index_sha256": store.load().sha256}
    if "by_species" in parts:
        found = evaluate(given.data, lambda name, _: print(name, flush=True) or (lambda _: None))
        content["by_species"] = made | found
    if "false_hits" in parts:
        content["false_hits"] = made | false_hits(given.data)
    if "known_loci" in parts:
        found = known_loci(given.data, content["false_hits"]["threshold"])
        content["known_loci"] = made | {"genomes": found}
    write(given.json, content)


if __name__ == "__main__":
    main()
