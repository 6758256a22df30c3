"""From the JSON of a result to its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirscan.errors import InputError
from mirscan.families.report import FamilyTable
from mirscan.families.store import load
from mirscan.pipeline.false_hits import in_index, stated_clade
from mirscan.report.content import Report
from mirscan.report.found import FAMILIES, Found

A_RESULT = "the .json of `mirscan scan` or `mirscan merge`"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a report says beside its hits.

    Attributes:
        source: Name of the genome or of the result.
        facts: The summary of the run; None where nobody has it.
        clade: Whose families are expected; None for that of the result, where it states a single one.
        written: Names of the files that the run wrote.
        explain: What stands between `mirscan explain` and the name of a hit; empty where nobody knows.
        explained: The page that explains the hits, as a link from the report; None where there is none.
    """

    source: str
    facts: Mapping[str, Any] | None = None
    clade: str | None = None
    written: Sequence[str] = ()
    explain: Sequence[str] = ()
    explained: str | None = None


def report_of(document: Mapping[str, Any], around: Surroundings) -> Report:
    """The report of a result.

    Args:
        document: The JSON of the result.
        around: What else it says.

    Raises:
        InputError: A hit is none of ours.
        UsageError: No such clade.
    """
    run = {name: value for name, value in document.items() if name not in ("hits", "contigs")}
    try:
        hits = [Found.of(number, record) for number, record in enumerate(document["hits"], 1)]
        lengths = {hit.hairpin.contig: int(document["contigs"][hit.hairpin.contig]) for hit in hits}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(around.source, f"unexpected content ({error!r})", A_RESULT) from error
    table = _families(run["options"], hits, around.clade)
    return Report(
        source=around.source,
        run=run,
        hits=hits,
        lengths=lengths,
        facts=around.facts,
        families=table.rows()[1:] if table else None,
        clade=table.clade if table else None,
        written=around.written,
        explain=around.explain,
        explained=around.explained,
    )


def _families(options: Mapping[str, Any], hits: Sequence[Found], clade: str | None) -> FamilyTable | None:
    """The families of the hits; None where the run did not look for families."""
    if FAMILIES not in str(options.get("evidence", "")).split(","):
        return None
    table = FamilyTable(load().precursors, in_index(clade), stated_clade(options))
    for hit in hits:
        if numbers := hit.family_numbers:
            table.add_kin(hit.name, hit.score, numbers)
    return table
