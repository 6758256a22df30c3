"""The standard set of files of a run, beside each other under one name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from mirscan.errors import OutputError, UsageError
from mirscan.writers.destinations import STDOUT
from mirscan.writers.result_files import ResultFiles

RESULTS = (".gff3", ".bed", ".tsv", ".json", ".hairpins.fa", ".dbn")
MATURE = ".mature.fa"
# the reports by the name of their member of `ResultFiles`
REPORTS = {"summary": ".summary.json", "report": ".html", "multiqc": "_mqc.json"}
OF_EVIDENCE = {"families": ("families", ".families.tsv"), "reads": ("counts", ".counts.tsv")}
NAMELESS = "mirscan"  # the prefix where the input has no name


def prefix_of(source: str) -> str:
    """The name of an input without folder and suffixes: `data/demo.fa.gz` → `demo`."""
    if source == STDOUT:
        return NAMELESS
    name = Path(source).name
    return Path(name.removesuffix(".gz")).stem or NAMELESS


def standard_set(
    results: ResultFiles, folder: str | None, prefix: str, evidence: Collection[str], arms: bool
) -> ResultFiles:
    """Add the standard set to what was asked for by name; nothing goes to standard output then.

    Args:
        results: What was asked for by name; it stays as it is.
        folder: Where the set goes; made where it is missing. None for the working directory.
        prefix: How its file names begin.
        evidence: Kinds of evidence of the run: families and reads have tables of their own.
        arms: Whether the hits have mature arms.

    Raises:
        UsageError: The prefix is no file name.
        OutputError: The folder cannot be made.
    """
    if Path(prefix).name != prefix:
        raise UsageError(f"`prefix` {prefix!r}", "is no file name", "a name without a folder, and `outdir`")
    if folder is not None:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            found = f"cannot be made ({error.strerror})"
            raise OutputError(folder, found, "a folder that can be written") from error
    base = str(Path(folder or "") / prefix)
    named = tuple(name for name in results.outputs if name != STDOUT)
    suffixes = (*RESULTS, MATURE) if arms else RESULTS
    outputs = dict.fromkeys((*named, *(base + suffix for suffix in suffixes)))
    reports = {**REPORTS, **dict(OF_EVIDENCE[kind] for kind in OF_EVIDENCE if kind in evidence)}
    missing: dict[str, Any] = {
        name: base + suffix for name, suffix in reports.items() if getattr(results, name) is None
    }
    return replace(results, outputs=tuple(outputs), **missing)
