"""`mirscan report`: a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mirscan.cli import options
from mirscan.cli.picture_options import pictures
from mirscan.errors import UsageError

STDOUT = "-"


@click.command()
@click.argument("hits", type=click.Path())
@options.output("The page. [default: HITS.report.html, beside HITS]", "FILE.html")
@options.file(
    "--summary",
    "What `scan --summary` wrote: the page then shows the stages, what of the known was found, and how "
    "many false hits to expect.",
)
@click.option(
    "--clade", metavar="NAME", help="Whose families are expected. [default: the clade of the result]"
)
@options.file(
    "--explained", "The page of `mirscan explain HITS`: each hit is a link to its part of it.", "PAGE.html"
)
@pictures
@options.force
@options.quiet
def command(hits: str, **given: Any) -> None:
    """Show the run that wrote HITS on one page.

    HITS is the .json of `mirscan scan` or `mirscan merge`. The page says how many hits there are of which
    tier, which to validate first and why, where they lie, and which families are there and which are missing.
    It is one file that loads nothing.
    """
    from mirscan.explanation.picture_files import plain
    from mirscan.report.build import Surroundings, report_of
    from mirscan.report.page import charts, write_report
    from mirscan.writers.destinations import PAGES, check_destinations, check_spared, check_suffix
    from mirscan.writers.reading import read_document
    from mirscan.writers.summary import read_summary
    from mirscan.writers.text_file import open_text

    output = given["output"] or f"{_stem(hits)}.report.html"
    check_suffix(output, "a page is HTML", PAGES)
    check_spared([hits, given["summary"]], [output])
    check_destinations([], [output], given["force"])
    around = Surroundings(
        Path(hits).name,
        read_summary(given["summary"]) if given["summary"] else None,
        given["clade"],
        explain=(Path(hits).name, "--id"),
        explained=given["explained"],
    )
    report = report_of(read_document(hits), around)
    with open_text(output, given["force"]) as stream:
        write_report(stream, report)
    given["folders"].write(plain(report.source), charts(report))
    if output != STDOUT:
        options.say(f"written {output}", given["quiet"])


def _stem(hits: str) -> str:
    """The name of a result without the suffixes of its format.

    Raises:
        UsageError: It has not the suffix of the JSON that a report is made of.
    """
    stem = hits.removesuffix(".gz").removesuffix(".json")
    if stem in (hits, hits.removesuffix(".gz")):
        raise UsageError(
            f"report of {hits!r}", "a report is made of a .json", "`mirscan scan … -o NAME.json`"
        )
    return stem
