"""What a report says in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from mirscan.pipeline.false_hits import BETWEEN, CLADE, CLADES
from mirscan.report.clusters import NEAR
from mirscan.report.content import Report
from mirscan.report.contig_map import MOST_CONTIGS, MOST_HITS, size

TILES = {"high": "tier high", "likely": "tier likely", "candidate": "tier candidate"}


def title(report: Report) -> str:
    """The heading."""
    return f"{report.source}: {counted(len(report.hits), 'microRNA hit')}"


def counted(count: int, noun: str) -> str:
    """`1 hit`, `2 hits`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def made_by(report: Report) -> str:
    """With what the run was made."""
    run = report.run
    evidence = str(run["options"].get("evidence", "hairpin")).replace(",", ", ")
    return (
        f"mirscan {run['mirscan']} · model {run['model']} ({run['model_sha256'][:12]}) · evidence: {evidence}"
    )


def lead(report: Report) -> str:
    """What there is, and how much of it chance explains."""
    where = f" in {size(report.bases)}" if report.bases else ""
    if not report.hits:
        lowest = report.run["options"].get("min_score")
        reached = f" scores {lowest:g} or more" if lowest is not None else " is a hit"
        return f"No hit{where}: nothing{reached}. --tier candidate or --tier all shows weaker hits."
    tiers = [f"{row.hits:,} {row.name}" for row in report.tiers]
    text = f"{counted(len(report.hits), 'hit')}{where}{': ' if tiers else ''}{', '.join(tiers)}."
    if report.tiers and report.tiers[-1].expected:
        false = report.tiers[-1].expected
        about = false if false.startswith("fewer") else f"about {false}"
        text += f" Expect {about} false hits, judging by real DNA{clade(report)} of the same length."
    return text


def clade(report: Report) -> str:
    """Of which clade false hits were counted, behind a noun; empty where nobody counted."""
    names = str(report.run["options"].get(CLADE, "")).split(BETWEEN)
    if names == [""]:
        return ""
    *first, last = names
    listed = f"{', '.join(first)} or {last}" if first else last
    return " of any clade" if names == list(CLADES) else f" ({listed})"


def tiles(report: Report) -> Iterator[tuple[str, str]]:
    """The numbers that stand first, each with what it counts."""
    yield _tile(len(report.hits), "hit", "hits")
    for row in report.tiers:
        yield f"{row.hits:,}", TILES[row.name]
    if report.families_found or report.families_missing:
        yield _tile(len(report.families_found), "family found", "families found")
    if report.families_missing:
        of_clade = f"of {report.clade} missing"
        yield _tile(len(report.families_missing), f"family {of_clade}", f"families {of_clade}")
    if report.facts and report.facts["known"]:
        known = report.facts["known"]
        yield f"{known['found']:,} of {known['searched']:,}", "known microRNAs found"
    if report.clusters:
        yield _tile(len(report.clusters), "cluster", "clusters")


def _tile(count: int, one: str, many: str) -> tuple[str, str]:
    return f"{count:,}", one if count == 1 else many


def may_be_missing(report: Report) -> bool:
    """Whether families could be missing if somebody named the clade."""
    stated = str(report.run["options"].get(CLADE, BETWEEN))
    return report.clade is None and BETWEEN in stated


def strands(report: Report) -> str:
    """Which strands were searched."""
    searched = str(report.run["options"].get("strand", "both"))
    return "both strands" if searched == "both" else f"the {searched} strand"


def map_caption(report: Report) -> str:
    """What stands below the map of contigs."""
    contigs = len({hit.hairpin.contig for hit in report.hits})
    text = (
        "Above each line the plus strand, below it the minus strand. Orange: clusters, hits of one strand "
        f"with at most {NEAR // 1000} kb from each to the next."
    )
    if contigs > MOST_CONTIGS:
        text += f" Of {contigs:,} contigs with hits the {MOST_CONTIGS} with most of them are shown."
    if len(report.hits) > MOST_HITS:
        text += f" The {MOST_HITS:,} best hits are drawn."
    return text


def known(report: Report) -> str | None:
    """What of the known was found; None where nobody asked, or the summary is missing."""
    facts = report.facts["known"] if report.facts else None
    if facts is None:
        return None
    share = f" ({100 * facts['recall']:.0f} %)" if facts["recall"] is not None else ""
    return (
        f"{facts['found']:,} of {counted(facts['searched'], 'known microRNA')} in what was searched were "
        f"found{share}. Hits: {facts['hits_known']:,} known, {facts['hits_antisense']:,} opposite to known "
        f"microRNAs, {facts['hits_new']:,} new."
    )
