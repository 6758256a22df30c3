"""How fast the scan is: against folding everything, by stage, and as threads, bases and contigs grow.

    python -m benchmarks.speed.scan --plot benchmarks/results/speed.svg

All in one run on the same sequence, human chromosome 20:

mirscan      the whole command, start-up and output included, both strands, default settings
mfe_window   ViennaRNA's local folds of span 150 (RNALfold), each scored by the scan's model, on one core
windows      windows of 160 nt every 30 nt, each folded by ViennaRNA (RNAfold) and scored, on one core

The last two are measured on a piece, in processor seconds, which neighbours on the machine touch little. Hits
of the second route are compared with those of the scan in EBV, where there are known precursors to find.
"""

from __future__ import annotations

import compileall
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mirscan
from benchmarks.accuracy.known_loci import CHR20, MIRSCAN, found, known_loci, local_copy
from benchmarks.tools.every_fold import local_folds, window_folds
from benchmarks.tools.measured import run
from benchmarks.tools.results import parser_for, write
from mirscan.genome.access import Genome
from mirscan.pipeline.loci import best_of_each_locus
from mirscan.pipeline.request import MODEL
from mirscan.records import Hairpin, Hit
from mirscan.runtime.cpus import available_cpus
from mirscan.scoring.scorer import Scorer

THREADS = 2
REPEATS = 2  # of the largest scan, of which the faster one counts
PIECE = (3_000_000, 3_060_000)  # of chromosome 20, for mfe_window
SHORT_PIECE = (3_000_000, 3_012_000)  # for windows
MEGABASES = (1, 2, 4)
CONTIGS, CONTIG = 10_000, 1_000
MOSTLY_N = "hsa_chr20_63Mb_mostlyN"
LINE = 80


@dataclass(frozen=True)
class Bench:
    """Where the genomes are, where files may be written, and which model scans."""

    genomes: Path
    scratch: Path
    model: str


def scan(bench: Bench, genome: Path, threads: int = THREADS, repeats: int = 1) -> dict[str, Any]:
    """Run the command: what it took when it was fastest, and its funnel and stages of the last run."""
    folder = bench.scratch
    result, summary = folder / "hits.json", folder / "summary.json"
    command = [MIRSCAN, "scan", str(genome), "-o", str(result), "--summary", str(summary), "--force"]
    command += ["--threads", str(threads), "--quiet", "--model", bench.model]
    measured = min((run(command) for _ in range(repeats)), key=lambda each: each.seconds)
    facts = json.loads(summary.read_text())
    megabases = facts["funnel"]["bases"] / 1e6
    return {
        "megabases": round(megabases, 3),
        "threads": threads,
        "seconds": measured.seconds,
        "megabases_per_second": round(megabases / measured.seconds, 3),
        "core_seconds_per_megabase": round(measured.core_seconds / megabases, 2),
        "peak_megabytes": measured.peak_megabytes,
        "funnel": facts["funnel"],
        "stage_seconds_per_megabase": {
            stage: round(seconds / megabases, 3)
            for stage, seconds in facts["seconds"].items()
            if stage != "total"
        },
    }


def hits_of(folder: Path) -> list[tuple[str, int, int, str]]:
    """The places of the last scan's hits."""
    hits = json.loads((folder / "hits.json").read_text())["hits"]
    return [(hit["contig"], hit["start"], hit["end"], hit["strand"]) for hit in hits]


def exhaustive(folds: Iterator[Hairpin], bases: int, scorer: Scorer) -> tuple[dict[str, Any], list[Hit]]:
    """Fold and score on one core: processor seconds, and the best hit of each locus."""
    started = time.process_time()
    hairpins = list(folds)
    folded = time.process_time()
    scores = scorer.scores(hairpins).tolist()
    scored = time.process_time()
    calls = [
        Hit.of(hairpin, score)
        for hairpin, score in zip(hairpins, scores, strict=True)
        if score >= scorer.min_score
    ]
    calls.sort(key=lambda hit: (hit.hairpin.contig, hit.hairpin.start, hit.hairpin.end))
    facts = {
        "bases": bases,
        "folds": len(hairpins),
        "fold_core_seconds_per_megabase": round((folded - started) / bases * 1e6, 1),
        "score_core_seconds_per_megabase": round((scored - folded) / bases * 1e6, 1),
        "core_seconds_per_megabase": round((scored - started) / bases * 1e6, 1),
    }
    return facts, list(best_of_each_locus(iter(calls)))


def rivals(genome: Path, scorer: Scorer) -> dict[str, Any]:
    """Both ways to fold everything, each on its piece."""
    with Genome.open(str(genome)) as opened:
        (contig,) = opened.contigs
        pieces = {
            name: opened.fetch(contig.name, *piece)
            for name, piece in (("long", PIECE), ("short", SHORT_PIECE))
        }
    local, _ = exhaustive(local_folds(pieces["long"], contig.name, PIECE[0]), len(pieces["long"]), scorer)
    windows, _ = exhaustive(
        window_folds(pieces["short"], contig.name, SHORT_PIECE[0]), len(pieces["short"]), scorer
    )
    return {"mfe_window": local, "windows": windows}


def agreement(bench: Bench, folder: Path, scorer: Scorer) -> dict[str, Any]:
    """Hits of the mfe_window route in a genome, and how many of them the scan finds; known loci by both."""
    genome = local_copy(folder, bench.scratch / f"{folder.name}.fa")
    with Genome.open(str(genome)) as opened:
        (contig,) = opened.contigs
        bases = opened.fetch(contig.name, 0, contig.length)
    facts, everything = exhaustive(local_folds(bases, contig.name, 0), len(bases), scorer)
    scan(bench, genome)
    ours, known = hits_of(bench.scratch), known_loci(folder, None)
    theirs = [(h.hairpin.contig, h.hairpin.start, h.hairpin.end, h.hairpin.strand) for h in everything]
    return facts | {
        "genome": folder.name,
        "hits": len(theirs),
        "hits_that_the_scan_finds": sum(found(place, ours) for place in theirs),
        "hits_of_the_scan": len(ours),
        "hits_of_the_scan_that_it_finds": sum(found(place, theirs) for place in ours),
        "known": len(known),
        "known_that_it_finds": sum(found(place, theirs) for place in known),
        "known_that_the_scan_finds": sum(found(place, ours) for place in known),
    }


def write_fasta(path: Path, records: Iterator[tuple[str, str]]) -> Path:
    """Records in lines of usual length."""
    with path.open("w") as file:
        for name, bases in records:
            lines = (bases[at : at + LINE] for at in range(0, len(bases), LINE))
            file.write(f">{name}\n" + "\n".join(lines) + "\n")
    return path


def whole(path: Path) -> str:
    """All bases of the first contig."""
    with Genome.open(str(path)) as genome:
        first = genome.contigs[0]
        return genome.fetch(first.name, 0, first.length)


def scaling(bench: Bench, genome: Path) -> dict[str, Any]:
    """Threads, bases, contigs, and unknown bases."""
    genomes, scratch = bench.genomes, bench.scratch
    bases = whole(genome)
    more = whole(local_copy(genomes / "hsa_chr1_0-3M", scratch / "chr1.fa"))
    ten = (bases + more.replace("N", ""))[: CONTIGS * CONTIG]
    single = write_fasta(scratch / "one.fa", iter([("one", ten)]))
    cut = ((f"c{at}", ten[at * CONTIG : (at + 1) * CONTIG]) for at in range(len(ten) // CONTIG))
    many = write_fasta(scratch / "many.fa", cut)
    unknown = local_copy(genomes / MOSTLY_N, scratch / "unknown.fa")
    known = write_fasta(scratch / "known.fa", iter([("known", whole(unknown).strip("N"))]))
    sizes = {
        size: write_fasta(scratch / f"{size}.fa", iter([("part", bases[2_000_000:][: size * 1_000_000])]))
        for size in MEGABASES
    }
    return {
        "threads": [scan(bench, sizes[MEGABASES[-1]], threads) for threads in (1, THREADS)],
        "megabases": [scan(bench, path) for path in sizes.values()],
        "one_contig": scan(bench, single),
        "many_contigs": scan(bench, many),
        "mostly_unknown": scan(bench, unknown),
        "its_known_bases": scan(bench, known),
    }


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """What the bars of the project ask for."""
    mirscan, grown = results["mirscan"], results["scaling"]
    ours = mirscan["core_seconds_per_megabase"]
    one, two = grown["threads"]
    return {
        "against_mfe_window": round(results["mfe_window"]["core_seconds_per_megabase"] / ours, 1),
        "against_windows": round(results["windows"]["core_seconds_per_megabase"] / ours, 1),
        "two_threads": round(one["seconds"] / two["seconds"], 2),
        "many_contigs": round(grown["many_contigs"]["seconds"] / grown["one_contig"]["seconds"], 2),
        "mostly_unknown": round(grown["mostly_unknown"]["seconds"] / grown["its_known_bases"]["seconds"], 2),
        "human_genome_hours": round(3100 / mirscan["megabases_per_second"] / 3600, 2),
    }


def plot(results: dict[str, Any], path: Path) -> None:
    """Core-seconds a megabase: of each way, and of each stage of the scan."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 2.6), layout="constrained")
    ways = {
        "windows of 160 nt, RNAfold": results["windows"]["core_seconds_per_megabase"],
        "mfe_window, span 150": results["mfe_window"]["core_seconds_per_megabase"],
        "mirscan": results["mirscan"]["core_seconds_per_megabase"],
    }
    bars = left.barh(list(ways), list(ways.values()), color=["#8c8c8c", "#8c8c8c", "#1f6f8b"])
    left.bar_label(
        bars, [f"{spent:,.0f}" if spent > 100 else f"{spent:.1f}" for spent in ways.values()], padding=3
    )
    left.set(xscale="log", xlabel="core-seconds per megabase, both strands", xlim=(1, 6000))
    stages = {
        name: spent for name, spent in results["mirscan"]["stage_seconds_per_megabase"].items() if spent > 0
    }
    bars = right.barh(list(stages)[::-1], list(stages.values())[::-1], color="#1f6f8b")
    right.bar_label(bars, fmt="%.2f", padding=3)
    right.set(xlabel="seconds per megabase by stage\n(from score on, by the clock)")
    right.margins(x=0.15)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    mpl.rcParams["svg.hashsalt"] = "speed"
    figure.savefig(path, metadata={"Date": None})


def measure(bench: Bench) -> Iterator[dict[str, Any]]:
    """Everything, on one machine in one go; first without the agreement, which takes minutes."""
    genome = local_copy(bench.genomes / CHR20, bench.scratch / "chr20.fa")
    scorer = Scorer(bench.model, "cpu")
    first = local_copy(bench.genomes / "cel_mir35_cluster", bench.scratch / "first.fa")
    compileall.compile_dir(Path(mirscan.__file__).parent, quiet=1)  # as `pip install` leaves the package
    scan(bench, first)  # compiled code and file caches are warm from here on
    results: dict[str, Any] = {
        "versions": {name: version(name) for name in ("mirscan", "numba", "numpy", "torch", "viennarna")},
        "machine": {
            "processors": available_cpus(),
            "architecture": platform.machine(),
            "load": [round(load, 1) for load in os.getloadavg()],
        },
        "model_sha256": scorer.card.sha256,
        "mirscan": scan(bench, genome, repeats=REPEATS),
    }
    print(json.dumps(results["mirscan"]), flush=True)
    results |= rivals(genome, scorer)
    print(json.dumps({name: results[name] for name in ("mfe_window", "windows")}), flush=True)
    results["scaling"] = scaling(bench, genome)
    results["ratios"] = ratios(results)
    print(json.dumps(results["ratios"]), flush=True)
    yield results
    yield results | {"agreement": agreement(bench, bench.genomes / "ebv", scorer)}


def main() -> None:
    """Measure, write, and draw."""
    parser = parser_for(__doc__, "speed.json", "genomes")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--model", default=MODEL)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for results in measure(Bench(given.data, Path(scratch), given.model)):
            write(given.json, results)
            if given.plot:
                plot(results, given.plot)


if __name__ == "__main__":
    main()
