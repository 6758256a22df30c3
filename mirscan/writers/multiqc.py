"""A run in a MultiQC report, a table and a plot: custom content that MultiQC finds by its file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mirscan.errors import UsageError

ENDING = "_mqc.json"  # MultiQC reads every file of this ending as custom content
HEADERS: dict[str, dict[str, Any]] = {
    "megabases": {"title": "Mb", "description": "Megabases searched, on one strand", "format": "{:,.3f}"},
    "candidates": {"title": "Candidates", "description": "Hairpins that the sieve let through"},
    "folded": {"title": "Folded", "description": "Candidates that were folded"},
    "above_threshold": {"title": "Above", "description": "Scored hairpins at or above the lowest score"},
    "hits": {"title": "Hits", "description": "The best call of each locus"},
    "hits_per_megabase": {"title": "Hits/Mb", "description": "Hits per megabase", "format": "{:,.2f}"},
    "high": {"title": "High", "description": "Hits of the tier high"},
    "likely": {"title": "Likely", "description": "Hits of the tier likely"},
    "candidate": {"title": "Candidate", "description": "Hits of the tier candidate"},
    "known_found": {"title": "Known found", "description": "Known microRNAs that were found"},
    "recall": {"title": "Recall", "description": "Share of the known microRNAs found", "format": "{:,.2f}"},
    "seconds": {"title": "Seconds", "description": "Wall-clock seconds of the run", "format": "{:,.1f}"},
}


def sample_of(path: str) -> str:
    """The sample that a file is named for: `liver_mqc.json` → `liver`.

    Raises:
        UsageError: MultiQC would not find a file of this name.
    """
    name = Path(path).name
    if not name.endswith(ENDING) or name == ENDING:
        raise UsageError(f"`multiqc` {path}", "MultiQC would not find it", f"a name as in SAMPLE{ENDING}")
    return name.removesuffix(ENDING)


def plot_path(path: str) -> str:
    """Where the plot goes whose table goes to a path: `liver_mqc.json` → `liver_tiers_mqc.json`."""
    return str(Path(path).with_name(f"{sample_of(path)}_tiers{ENDING}"))


def plot(facts: dict[str, Any], sample: str) -> dict[str, Any]:
    """The plot: how many hits of a run have which tier, a bar a run.

    Args:
        facts: The summary of the run.
        sample: What the bar is called.
    """
    return {
        "id": "mirscan_tiers",
        "section_name": "mirscan: tiers",
        "description": "How far to trust the hits, by the false hits per Mb that score as much in real DNA.",
        "plot_type": "bargraph",
        "pconfig": {"id": "mirscan_tiers_plot", "title": "mirscan: hits by tier", "ylab": "Hits"},
        "data": {sample: _tiers(facts) or {"hits": facts["funnel"]["hits"]}},
    }


def _tiers(facts: dict[str, Any]) -> dict[str, int]:
    """Hits by tier; none where the false hits of the model were not measured."""
    found: dict[str, int] = (facts.get("tiers") or {}).get("hits", {})
    return found


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    """What of the known was found; nothing where none was named."""
    known = facts.get("known")
    return {"known_found": known["found"], "recall": known["recall"] or 0.0} if known else {}


def content(facts: dict[str, Any], sample: str) -> dict[str, Any]:
    """The section: a table with one row, which MultiQC joins with those of other runs.

    Args:
        facts: The summary of the run.
        sample: What the row is called.
    """
    funnel = facts["funnel"]
    megabases = funnel["bases"] / 1e6
    row = {
        "megabases": megabases,
        **{name: funnel[name] for name in ("candidates", "folded", "above_threshold", "hits")},
        "hits_per_megabase": funnel["hits"] / megabases if megabases else 0.0,
        **_tiers(facts),
        **_known(facts),
        "seconds": facts["seconds"]["total"],
    }
    headers = {name: {"format": "{:,.0f}", **HEADERS[name]} for name in HEADERS if name in row}
    return {
        "id": "mirscan",
        "section_name": "mirscan",
        "description": f"microRNA precursors found by mirscan {facts['mirscan']} (model {facts['model']}).",
        "plot_type": "table",
        "pconfig": {"id": "mirscan_table", "title": "mirscan: from bases to hits", "namespace": "mirscan"},
        "headers": headers,
        "data": {sample: row},
    }
