"""`mirscan scan`: a genome in, annotated hits out."""

from __future__ import annotations

from math import inf
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mirscan.cli import options
from mirscan.cli.grouped import GroupedCommand
from mirscan.errors import UsageError

if TYPE_CHECKING:
    from tqdm import tqdm

    from mirscan.genome.access import Genome
    from mirscan.genome.regions import Region
    from mirscan.pipeline.finish import Finish
    from mirscan.pipeline.journal import Journal
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.scan import Scan, ScanOptions
    from mirscan.scoring.arms import ArmFinder
    from mirscan.scoring.scorer import Scorer
    from mirscan.tree.judge import Judge

STRANDS = {"both": "+-", "plus": "+", "minus": "-", "+": "+", "-": "-"}

MOST_NAMED = 5  # contigs that warnings name

GROUPS = {
    "Results": (
        "outputs",
        "stdout_format",
        "gff_dialect",
        "tree",
        "arms",
        "known",
        "summary",
        "multiqc",
        "force",
    ),
    "What counts as a hit": (
        *(
            "model",
            "evidence",
            "min_score",
            "fdr",
            "decoys",
            "max_repeated",
            "prevalence",
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
@options.stdout_format
@options.gff_dialect
@options.tree
@click.option("--require-rule", is_flag=True, help="Keep only hits that the tree calls precursors too.")
@options.arms
@options.summary
@options.multiqc
@options.model
@options.evidence
@options.min_score
@click.option(
    "--fdr",
    type=click.FloatRange(0, 1),
    help="Highest q-value of a hit: of those reported, about this share is false.",
)
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
    help="Precursors among the sieve's candidates, at which a score is a probability. "
    "[default: what the model's card says]",
)
@options.known
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
    from mirscan.evidence.registry import parse_evidence
    from mirscan.genome.access import Genome
    from mirscan.pipeline.plan import WORKERS_NEED
    from mirscan.runtime.workers import prepare

    _check_outputs(genome, given)
    _check_models(given)
    given["decoys"] = _decoys(given["decoys"])
    given["evidence"] = parse_evidence(given["evidence"])
    started = perf_counter()
    with Genome.open(genome) as opened:  # what is wrong with it is said before PyTorch has been loaded
        if given["threads"] > 1:
            prepare(WORKERS_NEED)  # they get ready while it loads here
        options.say_if_compiling(given["quiet"])

        from mirscan.scoring.arms import ArmFinder
        from mirscan.scoring.scorer import Scorer
        from mirscan.tree.judge import Judge

        scorer = Scorer(given["model"], given["device"], given["batch_size"], given["prevalence"])
        judge = None if given["tree"] == options.NO_TREE else Judge(given["tree"], given["device"])
        arms = None if given["arms"] == options.NO_ARMS else ArmFinder(given["arms"], given["device"])
        _run(opened, scorer, judge, arms, given, started)


def _check_models(given: dict[str, Any]) -> None:
    """Find out whether there are models of these names, long before they are loaded."""
    from mirscan.scoring.checkpoint import locate
    from mirscan.tree.file import locate_tree

    locate(given["model"])
    if given["tree"] != options.NO_TREE:
        locate_tree(given["tree"])
    if given["arms"] != options.NO_ARMS:
        locate(given["arms"])


def _check_outputs(genome: str, given: dict[str, Any]) -> None:
    from mirscan.pipeline.plan import parse_shard
    from mirscan.pipeline.resume import check_journal, check_shard, journal_path
    from mirscan.writers.destinations import check_destinations, check_regular, check_spared
    from mirscan.writers.summary import reports

    results = [*given["outputs"], *reports(given)]
    inputs = [genome, given["bed"], given["known"]]
    if inputs.count("-") > 1:
        raise UsageError("-", "standard input cannot be read twice", "files for the others")
    check_spared(inputs, results)
    if given["shard"] is not None:
        given["shard"] = parse_shard(given["shard"])
        check_shard(
            given["outputs"], [*reports(given), *([given["known"]] if given["known"] is not None else [])]
        )
    check_destinations([] if given["shard"] else given["outputs"], results, given["force"])
    if given["shard"]:
        given["outputs"] = [str(check_regular(Path(name), "a shard")) for name in given["outputs"]]
    journal = journal_path(results, given["journal"])
    given["journal"] = journal and check_regular(journal, "a journal")
    check_journal(given["journal"], given["resume"], given["force"])


def _scan_options(genome: Genome, scorer: Scorer, given: dict[str, Any]) -> ScanOptions:
    from mirscan.pipeline.scan import ScanOptions
    from mirscan.pipeline.sensitivity import search_for

    min_score = scorer.min_score if given["min_score"] is None else given["min_score"]
    return ScanOptions(
        search=search_for(given["sensitivity"], scorer, min_score, STRANDS[given["strand"]]),
        min_score=min_score,
        require_rule=given["require_rule"],
        min_contig=given["min_contig"],
        regions=_regions(genome, given),
        decoys=given["decoys"],
        fdr=given["fdr"],
        max_repeated=given["max_repeated"],
        evidence=given["evidence"],
    )


def _regions(genome: Genome, given: dict[str, Any]) -> tuple[Region, ...] | None:
    """What --region and --bed ask for; None where neither is given, nothing where the file holds nothing."""
    from mirscan.genome.access import read_bed
    from mirscan.genome.regions import parse_region

    if not given["regions"] and given["bed"] is None:
        return None
    names = {contig.name for contig in genome.contigs}
    regions = [parse_region(options.as_utf_8(text), names) for text in given["regions"]]
    if given["bed"] is not None:
        intervals = read_bed(given["bed"])
        regions += intervals
        if not intervals:
            options.warn(f"{given['bed']} asks for nothing: it holds no interval", given["quiet"])
    return tuple(regions)


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
        raise UsageError(f"--decoys {text}", "not understood", "megabases, auto or off")
    return megabases


def _run(
    genome: Genome,
    scorer: Scorer,
    judge: Judge | None,
    arms: ArmFinder | None,
    given: dict[str, Any],
    started: float,
) -> None:
    from mirscan.pipeline.resume import kept
    from mirscan.pipeline.scan import Scan

    known = options.read_known(given["known"], genome.lengths)
    asked = _scan_options(genome, scorer, given)
    scan = Scan(genome, scorer, asked, judge, given["threads"], shard=given["shard"], arms=arms)
    _warn_of_unknown(genome, given["quiet"])
    with kept(scan.header(), given["journal"], given["resume"]) as journal:
        try:
            if given["shard"]:
                _write_shard(scan, journal, given)
            else:
                finish = _write_hits(scan, journal, known, given)
                _report(scan, finish, str(scorer.device), given, perf_counter() - started)
        except BaseException:
            _say_kept(journal, given)
            raise


def _warn_of_unknown(genome: Genome, quiet: bool) -> None:
    unknown = [contig.name for contig in genome.contigs if not contig.known]
    if len(unknown) == len(genome.contigs):
        options.warn(f"{genome.source} holds no A, C, G or T: there is nothing to find", quiet)
    for name in unknown[:MOST_NAMED]:
        options.warn(f"contig {name!r} holds no A, C, G or T", quiet)
    if len(unknown) > MOST_NAMED:
        options.warn(f"nor do {len(unknown) - MOST_NAMED:,} more", quiet)


def _write_hits(scan: Scan, journal: Journal, known: Recall | None, given: dict[str, Any]) -> Finish:
    from mirscan.writers.files import Outputs

    with _bar(scan, given["quiet"]) as bar:
        scan.search(journal, bar.update)
    finish = scan.finish(journal, known)
    outputs = Outputs(
        given["outputs"], scan.describe(), given["stdout_format"], given["gff_dialect"], given["force"]
    )
    with outputs:
        for hit in finish.hits():
            outputs.write(hit)
    return finish


def _write_shard(scan: Scan, journal: Journal, given: dict[str, Any]) -> None:
    with _bar(scan, given["quiet"]) as bar:
        scan.search(journal, bar.update)
    journal.end()
    journal.name(Path(given["outputs"][0]))


def _bar(scan: Scan, quiet: bool) -> tqdm[NoReturn]:
    from tqdm import tqdm

    hidden = options.progress_hidden(quiet)
    return tqdm(total=scan.bases, unit="b", unit_scale=True, desc="scanning", disable=hidden)


def _say_kept(journal: Journal, given: dict[str, Any]) -> None:
    if given["journal"] and journal.finished:
        options.say(f"mirscan: what is done is kept in {given['journal']}; --resume goes on with it")


def _report(scan: Scan, finish: Finish, device: str, given: dict[str, Any], seconds: float) -> None:
    from mirscan.writers.summary import summary, table, write_reports

    facts = summary(scan.describe(), finish, given["threads"], device, seconds)
    write_reports(facts, given)
    options.say(table(facts, given["verbose"]), given["quiet"])
