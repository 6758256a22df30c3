"""`mirscan explain`: why a hairpin was called, or was not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import completion, options
from mirscan.cli.picture_options import pictures
from mirscan.explanation.request import FEW, NEIGHBOURS
from mirscan.pipeline.request import MODEL, READY_TREE, TREE
from mirscan.runtime.cpus import available_cpus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mirscan.explanation.content import Explanation
    from mirscan.explanation.explainer import Explainer
    from mirscan.explanation.picture_files import PictureFolders
    from mirscan.explanation.request import ExplainRequest
    from mirscan.explanation.subjects import Made, Subjects

AUTO = "auto"
WHAT_IF = {AUTO: None, "yes": True, "no": False}


@click.command()
@click.argument("source", type=click.Path())
@click.argument("places", nargs=-1)
@click.option("--id", "ids", multiple=True, metavar="ID", help="A hit of the result file SOURCE; repeatable.")
@click.option(
    "--genome",
    metavar="FASTA",
    help="The genome of the result file SOURCE: GFF3 needs it, and each hit is followed along the line.",
)
@options.output("Write one self-contained page.", "FILE.html")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pictures
@options.choice(
    "--what-if",
    list(WHAT_IF),
    f"Look for the smallest changes that would turn the decisions: seconds a hairpin. "
    f"auto: for up to {FEW} hairpins.",
    AUTO,
)
@click.option(
    "--model",
    show_default=f"that of the result, else {MODEL}",
    type=completion.SCORER,
    metavar="NAME|DIR",
    help="A model's name or its folder.",
)
@click.option(
    "--also",
    multiple=True,
    metavar="NAME|DIR",
    help="Show the score of this model too, at the same prevalence; repeatable.",
)
@options.named(
    "--tree",
    None,
    f"The tree that is walked; default: that of the result, {TREE} at places of a "
    f"genome, {READY_TREE} for the records of a FASTA file.",
    completion.RULES,
)
@click.option(
    "--reads",
    multiple=True,
    metavar="FILE",
    help="Small RNA reads of the genome, as in a scan; repeatable. Default: what the result holds of them.",
)
@options.named("--neighbours", NEIGHBOURS, "The table of named precursors.", completion.NEIGHBOURS)
@options.arms
@options.lowest_score("that of the result, else of a scan of the genome, else what the model's card says")
@click.option(
    "--evidence",
    metavar="KIND,…",
    show_default="as in the result, else as in a scan",
    help="Kinds of evidence that count, separated by commas; their bits add up to the score.",
)
@click.option(
    "--sensitivity",
    type=click.Choice(["fast", "default", "exhaustive"]),
    show_default="as in the result, else as in a scan",
    help="What a scan folds: what a prefilter finds promising, or every candidate.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=available_cpus,
    show_default="all that this process may use",
    help="Threads of the networks.",
)
@options.device
@options.force
@options.quiet
def command(source: str, places: tuple[str, ...], **given: Any) -> None:
    """Show why hairpins are called, or are not.

    \b
    mirscan explain hits.json --id chr1:1001-1080:+    a hit (.json .tsv .gff3; without --id all of them)
    mirscan explain genome.fa chr1:1001-1080:+         a place, called or not
    mirscan explain hairpins.fa                        the records of a FASTA file

    Without -o, --json or a folder of pictures the explanations go to the terminal.
    """
    from mirscan.writers.destinations import check_destinations

    options.say_at_once(f"reading {source}", given["quiet"])
    _check_output(given["output"], given["as_json"])
    if given["tree"] == options.NONE:
        raise click.UsageError("explain walks a tree: --tree none leaves it nothing to explain with.")
    check_destinations([], [given["output"]] if given["output"] else [], given["force"])
    subjects = _subjects(source, places, given["ids"], given["genome"])

    # what is wrong with the source is said before PyTorch has been loaded
    from mirscan.explanation.explainer import Explainer
    from mirscan.runtime.torch_threads import networks_may_use

    asked = _request(given, source if places else given["genome"]).about(subjects)
    with networks_may_use(given["threads"]):
        explainer = Explainer(asked)
        _warn(subjects.made, explainer, source, given["quiet"])
        options.say_if_compiling(given["quiet"])
        explanations = explainer.explain(subjects.subjects, bool(asked.what_if))
        if given["output"] or given["folders"].wanted:
            explanations = _watched(explanations, len(subjects.subjects), given["quiet"])
        _show(explanations, explainer, source, given)


def _request(given: dict[str, Any], genome: str | None) -> ExplainRequest:
    """What the options ask of the explanation; what they leave open is as in the result."""
    from mirscan.evidence.registry import parse_evidence
    from mirscan.explanation.request import ExplainRequest

    evidence = given["evidence"]
    return options.request(
        ExplainRequest,
        given,
        arms=options.unless_none(given["arms"]),
        evidence=None if evidence is None else parse_evidence(evidence),
        what_if=WHAT_IF[given["what_if"]],
        reads=tuple(given["reads"]),
        genome=genome,
    )


def _check_output(output: str | None, as_json: bool) -> None:
    if output and as_json:
        raise click.UsageError("Give -o for a page or --json, not both.")
    if output and output != "-" and Path(output).suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(f"-o writes an HTML page: name it *.html, not {output!r}.")


def _subjects(source: str, places: tuple[str, ...], ids: tuple[str, ...], genome: str | None) -> Subjects:
    from mirscan.explanation.hairpins import of_fasta, of_genome
    from mirscan.explanation.results import is_result, of_result

    if places and ids:
        raise click.UsageError("Give places of a genome, or --id of a result file, not both.")
    places, ids = (tuple(map(options.as_utf_8, texts)) for texts in (places, ids))
    if places:
        return of_genome(source, places)
    return of_result(source, ids or None, genome) if ids or is_result(source) else of_fasta(source)


def _warn(made: Made, explainer: Explainer, source: str, quiet: bool) -> None:
    """Say what the explanation cannot know, or knows otherwise than the result."""
    scorer = explainer.scorer
    if made.model_sha256 not in (None, scorer.card.sha256):
        found = f"made by {made.model!r} with other weights than those of {scorer.name!r} here"
        options.say(f"mirscan: warning: {source}: {found}; scores are computed anew", quiet)
    if explainer.table is None:
        options.say(
            "mirscan: warning: the table of neighbours belongs to another DIVA than the tree, and none are "
            "shown. `mirscan train neighbours` makes one.",
            quiet,
        )


def _watched(explanations: Iterator[Explanation], count: int, quiet: bool) -> Iterator[Explanation]:
    """The explanations with a bar on stderr."""
    from tqdm import tqdm

    hidden = options.progress_hidden(quiet)
    yield from tqdm(explanations, total=count, unit=" hairpins", desc="explaining", disable=hidden)


def _show(
    explanations: Iterable[Explanation], explainer: Explainer, source: str, given: dict[str, Any]
) -> None:
    if given["folders"].wanted:
        explanations = _pictured(explanations, explainer, given["folders"])
    if given["output"]:
        _page(explanations, explainer, source, given)
    elif given["as_json"]:
        from mirscan.explanation.as_json import lines

        for line in lines(explanations, explainer):
            click.echo(line)
    elif given["folders"].wanted:
        where = ", ".join(map(str, given["folders"].wanted))
        options.say(f"{where}: pictures of {sum(1 for _ in explanations):,} hairpins", given["quiet"])
    else:
        _terminal(explanations)


def _pictured(
    explanations: Iterable[Explanation], explainer: Explainer, folders: PictureFolders
) -> Iterator[Explanation]:
    """The explanations, each with its pictures written."""
    from mirscan.explanation.pictures import write_pictures

    for number, explanation in enumerate(explanations, 1):
        write_pictures(folders, number, explanation, explainer.judge.tree)
        yield explanation


def _page(
    explanations: Iterable[Explanation], explainer: Explainer, source: str, given: dict[str, Any]
) -> None:
    from mirscan.explanation.page import write_page
    from mirscan.writers.text_file import open_text

    with open_text(given["output"], given["force"]) as stream:
        count = write_page(stream, explanations, explainer, Path(source).name)
    options.say(f"{given['output']}: {count:,} hairpins explained", given["quiet"])


def _terminal(explanations: Iterable[Explanation]) -> None:
    from rich.console import Console

    from mirscan.explanation.terminal import panel

    console = Console(highlight=False)
    for explanation in explanations:
        console.print(panel(explanation), soft_wrap=True)
