"""How much a rule is worth in a genome: who comes to a node of the tree, and the sentence that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirscan.tree.question import Question
    from mirscan.tree.rules import Step

LONGEST = 200  # characters of a rule in GFF3
BETWEEN = " → "  # `->` in GFF3
PLAIN = str.maketrans({"–": "-", "′": "'"})  # GFF3 would escape what is not ASCII
HALF = 0.5  # thresholds of counts lie between two whole numbers


@dataclass(frozen=True, slots=True)
class Rates:
    """What comes to a node, counted on families and sequence that the tree was not fitted on.

    Attributes:
        precursors: Of 100 precursors that reach the scorer.
        background: Candidates per Mb of human that reach the scorer and are no known precursors.
        bits: log2 of how many times more of the precursors than of the background come here.
    """

    precursors: float
    background: float
    bits: float

    @property
    def text(self) -> str:
        """`12 of 100 precursors and 1.3 background candidates per Mb of human come here: +2.9 bits`."""
        return (
            f"{shown(self.precursors)} of 100 precursors and {shown(self.background)} background candidates "
            f"per Mb of human come here: {self.bits:+.1f} bits"
        )

    @property
    def brief(self) -> str:
        """`12 of 100 · 1.3 per Mb · +2.9 bits`, where a caption says of what."""
        return f"{shown(self.precursors)} of 100 · {shown(self.background)} per Mb · {self.bits:+.1f} bits"


def bits_of(precursors: float, background: float) -> float:
    """log2 of the ratio of two shares, to a hundredth."""
    return round(log2(precursors / background), 2)


def shown(rate: float) -> str:
    """A rate with as many digits as it is worth: `12`, `3.4`, `0.07`."""
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2g}"


def sentence(steps: Sequence[Step], rates: Rates) -> str:
    """A rule in at most 200 characters of ASCII, with arrows, and none that GFF3 escapes.

    Several answers on one concept are told as one; where the room does not suffice, the first ones stay.
    """
    worth = f"{shown(rates.precursors)} of 100 precursors and {shown(rates.background)} background per Mb"
    end = f"{BETWEEN}{worth}: {rates.bits:+.1f} bits"
    conditions: list[str] = []
    for part in _by_concept(steps):
        if len(BETWEEN.join([*conditions, part])) + len(end) + len(conditions) + 1 > LONGEST:
            break
        conditions.append(part)
    return (BETWEEN.join(conditions) + end if conditions else end.removeprefix(BETWEEN)).translate(PLAIN)


def _by_concept(steps: Sequence[Step]) -> list[str]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.question.concept, []).append(step)
    return [_condition(group) for group in groups.values()]


def _condition(steps: Sequence[Step]) -> str:
    """`stability over shuffles: 6.2 SD (> 5.15)`, or `UGU or GUG at loop: yes`."""
    question = steps[0].question
    above = [step.question.threshold for step in steps if step.yes and step.question.threshold is not None]
    below = [
        step.question.threshold for step in steps if not step.yes and step.question.threshold is not None
    ]
    if not above and not below:
        return f"{question.text}: {'yes' if steps[0].yes else 'no'}"
    span = _span(max(above, default=None), min(below, default=None))
    value = steps[0].value
    if value is None:
        return f"{question.label} {span}{_unit(question)}"
    return f"{question.label}: {value:.3g}{_unit(question)} ({span})"


def _span(above: float | None, below: float | None) -> str:
    """`> 5.15`, `< 0.9`, or what lies between; of counts the whole numbers that are meant."""
    whole = all(bound is None or bound % 1 == HALF for bound in (above, below))
    if above is not None and below is not None:
        return f"{ceil(above) if whole else above:g} to {floor(below) if whole else below:g}"
    if above is not None:
        return f"> {floor(above) if whole else above:g}"
    return f"< {ceil(below or 0.0) if whole else below:g}"


def _unit(question: Question) -> str:
    return f" {question.unit}" if question.unit else ""
