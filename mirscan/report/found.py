"""A hit as the JSON of a result holds it, for people who read of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from mirscan.evidence.score import BIT, log_odds
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.annotators.arms import SIDES
from mirscan.pipeline.annotators.evidence import EvidenceTerms
from mirscan.pipeline.known import KNOWN
from mirscan.records import Hairpin, Label, in_hairpin

FAMILIES = "families"  # the kind of evidence whose numbers name the family

Arm = tuple[int, int, str]


@dataclass(frozen=True)
class Found:
    """A hit of a result.

    Attributes:
        number: Its place in the result, from 1 on: the anchor of its part of the page of `explain`.
        name: Its name.
        hairpin: Its hairpin.
        score: 0..1.
        notes: What else the result says of it, as `explain` reads it.
        rank: 1 for the best hit.
        rule: The path through the tree in words; empty without a tree.
        arms: Mature arms in the hairpin: (start, end, name), 0-based and half-open.
    """

    number: int
    name: str
    hairpin: Hairpin
    score: float
    notes: Mapping[str, Any]
    rank: int
    rule: str
    arms: Sequence[Arm]

    @classmethod
    def of(cls, number: int, record: Mapping[str, Any]) -> Found:
        """Read a hit.

        Args:
            number: Its place in the result, from 1 on.
            record: Its object in the JSON.

        Raises:
            KeyError, TypeError, ValueError: No hit of ours.
        """
        hairpin = Hairpin(**{field.name: record[field.name] for field in fields(Hairpin)})
        rule, rank = record.get("rule"), record.get("rank")
        return cls(
            number=number,
            name=str(record["name"]),
            hairpin=hairpin,
            score=float(record["score"]),
            notes=registry.notes_of_json(record),
            rank=number if rank is None else int(rank),
            rule=str(rule["text"]) if rule else "",
            arms=_arms(hairpin, record.get("arms")),
        )

    @property
    def tier(self) -> str:
        """The name of its tier; empty where nobody measured."""
        note = self.notes["tier"]
        return str(note["name"]) if note else ""

    @property
    def false_per_mb(self) -> float | None:
        """False hits per megabase of real DNA that score as much; None where nobody measured."""
        note = self.notes["tier"]
        return float(note["false_per_mb"]) if note else None

    @property
    def q_value(self) -> float | None:
        """The share of false hits among those that score no worse; None without decoys."""
        q_value: float | None = self.notes["q_value"]
        return q_value

    @property
    def known(self) -> Label | None:
        """What it is beside known microRNAs; None where nobody asked."""
        label: Label | None = self.notes["known"]
        return label

    @property
    def family(self) -> str:
        """Its known family; empty without."""
        note = self.notes["family"]
        return str(note["family"]) if note else ""

    @property
    def label(self) -> str:
        """What it is called where a name is known: the first known microRNA there, else its family."""
        names = self.known.names if self.known and self.known.kind == KNOWN else ()
        return names[0] if names else self.family

    @property
    def nearest(self) -> str:
        """The nearest known precursor of its family; empty without."""
        note = self.notes["family"]
        return str(note["nearest"]) if note else ""

    @property
    def evidence(self) -> list[tuple[str, float]]:
        """What its score is the sum of: the prior and each kind of evidence, with its bits."""
        note = self.notes[EvidenceTerms.name]
        if note is None:
            return []
        return [("prior", note["prior"]), *((term["name"], term["bits"]) for term in note["terms"])]

    @cached_property
    def bits(self) -> float:
        """Its score in bits: log2 of the odds, the sum of all evidence where the result has one."""
        note = self.notes[EvidenceTerms.name]
        return float(note["bits"]) if note else log_odds(self.score) / BIT

    @property
    def family_numbers(self) -> Mapping[str, Any] | None:
        """What the evidence of families measured, where it speaks for a family; None elsewhere."""
        note = self.notes[EvidenceTerms.name]
        terms = note["terms"] if note else ()
        term = next((term for term in terms if term["name"] == FAMILIES), None)
        return term["numbers"] if term and term["bits"] > 0 and term.get("numbers") else None

    @property
    def sentences(self) -> list[str]:
        """What speaks for it and against it, in words, the rule last."""
        sentences = registry.sentences(self.notes)
        return [*sentences, f"The tree: {self.rule}."] if self.rule else sentences


def _arms(hairpin: Hairpin, record: Mapping[str, Any] | None) -> list[Arm]:
    if not record:
        return []
    return [(*in_hairpin(hairpin, tuple(record[key])), side) for side, key in SIDES.items()]
