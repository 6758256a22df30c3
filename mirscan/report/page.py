"""The report as one self-contained HTML page; it loads nothing."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Callable
from typing import Any, TextIO

from markupsafe import Markup

from mirscan.explanation.links import links_of
from mirscan.explanation.picture_files import plain
from mirscan.explanation.svg.elements import STYLE, arm_colour, minus
from mirscan.explanation.svg.hairpin import hairpin_svg
from mirscan.explanation.table_column import TableColumn
from mirscan.explanation.templating import file_text, render
from mirscan.report import words
from mirscan.report.bars import evidence_bars, funnel_bars
from mirscan.report.content import Report
from mirscan.report.contig_map import cluster_rows, contig_map, rows
from mirscan.report.found import Found
from mirscan.report.histogram import bits_histogram, score_histogram

FIRST, OPENED = 10, 3  # hits that are shown with their reasons; of these, unfolded ones
MOST_LISTED = 1_000  # rows of the table of hits


def _arm(side: str) -> Callable[[Found], str]:
    def text(hit: Found) -> str:
        return next((hit.hairpin.sequence[start:end] for start, end, name in hit.arms if name == side), "")

    return text


def _known(hit: Found) -> str:
    return " ".join((hit.known.kind, *hit.known.names)) if hit.known else ""


COLUMNS: tuple[TableColumn[Found], ...] = (
    TableColumn("score", True, lambda hit: f"{hit.score:.6f}"),
    TableColumn("tier", False, lambda hit: hit.tier),
    TableColumn("q", True, lambda hit: "" if hit.q_value is None else f"{hit.q_value:.2g}"),
    TableColumn("bits", True, lambda hit: minus(f"{hit.bits:.1f}")),
    TableColumn("family", False, lambda hit: hit.family),
    TableColumn("known", False, _known),
    TableColumn("repeated", True, lambda hit: f"{hit.notes['repeated'] or 0:.2f}"),
    TableColumn("5p arm", False, _arm("5p")),
    TableColumn("3p arm", False, _arm("3p")),
    TableColumn("nt", True, lambda hit: str(len(hit.hairpin))),
)


def write_report(stream: TextIO, report: Report) -> None:
    """Write the page.

    Args:
        stream: Open for text.
        report: What it says.
    """
    script = file_text("page.js")
    page = render(
        "report.html",
        report=report,
        words=words,
        title=words.title(report),
        script_sha256=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        script=Markup(script),
        style=Markup(STYLE + file_text("page.css") + file_text("report.css")),
        opened=OPENED,
        first=[_card(report, hit) for hit in report.best[:FIRST]],
        charts=charts(report, alone=False),
        **_table(report),
    )
    stream.write(page + "\n")


def charts(report: Report, alone: bool = True) -> dict[str, Markup]:
    """The pictures of a report: name → SVG; none of a report without hits."""
    found: dict[str, str] = {}
    if report.hits:
        found["scores"] = score_histogram(report.hits, alone)
        found["bits"] = bits_histogram(report.hits, alone)
        found["contigs"] = contig_map(rows(report.best, report.clusters, report.lengths), alone)
        if large := cluster_rows(report.best, report.clusters):
            found["clusters"] = contig_map(large, alone, one_scale=False, title="Hits in clusters")
    if report.funnel:
        found["funnel"] = funnel_bars(report.funnel, alone)
    return {name: Markup(svg) for name, svg in found.items()}


def _card(report: Report, hit: Found) -> dict[str, Any]:
    """One of the first hits, with its reasons and pictures."""
    hairpin = hit.hairpin
    fold = hairpin_svg(
        hairpin.sequence, hairpin.structure, None, hit.arms, f"Fold of {hit.name}", alone=False
    )
    return {
        "hit": hit,
        "known": _known(hit),
        "fold": Markup(fold),
        "bits": Markup(evidence_bars(hit.evidence, hit.name, alone=False)) if hit.evidence else None,
        "arms": [
            {"name": name, "colour": arm_colour(name), "sequence": hairpin.sequence[start:end]}
            for start, end, name in hit.arms
        ],
        "command": command(report, hit),
        "link": link(report, hit),
        "databases": links_of([*(hit.known.names if hit.known else ()), hit.nearest]),
    }


def link(report: Report, hit: Found) -> str | None:
    """Where the page that explains a hit is; None without one."""
    return f"{report.explained}#h{hit.number}" if report.explained else None


def command(report: Report, hit: Found) -> str | None:
    """What to type for the page that explains a hit; None where it is not known of what."""
    if not report.explain:
        return None
    return shlex.join(["mirscan", "explain", *report.explain, hit.name, "-o", f"{plain(hit.name)}.html"])


def _table(report: Report) -> dict[str, Any]:
    """The columns and rows of the table of hits; columns of which no hit says anything are left out."""
    listed = report.best[:MOST_LISTED]
    cells = [[column.text(hit) for column in COLUMNS] for hit in listed]
    shown = [at for at in range(len(COLUMNS)) if any(row[at] for row in cells)]
    return {
        "columns": [COLUMNS[at] for at in shown],
        "table": [
            {"hit": hit, "link": link(report, hit), "cells": [row[at] for at in shown]}
            for hit, row in zip(listed, cells, strict=True)
        ],
    }
