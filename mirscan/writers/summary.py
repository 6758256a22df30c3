"""What a run did, for people (a short table) and for programs (JSON of a versioned schema)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mirscan.evidence.score import HAIRPIN
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.false_hits import CLADE_GUESS, CLADES, counted_with, false_hits, of_facts
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.tiers import HIGH, LIKELY, MOST_FALSE, TIERS, why_held_back
from mirscan.reads.measurement import NAME as READS
from mirscan.records import Run
from mirscan.scoring.checkpoint import locate, shipped
from mirscan.writers.multiqc import content, plot, plot_path, sample_of
from mirscan.writers.outputs import Outputs
from mirscan.writers.reading import read_format
from mirscan.writers.result_files import ResultFiles

FORMAT = "mirscan-summary"
VERSION = 2
ALL_CLADES = "all"  # in what the tiers meant
NONE_KNOWN = frozenset({"fungus", "bacterium"})  # clades without a known microRNA


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
        "tiers": _tiers(run, finish),
        "q_values": _q_values(finish),
        "seconds": {"total": round(seconds, 3), **{name: round(value, 3) for name, value in stages.items()}},
        "megabases_per_second": round(counts["bases"] / 1e6 / seconds, 4),
        "threads": threads,
        "device": device,
    }


def _tiers(run: Run, finish: Finish) -> dict[str, Any] | None:
    """Whose false hits the tiers go by, and how many hits each has; None where nobody measured."""
    curve = of_facts(run.options)
    if curve is None:
        return None
    return {
        "clades": list(curve.clades),
        "guessed": run.options.get(CLADE_GUESS),
        "counted_with": counted_with(_evidence(run)).split(","),
        "most_false_per_mb": {name: round(finish.limits.most(name), 3) for name in TIERS},
        "held_back": dict(finish.cuts.held_back) if finish.cuts else {},
        "in_genomes_never_seen": _meant(run, curve.clades),
        "hits": {name: finish.funnel.noted[name] for name in TIERS},
    }


def _evidence(run: Run) -> list[str]:
    """The kinds of evidence of a run."""
    return str(run.options.get("evidence", HAIRPIN)).split(",")


def _q_values(finish: Finish) -> dict[str, Any] | None:
    """What the q-values rest on; with each rate the hits from there on, and those reported."""
    if finish.q_values is None:
        return None
    facts = finish.q_values.facts()
    for row in facts["thresholds"]:
        row["reported"] = sum(q_value <= row["fdr"] for q_value in finish.reported)
    return facts


def _meant(run: Run, clades: Sequence[str]) -> dict[str, Any] | None:
    """What the tiers meant in genomes of the clade never seen; None where nobody measured."""
    if run.model not in shipped():
        return None
    measured = false_hits(locate(run.model), run.model_sha256)
    by_clade = measured.meant.get(counted_with(_evidence(run)), {}) if measured else {}
    found = by_clade.get(clades[0] if len(clades) == 1 else ALL_CLADES)
    return None if found is None else {name: dict(found[name]) for name in TIERS if name in found}


def read_summary(path: str) -> dict[str, Any]:
    """The facts of a run from the file that `write_reports` wrote.

    Raises:
        InputError: Missing, cut short, or something else.
    """
    return read_format(path, FORMAT, VERSION, "what `mirscan scan --summary` wrote")


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
    lines = [f"{name:<12}{value:>16}" for name, value in rows]
    return "\n".join([*lines, _about_tiers(facts)])


def _about_tiers(facts: dict[str, Any]) -> str:
    """In a sentence what the tiers go by."""
    tiers = facts.get("tiers")
    if tiers is None:
        return "no tiers: the false hits of this model with this evidence were not measured"
    clades, why = tiers["clades"], tiers["guessed"]
    which = "any clade" if clades == list(CLADES) else " or ".join(clades)
    guess = f", a guess: {why}; --clade names another" if why else ""
    most, seen = tiers["most_false_per_mb"], tiers["in_genomes_never_seen"]
    limits = ", ".join(f"{name} {most[name]:g}" for name in (HIGH, LIKELY))
    lines = [f"clade: {which}{guess}", f"tiers: false hits per Mb to expect from their scores up: {limits}"]
    if held_back := ", ".join(f"{count:,} {name}" for name, count in tiers["held_back"].items() if count):
        lines.append(f"tiers: ranked lower than their scores, as {why_held_back(clades)}: {held_back}")
    if READS in str(facts["options"].get("evidence", "")).split(","):
        lines.append(
            f"tiers: counted by {', '.join(tiers['counted_with'])}; the bits of reads are added to that"
        )
        on = f"{facts['funnel'].get('with_reads', 0):,} of {facts['funnel']['hits']:,} hits"
        lines.append(f"reads: on {on}; the others lose a little, as a gene may be silent in these libraries")
    if seen and most[HIGH] == MOST_FALSE[HIGH]:
        meant = "; ".join(f"{name} {_in_words(seen[name])}" for name in (HIGH, LIKELY) if name in seen)
        lines.append(f"in genomes never seen (95 %): {meant}")
        if facts["funnel"]["hits"] and not any("share_true_95" in each for each in seen.values()):
            lines.append(f"how many of these hits are true is not known{_why_not(clades)}")
    return "\n".join(lines)


def _in_words(meant: dict[str, Any]) -> str:
    """What a tier meant: false hits per Mb, and how many hits are true where that is known, by intervals."""
    low, high = meant["interval_95"]
    counted = f"{low:.2g}–{high:.2g}" if meant["counted"] else f"none counted, at most {high:.2g}"
    words = f"{counted} false hits per Mb"
    if "share_true_95" not in meant:
        return words
    least, most = meant["share_true_95"]
    return f"{words}, {least:.0%}–{most:.0%} of hits true"


def _why_not(clades: Sequence[str]) -> str:
    """Why nobody knows how many hits of some clades are true."""
    if NONE_KNOWN.issuperset(clades):
        return ": no microRNAs of such genomes are known"
    if len(clades) > 1:
        return " while the clade is open"
    return ": how many genes are found was measured in vertebrates, nematodes and insects only"


def _sure_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """How many reported hits are up to each q-value, and how many known ones were found, if there are any."""
    thresholds = facts["q_values"]["thresholds"] if facts["q_values"] and facts["funnel"]["hits"] else []
    rows = [(f"  q ≤ {row['fdr']:g}", f"{row['reported']:,}") for row in thresholds]
    if (known := facts["known"]) and known["searched"]:
        rows.append(("known", f"{known['found']:,} of {known['searched']:,}"))
    return rows


def write_reports(facts: dict[str, Any], results: ResultFiles, outputs: Outputs) -> None:
    """Write the facts where somebody wants them, beside the results."""
    if results.summary is not None:
        _write_json(facts, 2, results.summary, outputs)
    if results.multiqc is not None:
        sample = sample_of(results.multiqc)
        _write_json(content(facts, sample), 1, results.multiqc, outputs)
        _write_json(plot(facts, sample), 1, plot_path(results.multiqc), outputs)


def _write_json(content: dict[str, Any], indent: int, path: str, outputs: Outputs) -> None:
    with outputs.beside(path) as stream:
        stream.write(json.dumps(content, indent=indent, ensure_ascii=False) + "\n")
