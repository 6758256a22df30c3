"""The nouns of mirscan. All coordinates are 0-based and half-open, on the plus strand of the contig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mirscan.evidence.score import Sum
    from mirscan.tree.rules import Rule


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a contig to look at, and the part of it whose candidates it owns.

    Attributes:
        contig: Name of the contig.
        start: First base read.
        end: One past the last base read.
        own_start: First base owned: candidates whose first base (plus strand) lies in
            `own_start .. own_end` are reported from this window and from no other.
        own_end: One past the last base owned.
    """

    contig: str
    start: int
    end: int
    own_start: int
    own_end: int


@dataclass(frozen=True, slots=True)
class ProposedArm:
    """An arm that something proposes.

    Attributes:
        start: First base on the plus strand of its contig.
        end: One past the last base.
        minus: Its strand.
    """

    start: int
    end: int
    minus: bool


@dataclass(frozen=True, slots=True, repr=False)
class Hairpin:
    """A folded candidate.

    Attributes:
        contig: Name of the contig, or of the record for a ready hairpin.
        start: First base on the plus strand.
        end: One past the last base on the plus strand.
        strand: `+` or `-`.
        sequence: RNA letters (ACGUN), 5′ to 3′ on `strand`.
        structure: Dot-bracket of the same length, from ViennaRNA.
        mfe: Minimum free energy, kcal/mol.
    """

    contig: str
    start: int
    end: int
    strand: str
    sequence: str
    structure: str
    mfe: float

    def __len__(self) -> int:
        return len(self.sequence)

    def __repr__(self) -> str:
        place = place_name(self.contig, self.start, self.end, self.strand)
        return f"<Hairpin {place} {len(self)} nt {self.mfe:.2f} kcal/mol>"


@dataclass(frozen=True, slots=True)
class Flanks:
    """What lies beside a hairpin on its own strand, 5′ to 3′.

    Attributes:
        five_prime: The bases before its first, RNA letters; N where nothing is known, as beyond a contig.
        three_prime: As many bases after its last.
    """

    five_prime: str
    three_prime: str


@dataclass(frozen=True, slots=True)
class Arms:
    """The predicted mature arms of a hairpin, each as start and end on the plus strand of its contig.

    Attributes:
        five_prime: The arm of the 5′ strand.
        three_prime: The arm of the 3′ strand.
    """

    five_prime: tuple[int, int]
    three_prime: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """What a hit is beside known microRNAs.

    Attributes:
        kind: `known`, `antisense` (opposite to a known one) or `new`.
        names: What is known there.
    """

    kind: str
    names: tuple[str, ...] = ()


REPEATED = 0.3  # share of a hairpin's words that the genome repeats, above which it counts as repeated
REPEATS = "repeats"  # under which that share stands among what is measured of a call


@dataclass(frozen=True, slots=True)
class Call:
    """A scored hairpin before its evidence is weighed: what the journal of a scan holds.

    Attributes:
        hairpin: The hairpin.
        log_odds: Natural log-odds of a precursor by the network.
        measured: What each kind of evidence measured of it, by the kind's name; JSON.
    """

    hairpin: Hairpin
    log_odds: float
    measured: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def repeated(self) -> float:
        """The share of its words that the genome repeats, 0..1; see `genome/repeats.py`."""
        share: float = self.measured.get(REPEATS, 0.0)
        return share


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """A hairpin that was called.

    Attributes:
        name: Unique in a run, from the place: `contig:start-end:strand`, 1-based as people read it.
        hairpin: The hairpin.
        score: Probability-like score, 0..1.
        notes: Whatever else is said of it, by the name of the annotator that says it.
    """

    name: str
    hairpin: Hairpin
    score: float
    notes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, hairpin: Hairpin, score: float, **notes: Any) -> Hit:
        """A hit named by its place."""
        return cls(
            place_name(hairpin.contig, hairpin.start, hairpin.end, hairpin.strand), hairpin, score, notes
        )

    def __repr__(self) -> str:
        family, tier = self.notes.get("family"), self.tier
        labels = [family["family"] if family else "", tier["name"] if tier else ""]
        return f"<Hit {' '.join([self.name, f'score {self.score:.6f}', *filter(None, labels)])}>"

    def noted(self, **notes: Any) -> Hit:
        """The same hit with more said of it."""
        return replace(self, notes={**self.notes, **notes})

    @property
    def rule(self) -> Rule | None:
        """The tree's verdict and the path to it; None where no tree was asked."""
        rule: Rule | None = self.notes.get("rule")
        return rule

    @property
    def arms(self) -> Arms | None:
        """Its mature arms; None where nobody asked, or the hairpin is too short for two."""
        arms: Arms | None = self.notes.get("arms")
        return arms

    @property
    def q_value(self) -> float | None:
        """The false discovery rate of the hits that score no worse, 0..1; None without decoys."""
        q_value: float | None = self.notes.get("q_value")
        return q_value

    @property
    def known(self) -> Label | None:
        """Whether it is known; None where nobody asked."""
        label: Label | None = self.notes.get("known")
        return label

    @property
    def tier(self) -> Mapping[str, Any] | None:
        """`name` of its tier and `false_per_mb`, see `pipeline/tiers.py`; None where nobody measured."""
        tier: Mapping[str, Any] | None = self.notes.get("tier")
        return tier

    @property
    def repeated(self) -> float:
        """The share of its words that the genome repeats, 0..1; see `genome/repeats.py`."""
        share: float = self.notes.get("repeated", 0.0)
        return share

    @property
    def evidence(self) -> Sum | None:
        """The sum that its score stands for; None where it was scored without."""
        evidence: Sum | None = self.notes.get("evidence")
        return evidence


def place_name(contig: str, start: int, end: int, strand: str) -> str:
    """The name of a hit: its place, 1-based with the end included, as people and genome browsers write it."""
    return f"{contig}:{start + 1}-{end}:{strand}"


@dataclass(frozen=True, slots=True)
class Run:
    """What a result says of the run that made it: everything that decides its content, and nothing else.

    Attributes:
        version: Version of mirscan.
        model: Name of the model, from its card.
        model_sha256: Checksum of its weights.
        options: Options that decide which hits there are, by name.
        lengths: Contig name → length in bases.
        tree: Name of the tree that gives the rules; None without.
        tree_latent: Checksum of the latent that the tree divides; None without.
        arms: Name of the model that places the mature arms; None without.
        arms_sha256: Checksum of its weights; None without.
    """

    version: str
    model: str
    model_sha256: str
    options: Mapping[str, str | float | int]
    lengths: Mapping[str, int]
    tree: str | None = None
    tree_latent: str | None = None
    arms: str | None = None
    arms_sha256: str | None = None


def on_genome(hairpin: Hairpin, part: tuple[int, int]) -> tuple[int, int]:
    """A part of a hairpin, 0-based and half-open on its own strand → on the plus strand of its contig."""
    start, end = part
    if hairpin.strand == "-":
        return hairpin.end - end, hairpin.end - start
    return hairpin.start + start, hairpin.start + end


def in_hairpin(hairpin: Hairpin, part: tuple[int, int]) -> tuple[int, int]:
    """A part of a hairpin on the plus strand of its contig → on its own strand, 5′ to 3′; see `on_genome`."""
    start, end = part
    if hairpin.strand == "-":
        return hairpin.end - end, hairpin.end - start
    return start - hairpin.start, end - hairpin.start
