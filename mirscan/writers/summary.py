"""What a run did, for people (a short table) and for programs (JSON of a versioned schema)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mirscan.pipeline.annotators import registry
from mirscan.pipeline.finish import Finish
from mirscan.records import Run
from mirscan.writers.files import open_text
from mirscan.writers.multiqc import sample_of, write_multiqc

FORMAT = "mirscan-summary"
VERSION = 1


def summary(run: Run, finish: Finish, threads: int, device: str, seconds: float) -> dict[str, Any]:
    """The facts of a finished run: what was asked, the funnel, how sure the hits are, seconds by stage."""
    counts, stages = finish.funnel.facts(), finish.funnel.seconds
    known = finish.known
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "mirscan": run.version,
        "model": run.model,
        "model_sha256": run.model_sha256,
        "tree": run.tree,
        "tree_latent": run.tree_latent,
        "options": dict(run.options),
        "arms": run.arms,
        "funnel": counts,
        "known": known.facts(finish.plan.holds) if known else None,
        "q_values": finish.q_values.facts() if finish.q_values else None,
        "seconds": {"total": round(seconds, 3), **{name: round(value, 3) for name, value in stages.items()}},
        "megabases_per_second": round(counts["bases"] / 1e6 / seconds, 4),
        "threads": threads,
        "device": device,
    }


def table(facts: dict[str, Any], verbose: bool = False) -> str:
    """The short table at the end of a run; with `verbose` also the seconds of each stage."""
    funnel, seconds = facts["funnel"], facts["seconds"]
    rows = [(name, f"{funnel[name]:,}") for name in ("contigs", "bases", "candidates", "folded", "hits")]
    noted = (count.name for count in registry.counts())
    rows += [(f"  {name}", f"{funnel[name]:,}") for name in noted if funnel[name]]
    rows += _sure_rows(facts)
    rows.append(("seconds", f"{seconds['total']:.1f}"))
    rows.append(("Mb/s", f"{facts['megabases_per_second']:.3f}"))
    if verbose:
        rows += [(f"  {stage}", f"{value:.1f} s") for stage, value in seconds.items() if stage != "total"]
        rows.append(("model", facts["model"]))
        rows.append(("device", facts["device"]))
    return "\n".join(f"{name:<12}{value:>16}" for name, value in rows)


def _sure_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """How many hits there are up to each q-value, and how many of the known were found."""
    thresholds = facts["q_values"]["thresholds"] if facts["q_values"] else []
    rows = [(f"  q ≤ {row['fdr']:g}", f"{row['hits']:,}") for row in thresholds]
    if known := facts["known"]:
        rows.append(("known", f"{known['found']:,} of {known['searched']:,}"))
    return rows


def reports(given: Mapping[str, Any]) -> list[str]:
    """The files that the options `summary` and `multiqc` ask for.

    Raises:
        UsageError: MultiQC would not find a file of this name.
    """
    if given["multiqc"] is not None:
        sample_of(given["multiqc"])
    return [given[name] for name in ("summary", "multiqc") if given[name] is not None]


def write_reports(facts: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Write the facts where the options `summary` and `multiqc` want them, each file whole or not at all."""
    if given["summary"] is not None:
        with open_text(given["summary"], given["force"]) as stream:
            stream.write(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    if given["multiqc"] is not None:
        write_multiqc(facts, given["multiqc"], given["force"])
