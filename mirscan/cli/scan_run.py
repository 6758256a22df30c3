"""Running a scan from the command line: checks beforehand, progress, journal, results and reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

from mirscan.cli import options
from mirscan.errors import UsageError
from mirscan.genome.access import Genome, read_bed
from mirscan.pipeline.request import READS
from mirscan.runtime.garbage import searched_seldom

if TYPE_CHECKING:
    from tqdm import tqdm

    from mirscan.families.report import FamilyTable
    from mirscan.pipeline.finish import Finish
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.request import ScanRequest
    from mirscan.pipeline.scan import Scan
    from mirscan.records import Run
    from mirscan.writers.result_files import ResultFiles

STDOUT = "-"
MOST_NAMED = 5  # contigs that warnings name
NOT_FOR_GENOMES = (
    "is not calibrated for genomes: expect many false hits, and scores that are no probabilities"
)
FAMILIES = "families"  # the kind of evidence that names them


@dataclass(frozen=True, slots=True)
class HowToRun:
    """What the command line alone asks for.

    Attributes:
        journal: Where an interrupted scan keeps what it had done; None for beside the first result.
        resume: Go on with a journal that is there.
        quiet: Print nothing but errors.
        verbose: Also say what each stage did.
    """

    journal: str | None
    resume: bool
    quiet: bool
    verbose: bool


@searched_seldom()
def run(genome: str, bed: str | None, asked: ScanRequest, results: ResultFiles, how: HowToRun) -> None:
    """Scan a genome and write its results.

    Args:
        genome: A FASTA file, or `-` for standard input.
        bed: A file of intervals beside the regions asked for; None for none.
        asked: What is asked for.
        results: Where it goes.
        how: How it runs.
    """
    from mirscan.pipeline.plan import WORKERS_NEED
    from mirscan.pipeline.start import check_models, ready, recall_of
    from mirscan.runtime.workers import prepare

    results, path = _checked(genome, bed, asked, results, how)
    check_models(asked)
    started = perf_counter()
    with Genome.open(genome) as opened:  # what is wrong with it is said before PyTorch has been loaded
        if asked.threads > 1:
            prepare(WORKERS_NEED)  # they get ready while it loads here
        options.say_if_compiling(how.quiet)
        known = recall_of(asked.known, opened.lengths)
        if asked.reads:
            options.say("mirscan: reading small RNA reads", how.quiet)
        scan = ready(_with_bed(asked, bed, how.quiet), opened)
        if not scan.calibrated:
            options.warn(f"{asked.model} {NOT_FOR_GENOMES}", how.quiet)
        _warn_of_unknown(opened, how.quiet)
        _run(scan, genome, known, path, asked, results, how, started)


def _checked(
    genome: str, bed: str | None, asked: ScanRequest, results: ResultFiles, how: HowToRun
) -> tuple[ResultFiles, Path | None]:
    """Where results and journal are written, links followed, when nothing stands against it."""
    from mirscan.pipeline.resume import check_journal, check_shard, journal_path
    from mirscan.writers.destinations import check_regular, has_a_folder

    inputs = [genome, bed, asked.known, *asked.reads]
    if inputs.count("-") > 1:
        raise UsageError("-", "standard input cannot be read twice", "files for the others")
    if asked.shard is not None:
        check_shard(results.outputs, [*results.reports, *([] if asked.known is None else [asked.known])])
    results.check(inputs, formats=asked.shard is None, arms=bool(asked.arms or asked.reads))
    check_tables((*asked.evidence, *((READS,) if asked.reads else ())), results)
    journal = journal_path([*filter(has_a_folder, results.files)], how.journal)
    if asked.shard is not None:
        shards = tuple(str(check_regular(Path(name), "a shard")) for name in results.outputs)
        results = replace(results, outputs=shards)
    path = journal and check_regular(journal, "a journal")
    check_journal(path, how.resume, results.force)
    return results, path


def _with_bed(asked: ScanRequest, bed: str | None, quiet: bool) -> ScanRequest:
    if bed is None:
        return asked
    intervals = read_bed(bed)
    if not intervals:
        options.warn(f"{bed} asks for nothing: it holds no interval", quiet)
    return replace(asked, regions=(*(asked.regions or ()), *intervals))


def _run(
    scan: Scan,
    genome: str,
    known: Recall | None,
    path: Path | None,
    asked: ScanRequest,
    results: ResultFiles,
    how: HowToRun,
    started: float,
) -> None:
    from mirscan.pipeline.resume import kept
    from mirscan.writers.summary import summary, table

    with kept(scan.header(), path, how.resume) as journal:
        try:
            with _bar(scan, how.quiet) as bar:
                scan.search(journal, bar.update)
            if asked.shard is not None:
                journal.end()
                journal.name(Path(results.outputs[0]))
            else:
                finish, told = scan.finish(journal, known), scan.describe()

                def facts_of() -> dict[str, Any]:
                    seconds = perf_counter() - started
                    return summary(told, finish, asked.threads, str(scan.device), seconds)

                facts = write_files(finish, told, results, facts_of, genome)
                options.say(table(facts, how.verbose), how.quiet)
                say_advice(finish, scan, how.quiet)
                say_written(results, how.quiet)
        except BaseException:
            if path and journal.finished:
                options.say(f"mirscan: what is done is kept in {path}; --resume goes on with it")
            raise


def _warn_of_unknown(genome: Genome, quiet: bool) -> None:
    unknown = [contig.name for contig in genome.contigs if not contig.known]
    if len(unknown) == len(genome.contigs):
        options.warn(f"{genome.source} holds no A, C, G or T: there is nothing to find", quiet)
    for name in unknown[:MOST_NAMED]:
        options.warn(f"contig {name!r} holds no A, C, G or T", quiet)
    if len(unknown) > MOST_NAMED:
        options.warn(f"nor do {len(unknown) - MOST_NAMED:,} more", quiet)


def _bar(scan: Scan, quiet: bool) -> tqdm[NoReturn]:
    from tqdm import tqdm

    hidden = options.progress_hidden(quiet)
    return tqdm(total=scan.bases, unit="b", unit_scale=True, desc="scanning", disable=hidden)


def write_files(
    finish: Finish,
    run: Run,
    results: ResultFiles,
    facts_of: Callable[[], dict[str, Any]],
    genome: str | None = None,
) -> dict[str, Any]:
    """Write all files of a scan or a merger: they get their names together, or none of them does.

    Args:
        finish: Gives the hits.
        run: What the headers say.
        results: Which files.
        facts_of: Gives the summary of the run, its hits exhausted.
        genome: The file that was searched; None where it is not known.

    Returns:
        The summary.
    """
    from mirscan.cli.run_report import ReportedHits
    from mirscan.writers.outputs import Outputs
    from mirscan.writers.summary import write_reports
    from mirscan.writers.table_file import write_table

    families = _family_table(results, run)
    reported = ReportedHits(run) if results.report is not None else None
    with Outputs(results, run) as outputs:
        for hit in finish.hits():
            outputs.write(hit)
            if families:
                families.add(hit)
            if reported:
                reported.add(hit)
        facts = facts_of()
        if families and results.families:
            with outputs.beside(results.families) as stream:
                write_table(families.rows(), stream)
        write_reports(facts, results, outputs)
        if reported:
            reported.write(facts, results, outputs, genome)
    return facts


def say_advice(finish: Finish, scan: Scan | None, quiet: bool) -> None:
    """Where nothing was found, or nothing known: what lies below the threshold."""
    from mirscan.pipeline.advice import advice

    if not quiet:
        for sentence in advice(finish, scan):
            options.say(f"mirscan: {sentence}")


def say_written(results: ResultFiles, quiet: bool) -> None:
    """Name the files that are there now, a line each."""
    for name in results.files:
        if name != STDOUT:
            options.say(f"written {name}", quiet)


def _family_table(results: ResultFiles, run: Run) -> FamilyTable | None:
    """The table of families that somebody wants; None where nobody does."""
    from mirscan.families.report import FamilyTable
    from mirscan.families.store import load
    from mirscan.pipeline.false_hits import in_index, stated_clade

    if results.families is None:
        return None
    return FamilyTable(load().precursors, in_index(results.clade), stated_clade(run.options))


def check_tables(evidence: Sequence[str], results: ResultFiles) -> None:
    """Find out whether the tables of families and of reads can be written.

    Raises:
        UsageError: The evidence that one is made of is not asked for, or there is no such clade.
    """
    from mirscan.pipeline.false_hits import clades_of

    if results.families is not None and FAMILIES not in evidence:
        asked = ",".join([*evidence, FAMILIES])
        raise UsageError("`families`", "the scan does not look for families", f"`evidence` {asked}")
    if results.counts is not None and READS not in evidence:
        raise UsageError("`counts`", "there are no reads to count", "`reads` as well")
    clades_of(results.clade)
