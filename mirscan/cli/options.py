"""Options that several commands share, and the talk on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mirscan.cli import completion
from mirscan.cli.warnings import silence
from mirscan.evidence.registry import DEFAULT as DEFAULT_EVIDENCE
from mirscan.pipeline.request import ARMS, HAIRPIN_MODEL, MODEL, TREE
from mirscan.runtime.cpus import available_cpus

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from mirscan.writers.result_files import ResultFiles

NONE = "none"  # for a tree or a model of arms: do without

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Request = TypeVar("Request", bound="DataclassInstance")


def named(
    option: str,
    default: str | None,
    what: str,
    names: completion.Named = completion.SCORER,
    none: bool = False,
) -> Decorator:
    """An option that takes the name or the folder of a model.

    Args:
        option: With its dashes.
        default: Where nobody gives it; None for what the help says.
        what: Its help.
        names: Those that the shell offers.
        none: Whether it also takes the word `none`.
    """
    metavar = "NAME|DIR|none" if none else "NAME|DIR"
    shown = default is not None
    return click.option(option, type=names, default=default, show_default=shown, metavar=metavar, help=what)


def file(option: str, what: str, metavar: str = "FILE") -> Decorator:
    """An option that takes a file to write."""
    return click.option(option, type=click.Path(), metavar=metavar, help=what)


def output(what: str, metavar: str = "FILE", default: str | None = None) -> Decorator:
    """The option `-o` of a command that writes a single file."""
    return click.option("-o", "--output", type=click.Path(), default=default, metavar=metavar, help=what)


def choice(
    option: str, values: Sequence[str], what: str, default: str | None = None, *names: str
) -> Decorator:
    """An option that takes one of the values; `names` are those of its argument."""
    kind, shown = click.Choice(values), default is not None
    return click.option(option, *names, type=kind, default=default, show_default=shown, help=what)


model = named("--model", MODEL, "A model's name or its folder.", completion.SCORER)
hairpin_model = named("--model", HAIRPIN_MODEL, "A model's name or its folder.")
outputs = click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(),
    multiple=True,
    default=("-",),
    metavar="FILE",
    help="Where to write the hits; the suffix names the format: .gff3 .gff .bed .tsv .json .fa, .mature.fa "
    "(mature arms), .dbn (dot-bracket). Add .gz to compress (GFF3 and BED then get a tabix index). "
    "Repeatable. `-`, the default, is standard output.",
)
outdir = click.option(
    "--outdir",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Write the standard set of files into this folder: .gff3 .bed .tsv .json .hairpins.fa .mature.fa "
    ".dbn, the report, the summary, the files for MultiQC, and the tables of families and reads if there "
    "are any.",
)


def standard_prefix(default: str) -> Decorator:
    """The option `--prefix`; its help says what it is where nobody gives it."""
    what = f"Start of the file names of the standard set. [default: {default}]"
    return click.option("--prefix", metavar="NAME", help=what)


prefix = standard_prefix("the name of the input")
STDOUT_FORMATS = ("gff3", "bed", "tsv", "json", "fasta", "mature", "dbn")
stdout_format = choice("--format", STDOUT_FORMATS, "Format of standard output.", "gff3", "stdout_format")
gff_dialect = choice(
    "--gff-dialect",
    ["so", "mirbase"],
    "Feature type in GFF3: pre_miRNA, or miRBase's miRNA_primary_transcript.",
    "so",
)
summary = file("--summary", "Write the counts and seconds of each stage as JSON.")
multiqc = file(
    "--multiqc",
    "Write the run for a MultiQC report: a table, and beside it SAMPLE_tiers_mqc.json, a plot.",
    "SAMPLE_mqc.json",
)
report = file(
    "--report",
    "Write the run as a page: tiers, what to validate first and why, where the hits lie, families.",
    "FILE.html",
)
families = file(
    "--families",
    "Write a table of known families (TSV): a row for each family found, with its loci, and for each "
    "that the clade should have and the genome lacks.",
)
clade = click.option(
    "--clade",
    type=completion.CLADE,
    metavar="NAME",
    help="The clade of the genome, such as `vertebrates`, `plants`, `fungi` or `viruses`. It decides how "
    "many false hits and which families to expect, and allows longer hairpins in plants. [default: "
    "auto, a guess]",
)
tree = named(
    "--tree",
    TREE,
    "The tree that gives each hit its rule: a name, its folder, or `none`.",
    completion.RULES,
    none=True,
)
arms = named(
    "--arms",
    ARMS,
    "The model that places each hit's mature arms: a name, its folder, or `none`.",
    completion.ARMS,
    none=True,
)
known = click.option(
    "--known",
    metavar="FILE",
    help="Known microRNAs (.gff3 .bed .fa, also .gz). Each hit is then labelled known, antisense or new, "
    "and the summary says how many known microRNAs were found.",
)
reads = click.option(
    "--reads",
    multiple=True,
    metavar="FILE",
    help="Small RNA reads as further evidence, adapters removed: .bam .cram .sam from any aligner, or .fa "
    ".fastq (also .gz), which mirscan maps itself. Repeatable.",
)
criteria = choice(
    "--criteria", ["mirgenedb", "plant"], "Keep only hits whose reads meet all criteria of these curators."
)
tier = choice(
    "--tier",
    ["high", "likely", "candidate", "all"],
    "Show hits of this tier and better. From the lowest score of a tier up, real DNA has .1 (high), .5 "
    "(likely) or 10 (candidate) false hits per Mb, and at most a tenth (high) or half (likely) of the hits "
    "found. [default: likely, or all that reach --min-score]",
)
sort = choice(
    "--sort",
    ["score", "position"],
    "Order of the rows in .tsv: the best first, or along the genome, as in all other formats.",
    "score",
)
counts = file("--counts", "Write a table of the reads of each arm in each library.", "FILE.tsv")
evidence = click.option(
    "--evidence",
    default=",".join(DEFAULT_EVIDENCE),
    show_default=True,
    metavar="KIND,…",
    help="Kinds of evidence that count, separated by commas; their bits add up to the score.",
)
sensitivity = choice(
    "--sensitivity",
    ["fast", "default", "exhaustive"],
    "`default` folds what a prefilter finds promising; `fast` folds less and loses a few hits; "
    "`exhaustive` folds every candidate.",
    "default",
)
device = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda[:n]", help="Where the networks run."
)
batch_size = click.option(
    "--batch-size", type=click.IntRange(1), default=1024, show_default=True, help="Hairpins scored at once."
)
threads = click.option(
    "--threads",
    type=click.IntRange(1),
    default=available_cpus,
    show_default="all that this process may use",
    help="Processes that search and fold.",
)
force = click.option("--force", is_flag=True, help="Replace existing files.")


def _quietened(_: click.Context, __: click.Parameter, quiet: bool) -> bool:
    if quiet:
        silence()
    return quiet


quiet = click.option("--quiet", is_flag=True, callback=_quietened, help="Print nothing but errors.")


def lowest_score(default: str) -> Decorator:
    """The option `--min-score` of a command that scores hairpins; its help says where the default is from."""
    what, kind = "Lowest score that counts as a precursor.", click.FloatRange(0, 1)
    return click.option("--min-score", type=kind, show_default=default, help=what)


min_score = lowest_score("what the model's card says")


def request(kind: type[Request], given: Mapping[str, Any], **read: Any) -> Request:
    """A typed request of the options that bear the names of its fields.

    Args:
        kind: A dataclass.
        given: The options.
        read: Fields that are not simply their options.
    """
    names = {field.name for field in fields(kind)} & given.keys() - read.keys()
    return kind(**{name: given[name] for name in names}, **read)


def result_files(given: Mapping[str, Any]) -> ResultFiles:
    """The files that the options of a scan or a merger name."""
    from mirscan.writers.result_files import ResultFiles

    return request(ResultFiles, given, outputs=tuple(given["outputs"]))


def with_standard_set(
    results: ResultFiles, given: Mapping[str, Any], source: str, evidence: Sequence[str], arms: bool
) -> ResultFiles:
    """The files with the standard set, where --outdir or --prefix asks for it."""
    from mirscan.writers.standard_set import prefix_of, standard_set

    if given["outdir"] is None and given["prefix"] is None:
        return results
    prefix = prefix_of(source) if given["prefix"] is None else given["prefix"]
    return standard_set(results, given["outdir"], prefix, evidence, arms)


def unless_none(name: str) -> str | None:
    """The name of a model, or None where the word `none` asks for none."""
    return None if name == NONE else name


def progress_hidden(quiet: bool) -> bool | None:
    """tqdm's `disable`: always when quiet, else only where stderr is no terminal."""
    return True if quiet else None


def as_utf_8(argument: str) -> str:
    """An argument that names something in a file: UTF-8 whatever Python's locale made of it."""
    try:
        return os.fsencode(argument).decode()
    except UnicodeError:  # it is what it seems, in the encoding of the locale
        return argument


def say(message: str, quiet: bool = False) -> None:
    """A line for people, on stderr."""
    if not quiet:
        click.echo(message, err=True)


def say_at_once(message: str, quiet: bool = False) -> None:
    """A first word where somebody watches, before what takes seconds; nothing in a log."""
    if sys.stderr.isatty():
        say(f"mirscan: {message}", quiet)


def warn(message: str, quiet: bool = False) -> None:
    """What is not as somebody may think, and no reason to stop."""
    say(f"mirscan: warning: {message}", quiet)


def say_if_compiling(quiet: bool) -> None:
    """Tell why the first search of an installation takes so long, as nothing moves then."""
    import mirscan.pipeline.search  # noqa: F401, what takes so long is what it uses
    from mirscan.runtime.compiled import check_what_is_kept, nothing_is_kept

    if nothing_is_kept():
        say("mirscan: compiling its machine code, once; this may take half a minute", quiet)
    check_what_is_kept()
