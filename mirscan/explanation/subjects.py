"""What is to be explained, and what is known of it beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mirscan.evidence.context import FURTHEST
from mirscan.evidence.neighbours import WIDEST
from mirscan.genome.access import Genome
from mirscan.pipeline.false_hits import CLADES
from mirscan.records import Hairpin

# Bases on both sides of a place: its neighbours, what outdoes them, and the sieve's reach from there.
CONTEXT = FURTHEST + WIDEST + 2_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The plus strand around a place.

    Attributes:
        contig: Name of the contig.
        start: Where `sequence` begins on it.
        sequence: RNA letters.
    """

    contig: str
    start: int
    sequence: str

    @classmethod
    def of(cls, genome: Genome, contig: str, start: int, end: int) -> Surroundings:
        """The surroundings of `start .. end`, as far as the contig goes."""
        first = max(0, start - CONTEXT)
        last = min(genome.length(contig), end + CONTEXT)
        return cls(contig, first, genome.fetch(contig, first, last))


@dataclass(frozen=True, slots=True)
class Subject:
    """A hairpin to explain.

    Attributes:
        name: What to call it.
        hairpin: The hairpin.
        surroundings: What lies around it; None where only the hairpin is known.
        hit: Whether it comes from the hits of a scan.
        notes: What else is known of it, as `Hit.notes`.
    """

    name: str
    hairpin: Hairpin
    surroundings: Surroundings | None = None
    hit: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def repeated(self) -> float | None:
        """The share of its words that the genome repeats, 0..1; None where nobody knows."""
        share: float | None = self.notes.get("repeated")
        return share


@dataclass(frozen=True, slots=True)
class Made:
    """How a result was made, as far as it says.

    Attributes:
        model: Name of the model; None where the format does not say.
        model_sha256: Checksum of its weights; None where the format does not say.
        min_score: Lowest score of a hit; None where the format does not say.
        prevalence: Of precursors, at which its scores are probabilities; None for what the model's card says.
        sensitivity: What the scan asked of a candidate; None where the format does not say.
        evidence: Kinds of evidence that were weighed; None where the format does not say.
        tree: Name of the tree that gave the rules; None where the format does not say, or there was none.
        bases: Of the genome in which places are asked about; None for results and ready hairpins.
        clades: Those that this genome may be of.
    """

    model: str | None = None
    model_sha256: str | None = None
    min_score: float | None = None
    prevalence: float | None = None
    sensitivity: str | None = None
    evidence: tuple[str, ...] | None = None
    tree: str | None = None
    bases: int | None = None
    clades: tuple[str, ...] = CLADES


@dataclass(frozen=True, slots=True)
class Subjects:
    """Everything to explain at once.

    Attributes:
        subjects: The hairpins, in order.
        made: How the result was made that they come from.
    """

    subjects: Sequence[Subject]
    made: Made = Made()
