"""`mirscan scan`: a genome in, annotated hits out."""

from __future__ import annotations

from math import inf
from typing import Any

import click

from mirscan.cli import options
from mirscan.cli.grouped import GroupedCommand
from mirscan.cli.inputs import check_inputs
from mirscan.errors import UsageError
from mirscan.pipeline.request import STRANDS, ScanRequest

GROUPS = {
    "Results": (
        "outputs",
        "outdir",
        "prefix",
        "stdout_format",
        "sort",
        "gff_dialect",
        "tree",
        "arms",
        "known",
        "summary",
        "multiqc",
        "report",
        "families",
        "clade",
        "counts",
        "force",
    ),
    "What counts as a hit": (
        *(
            "model",
            "evidence",
            "reads",
            "criteria",
            "min_score",
            "fdr",
            "tier",
            "top",
            "decoys",
            "max_repeated",
            "prevalence",
            "clade_prevalence",
            "require_rule",
            "sensitivity",
        ),
    ),
    "Where to search": ("strand", "regions", "bed", "min_contig"),
    "How it runs": ("threads", "device", "batch_size", "resume", "journal", "shard", "quiet", "verbose"),
}


@click.command(cls=GroupedCommand, groups=GROUPS)
@click.argument("genome", type=click.Path())
@options.outputs
@options.outdir
@options.prefix
@options.stdout_format
@options.gff_dialect
@options.tree
@click.option("--require-rule", is_flag=True, help="Keep only hits that the tree calls precursors too.")
@options.arms
@options.summary
@options.multiqc
@options.report
@options.families
@options.clade
@options.model
@options.evidence
@options.reads
@options.criteria
@options.counts
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    show_default="that of --tier",
    help="Lowest score of a hit; all tiers are shown unless --tier says otherwise.",
)
@click.option(
    "--fdr",
    type=click.FloatRange(0, 1),
    help="Highest q-value of a hit: of those reported, about this share is false.",
)
@click.option("--top", type=click.IntRange(1), metavar="N", help="Keep only the N best hits, by score.")
@options.tier
@options.sort
@click.option(
    "--decoys",
    default="auto",
    show_default=True,
    metavar="MB|auto|off",
    help="Megabases of shuffled sequence that are searched as well, for q-values.",
)
@click.option(
    "--max-repeated",
    type=click.FloatRange(0, 1),
    help="Largest share of a hit's sequence that stands in many places of the genome; 0.3 leaves out "
    "transposons.",
)
@click.option(
    "--prevalence",
    type=click.FloatRange(1e-9, 0.5),
    help="Share of precursors among the candidates, at which scores are probabilities. "
    "[default: what the model's card says]",
)
@click.option(
    "--clade-prevalence",
    is_flag=True,
    help="Give scores at the prevalence of the clade, from 1 in 240 (viruses) to 1 in 130,000 (vertebrates). "
    "Tiers and hits stay as they are.",
)
@options.known
@options.sensitivity
@options.choice("--strand", list(STRANDS), "Strands to search.", "both")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="CONTIG[:START-END]",
    help="Report only hits inside; repeatable.",
)
@click.option(
    "--bed", type=click.Path(), metavar="FILE", help="Report only hits inside the intervals of a BED file."
)
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
@click.option("--resume", is_flag=True, help="Go on with a scan that was interrupted, if there is one.")
@click.option(
    "--journal",
    metavar="FILE",
    help="Where an interrupted scan keeps what it had done. [default: beside the first result]",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Search one of N parts of the genome, into -o NAME.shard; `mirscan merge` joins them.",
)
@options.force
@options.quiet
@click.option("--verbose", is_flag=True, help="Also say what each stage did.")
def command(genome: str, **given: Any) -> None:
    """Find the pre-miRNA hairpins of GENOME.

    GENOME is a FASTA file, plain or gzipped, or `-` for standard input. Every contig is searched on both
    strands; of overlapping hairpins the best is kept.
    """
    options.say_at_once(f"reading {genome}", given["quiet"])
    check_inputs(genome, given["known"], given["bed"], given["reads"])

    from mirscan.cli.scan_run import HowToRun, run

    asked = _request(given)
    has_arms = bool(asked.arms or asked.reads)
    kinds = (*asked.evidence, *(("reads",) if asked.reads else ()))
    results = options.with_standard_set(options.result_files(given), given, genome, kinds, has_arms)
    how = HowToRun(given["journal"], given["resume"], given["quiet"], given["verbose"])
    run(genome, given["bed"], asked, results, how)


def _request(given: dict[str, Any]) -> ScanRequest:
    """What the options ask of the scan; the intervals of --bed come with the genome."""
    from mirscan.evidence.registry import parse_evidence
    from mirscan.pipeline.plan import parse_shard

    return options.request(
        ScanRequest,
        given,
        tree=options.unless_none(given["tree"]),
        arms=options.unless_none(given["arms"]),
        evidence=parse_evidence(given["evidence"]),
        reads=tuple(given["reads"]),
        decoys=_decoys(given["decoys"]),
        regions=tuple(map(options.as_utf_8, given["regions"])) or None,
        shard=None if given["shard"] is None else parse_shard(given["shard"]),
    )


def _decoys(text: str) -> float | None:
    """Megabases of decoys; None for as many as the search is worth.

    Raises:
        UsageError: Neither a number nor a word that is known.
    """
    if text == "auto":
        return None
    try:
        megabases = 0.0 if text == "off" else float(text)
    except ValueError:
        megabases = -1.0
    if not 0 <= megabases < inf:
        raise UsageError(f"`decoys` {text}", "not understood", "megabases, auto or off")
    return megabases
