"""Tables of false hits, tiers and q-values; see `doc_tables`."""

from __future__ import annotations

from typing import Any

from benchmarks.tools.pages import label, markdown
from benchmarks.tools.results import read
from mirscan.evidence.registry import DEFAULT

USUAL = ",".join(DEFAULT)  # the evidence of a scan by default


def tiers() -> str:
    """What the tiers meant in genomes that their curves were not fitted on."""
    rows = [
        [
            clade,
            tier,
            f"{row['most_false_per_mb']:g}",
            f"{row['expected']:.1f}",
            str(row["counted"]),
            f"{row['false_per_mb']:.2g} ({_ends(row['interval_95'])})",
            f"{row['share_true']:.2f} ({_ends(row['share_true_95'])})"
            if "share_true" in row
            else "not known",
        ]
        for clade, by_tier in read("false_hits.json")["tiers"][USUAL].items()
        for tier, row in by_tier.items()
    ]
    header = [
        "clade",
        "tier",
        "at most",
        "expected",
        "counted",
        "false hits per Mb (95 %)",
        "share true (95 %)",
    ]
    return markdown(header, rows)


def false_hits() -> str:
    """In how many genomes the false hits are those expected by curves that were fitted without them."""
    checks = read("false_hits.json")["check"][USUAL]
    cuts = [cut for genome in checks.values() for cut in genome["cuts"]]
    rows = []
    for most in sorted({cut["false_per_mb"] for cut in cuts}, reverse=True):
        here = [cut for cut in cuts if cut["false_per_mb"] == most]
        missed = [
            f"{name} ({cut['expected']:.1f}, {_counts(cut)})"
            for name, genome in checks.items()
            for cut in genome["cuts"]
            if cut["false_per_mb"] == most and not cut["holds"]
        ]
        expected, counted = (sum(cut[name] for cut in here) for name in ("expected", "counted"))
        held = f"{sum(cut['holds'] for cut in here)} of {len(here)}"
        rows.append([f"{most:g}", held, f"{expected:.1f}", str(counted), ", ".join(missed) or "none"])
    header = [
        "false hits per Mb",
        "genomes that hold",
        "expected in all",
        "counted",
        "not (expected, counted, copies once)",
    ]
    return markdown(header, rows)


def _counts(cut: dict[str, Any]) -> str:
    """Hits at a cut, each counted, and with near copies once where that differs."""
    each, once = cut["counted"], cut.get("counted_copies_once", cut["counted"])
    return f"{each}" if once == each else f"{each}, {once}"


def qvalues() -> str:
    """How many of the hits up to a q-value are false."""
    content = read("qvalues.json")
    shares = ("false_share", "false_share_wrong_strand_counted")
    rows = [
        [
            label(host),
            f"{row['q']:g}",
            str(row["planted"] + row["antisense"] + row["background"]),
            f"{row['planted'] + row['antisense']} of {study['planted']}",
            *("" if row[share] is None else f"{row[share]:.2f}" for share in shares),
        ]
        for host, study in content["hosts"].items()
        for row in study["by_q"]
    ]
    return markdown(["planted", "`--fdr`", "hits", "found", "false", "false or wrong strand"], rows)


def natural() -> str:
    """The same with genes as dense as in human, by what was counted and by the tail of what was counted."""
    rows = [
        [
            f"{row['q']:g}",
            _shown(row["counted"]),
            str(row["counted"]["false_hits_drawn_from"]),
            _shown(row["tail"]),
            f"{row['tail']['false_hits_in_as_much_sequence']:.1f}",
            row["tail"].get("verdict", ""),
        ]
        for row in read("qvalues.json")["natural"]["by_q"]
    ]
    header = [
        "`--fdr`",
        "false, as counted (95 %)",
        "false hits counted",
        "false, by the tail (95 %)",
        "false hits by the tail",
        "q-value by the tail",
    ]
    return markdown(header, rows)


def rates() -> str:
    """False hits expected by curves that were fitted without a genome, beside those counted."""
    rows = [
        [
            f"{row['false_per_mb']:g}",
            f"{row['expected']:.1f}",
            f"{row['counted']} ({_ends(row['interval_95'])})",
        ]
        for row in read("qvalues.json")["natural"]["rates"]
    ]
    return markdown(["false hits per Mb", "expected in all", "counted (95 %)"], rows)


def stable() -> str:
    """How far the q-value of a hit changes with the lowest score that is shown."""
    content: dict[str, Any] = read("qvalues.json")["stable"]
    lowest = list(next(iter(content.values()))["by_lowest_score"])
    rows = [
        [
            name,
            str(genome["hits_by_default"]),
            *(f"{genome['by_lowest_score'][score]['largest_change']:.3f}" for score in lowest),
        ]
        for name, genome in content.items()
    ]
    return markdown(["genome", "hits by default", *(f"`--min-score {score}`" for score in lowest)], rows)


def prevalence() -> str:
    """Genes over candidates by clade, as `--clade-prevalence` takes them."""
    rows = [
        [
            clade,
            _digits(row["genes_per_mb"]) if row["prevalence"] else "none known",
            f"{row['candidates_per_mb']:,}",
            f"1 in {1 / row['prevalence']:,.0f}" if row["prevalence"] else "",
        ]
        for clade, row in read("clades.json")["prevalence"].items()
    ]
    return markdown(["clade", "genes per Mb", "candidates per Mb", "precursors among candidates"], rows)


def _shown(row: dict[str, Any]) -> str:
    """A share of false hits and its interval."""
    return f"{row['false_share']:.2f} ({_ends(row['interval_95'])})"


def _ends(interval: list[float]) -> str:
    low, high = interval
    return f"{low:.2g}–{high:.2g}"


def _digits(value: float) -> str:
    """Two digits, or all before the point."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
