"""The annotators there are. The order is that of the table: a new one comes last, so that no column moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirscan.evidence.score import HAIRPIN
from mirscan.pipeline.annotators.annotator import Annotator, Column, Count, Options
from mirscan.pipeline.annotators.arms import MatureArms
from mirscan.pipeline.annotators.arms_from import ArmsFrom
from mirscan.pipeline.annotators.copies import Copies
from mirscan.pipeline.annotators.evidence import EvidenceTerms
from mirscan.pipeline.annotators.family import FamilyName
from mirscan.pipeline.annotators.known import KnownLabel
from mirscan.pipeline.annotators.other_strand import OtherStrand
from mirscan.pipeline.annotators.q_value import QValue
from mirscan.pipeline.annotators.rank import Rank
from mirscan.pipeline.annotators.reads import SmallRnaReads
from mirscan.pipeline.annotators.repeated import Repeated
from mirscan.pipeline.annotators.rule import RuleOfTree
from mirscan.pipeline.annotators.tier import Tier
from mirscan.records import Hit

ANNOTATORS: list[type[Annotator]] = [
    RuleOfTree,
    MatureArms,
    QValue,
    KnownLabel,
    Repeated,
    EvidenceTerms,
    FamilyName,
    SmallRnaReads,
    OtherStrand,
    Copies,
    Rank,
    Tier,
    ArmsFrom,
]


def shown(options: Options) -> list[type[Annotator]]:
    """The annotators that the results of a run have, by its options."""
    return [annotator for annotator in ANNOTATORS if annotator.shown(options)]


def columns(options: Options) -> list[Column]:
    """Their columns, in the order of the table."""
    return [column for annotator in shown(options) for column in annotator.columns_of(options)]


def gff3_columns(options: Options) -> list[Column]:
    """Those that are attributes of GFF3, in their order there."""
    ranked = sorted(shown(options), key=lambda annotator: annotator.gff3_rank)
    return [column for annotator in ranked for column in annotator.columns_of(options) if column.in_gff3]


def members(hit: Hit, options: Options) -> dict[str, Any]:
    """What JSON holds of a hit beside its place, hairpin and score."""
    return {
        annotator.name: annotator.as_json(hit.notes.get(annotator.name, annotator.absent))
        for annotator in shown(options)
    }


def counts() -> list[Count]:
    """What the summary counts of hits."""
    return [count for annotator in ANNOTATORS for count in annotator.counts]


def stages() -> list[str]:
    """Under which names the annotators' seconds are counted."""
    return [annotator.stage for annotator in ANNOTATORS if annotator.stage]


def explained() -> list[type[Annotator]]:
    """Those whose notes `explain` repeats."""
    return [annotator for annotator in ANNOTATORS if annotator.explained]


def read_again() -> list[type[Annotator]]:
    """Those whose notes `explain` or the index of its page takes from a result."""
    return [annotator for annotator in ANNOTATORS if annotator.explained or annotator.listed]


def notes_of_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """The notes that the columns of a table or a GFF3 tell, of those in `read_again`."""
    return {annotator.name: annotator.from_texts(texts) for annotator in read_again()}


def notes_of_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """The notes that the JSON of a hit tells, of those in `read_again`."""
    return {annotator.name: annotator.from_json(record.get(annotator.name)) for annotator in read_again()}


def restored(record: Mapping[str, Any]) -> dict[str, Any]:
    """All notes of the JSON of a hit, as the annotators make them; see `Annotator.restored`."""
    notes = {each.name: each.restored(record[each.name]) for each in ANNOTATORS if each.name in record}
    return {name: note for name, note in notes.items() if note is not None}


def explained_members(notes: Mapping[str, Any]) -> dict[str, Any]:
    """What the JSON of `explain` repeats: null where a result that always says it does not."""
    found = {each.name: each.as_json(notes.get(each.name)) for each in explained()}
    always = {each.name for each in explained() if each.absent is not None}
    return {name: value for name, value in found.items() if value is not None or name in always}


def sentences(notes: Mapping[str, Any]) -> list[str]:
    """What `explain` says of the notes of a result."""
    return [text for each in explained() for text in each.sentences(each.as_json(notes.get(each.name)))]


def options_of(hit: Hit) -> Options:
    """As much of a run's options as one of its hits gives away."""
    terms = hit.evidence.terms if hit.evidence else ()
    return {"evidence": ",".join(term.name for term in terms) or HAIRPIN}
