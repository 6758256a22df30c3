"""Everything that is said of one hairpin, before it becomes text, pictures, a page or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.evidence.score import Sum
from mirscan.explanation.neighbours import Neighbour
from mirscan.explanation.stage_result import StageResult
from mirscan.explanation.subjects import Subject
from mirscan.explanation.what_if.bond_change import BondChange
from mirscan.explanation.what_if.sequence_change import SequenceChange, Singles
from mirscan.families.naming import Kinship
from mirscan.records import Hairpin
from mirscan.tree.rules import Rule

Arm = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class OtherBonds:
    """The hairpin with other bonds, as DIVA imagines it.

    Attributes:
        change: What changes.
        rule: What the tree then says.
        image: uint8 (25, 100), what the decoder draws.
    """

    change: BondChange
    rule: Rule
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class OtherSequence:
    """The hairpin with another sequence.

    Attributes:
        change: What changes.
        score: Its score, with all evidence but the network's as it is.
        rule: What the tree then says.
        image: uint8 (25, 100) of the mutant.
    """

    change: SequenceChange
    score: float
    rule: Rule
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The smallest changes that were found to turn the decisions; None where none was.

    Attributes:
        bonds: Of the bonds, to turn the tree.
        tree: Of the sequence, to turn the tree.
        call: Of the sequence, to carry the score across its threshold.
        singles: All single substitutions.
    """

    bonds: OtherBonds | None
    tree: OtherSequence | None
    call: OtherSequence | None
    singles: Singles


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of one hairpin of n bases.

    Attributes:
        subject: The hairpin.
        scores: Model → score of the fold alone, 0..1; the first is the model that calls, the others those
            that were asked for, at its prevalence.
        min_score: Lowest score at which it would be called.
        evidence: The sum of what its own sequence and fold tell; its score is the one that calls.
        attention: float64 (n,), NaN where the network does not look.
        attention_model: The network that the attention is of.
        arms: Mature arms in the hairpin, as reads show or the network predicts them: (start, end, name),
            0-based and half-open.
        image: uint8 (25, 100).
        reconstruction: uint8 (25, 100), what DIVA draws from its latents of the image.
        columns: Columns that the hairpin has; above 100 the image shows the first 100.
        branched: The fold has more than one terminal loop.
        concepts: Concept name → measured value.
        rule: The tree's verdict.
        neighbours: The nearest named precursors in z_m; empty where no table fits the DIVA.
        kin: The known family whose arm it bears; None where it bears none.
        stages: The stages of a scan, up to where the place falls out; None where its surroundings are not
            known.
        what_if: Changes that would turn the decisions; None where nobody asked.
        class_activation: float64 (n,), the class activation map of that network (deepMiRGene, section 4.3).
        readers: Reader → how many bits it adds to the score, where several read the hairpin.
    """

    subject: Subject
    scores: Mapping[str, float]
    min_score: float
    evidence: Sum
    attention: NDArray[np.float64]
    attention_model: str
    arms: Sequence[Arm]
    image: NDArray[np.uint8]
    reconstruction: NDArray[np.uint8]
    columns: int
    branched: bool
    concepts: Mapping[str, Any]
    rule: Rule
    neighbours: Sequence[Neighbour]
    kin: Kinship | None = None
    stages: Sequence[StageResult] | None = None
    what_if: WhatIf | None = None
    class_activation: NDArray[np.float64] | None = None
    readers: Mapping[str, float] = field(default_factory=dict)

    @property
    def hairpin(self) -> Hairpin:
        """The hairpin."""
        return self.subject.hairpin

    @property
    def score(self) -> float:
        """The score that calls."""
        return self.evidence.score

    @property
    def fell(self) -> StageResult | None:
        """The stage where it fell out; None where it did not, or nobody knows."""
        return next((stage for stage in self.stages or () if stage.passed is False), None)

    @property
    def called(self) -> bool:
        """Whether a scan calls it: by the stages where they are known, else by its score."""
        return self.score >= self.min_score if self.stages is None else self.fell is None
