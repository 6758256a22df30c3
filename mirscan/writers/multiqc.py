"""A run as a section of a MultiQC report: custom content that MultiQC finds by its file name."""

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
    "hits_per_megabase": {"title": "Hits/Mb", "description": "Hits a megabase", "format": "{:,.2f}"},
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
        "seconds": facts["seconds"]["total"],
    }
    headers = {name: {"format": "{:,.0f}", **header} for name, header in HEADERS.items()}
    return {
        "id": "mirscan",
        "section_name": "mirscan",
        "description": f"microRNA precursors found by mirscan {facts['mirscan']} (model {facts['model']}).",
        "plot_type": "table",
        "pconfig": {"id": "mirscan_table", "title": "mirscan: from bases to hits", "namespace": "mirscan"},
        "headers": headers,
        "data": {sample: row},
    }
