"""`mirscan scan`: a genome in, annotated hits out."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import options

if TYPE_CHECKING:
    from mirscan.genome import Genome
    from mirscan.judging import Judge
    from mirscan.scan import Scan, ScanOptions
    from mirscan.scoring import Scorer

STRANDS = {"both": "+-", "plus": "+", "minus": "-", "+": "+", "-": "-"}


@click.command()
@click.argument("genome")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    default=("-",),
    metavar="FILE",
    help="A result; the suffix names its format: .gff3 .gff .bed .tsv .json .fa, each also .gz (GFF3 and BED "
    "then with a tabix index). May be given several times. `-`, the default, is standard output.",
)
@click.option(
    "--format",
    "stdout_format",
    type=click.Choice(["gff3", "bed", "tsv", "json", "fasta"]),
    default="gff3",
    show_default=True,
    help="Format of standard output.",
)
@click.option(
    "--gff-dialect",
    type=click.Choice(["so", "mirbase"]),
    default="so",
    show_default=True,
    help="Feature type in GFF3: pre_miRNA, or miRBase's miRNA_primary_transcript.",
)
@options.tree
@click.option("--require-rule", is_flag=True, help="Keep only hits that the tree calls precursors too.")
@click.option("--summary", metavar="FILE", help="Write counts and seconds of each stage as JSON.")
@options.model
@options.min_score
@options.sensitivity
@click.option(
    "--strand", type=click.Choice(list(STRANDS)), default="both", show_default=True, help="Strands to search."
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="CONTIG[:START-END]",
    help="Report only hits inside; repeatable.",
)
@click.option("--bed", metavar="FILE", help="Report only hits inside the intervals of a BED file.")
@click.option(
    "--min-contig",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Shortest contig to search, nt.",
)
@options.threads
@options.device
@options.batch_size
@options.force
@options.quiet
@click.option("--verbose", is_flag=True, help="Also say what each stage did.")
def command(genome: str, **given: Any) -> None:
    """Find the pre-miRNA hairpins of GENOME.

    GENOME is a FASTA file, plain or gzipped, or `-` for standard input. Every contig is searched on both
    strands; of overlapping hairpins the best is kept.
    """
    from mirscan.genome import Genome
    from mirscan.judging import Judge
    from mirscan.scoring import Scorer
    from mirscan.writers.files import check_destinations

    results = [*given["outputs"], *([given["summary"]] if given["summary"] else [])]
    check_destinations(given["outputs"], results, given["force"])
    started = perf_counter()
    scorer = Scorer(given["model"], given["device"], given["batch_size"])
    judge = None if given["tree"] == options.NO_TREE else Judge(given["tree"], given["device"])
    with Genome.open(genome) as opened:
        _run(opened, scorer, judge, given, started)


def _scan_options(genome: Genome, scorer: Scorer, given: dict[str, Any]) -> ScanOptions:
    from mirscan.genome import read_bed
    from mirscan.scan import ScanOptions
    from mirscan.sensitivity import search_for
    from mirscan.windows import parse_region

    names = {contig.name for contig in genome.contigs}
    regions = [parse_region(text, names) for text in given["regions"]]
    if given["bed"]:
        regions += read_bed(given["bed"])
    min_score = scorer.min_score if given["min_score"] is None else given["min_score"]
    return ScanOptions(
        search=search_for(given["sensitivity"], scorer, min_score, STRANDS[given["strand"]]),
        min_score=min_score,
        require_rule=given["require_rule"],
        min_contig=given["min_contig"],
        regions=tuple(regions),
    )


def _run(genome: Genome, scorer: Scorer, judge: Judge | None, given: dict[str, Any], started: float) -> None:
    from tqdm import tqdm

    from mirscan.scan import Scan
    from mirscan.writers.files import Outputs

    quiet = given["quiet"]
    scan = Scan(genome, scorer, _scan_options(genome, scorer, given), judge, given["threads"])
    for contig in genome.contigs:
        if not contig.known:
            options.say(f"mirscan: warning: contig {contig.name!r} holds no A, C, G or T", quiet)
    bar = tqdm(
        total=scan.bases, unit="b", unit_scale=True, desc="scanning", disable=options.progress_hidden(quiet)
    )
    outputs = Outputs(
        given["outputs"], scan.describe(), given["stdout_format"], given["gff_dialect"], given["force"]
    )
    with bar, outputs:
        for hit in scan.hits(progress=bar.update):
            outputs.write(hit)
    _report(scan, scorer, given, perf_counter() - started)


def _report(scan: Scan, scorer: Scorer, given: dict[str, Any], seconds: float) -> None:
    from mirscan.summary import summary, table, write_summary

    facts = summary(scan, scorer, given["threads"], seconds)
    if given["summary"]:
        write_summary(facts, given["summary"], given["force"])
    options.say(table(facts, given["verbose"]), given["quiet"])
