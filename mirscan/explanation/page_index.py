"""The index of a page: a row for each hairpin, the best first, with what one sorts hits by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mirscan.explanation import words
from mirscan.explanation.content import Explanation
from mirscan.explanation.table_column import TableColumn
from mirscan.pipeline.annotators.family import FamilyName
from mirscan.pipeline.annotators.known import KnownLabel
from mirscan.pipeline.annotators.q_value import QValue
from mirscan.pipeline.annotators.tier import Tier


@dataclass(frozen=True, slots=True)
class Row:
    """A hairpin in the index.

    Attributes:
        number: Its place in the order of the file, from 1 on: its article has the anchor `h` + number.
        name: Its name.
        strength: The score that calls and the bits behind it, by which the rows are sorted.
        cells: The cells behind number and name, as in `COLUMNS`.
    """

    number: int
    name: str
    strength: tuple[float, float]
    cells: tuple[str, ...]


def _called(explanation: Explanation) -> str:
    fell = explanation.fell
    return "yes" if explanation.called else f"no: {fell.name}" if fell else "no"


def _tier(explanation: Explanation) -> str:
    note = explanation.subject.notes.get(Tier.name)
    return note["name"] if note else ""


def _q_value(explanation: Explanation) -> str:
    q_value = explanation.subject.notes.get(QValue.name)
    return "" if q_value is None else f"{q_value:.2g}"


def _family(explanation: Explanation) -> str:
    if explanation.kin:
        return explanation.kin.family
    note = explanation.subject.notes.get(FamilyName.name)
    return note["family"] if note else ""


def _known(explanation: Explanation) -> str:
    label = explanation.subject.notes.get(KnownLabel.name)
    return " ".join((label.kind, *label.names)) if label else ""


def _repeated(explanation: Explanation) -> str:
    share = explanation.subject.repeated
    return "" if share is None else f"{share:.2f}"


def _arm(side: str) -> Callable[[Explanation], str]:
    """The letters of an arm, 5′ to 3′."""

    def text(explanation: Explanation) -> str:
        letters = explanation.hairpin.sequence
        return next((letters[start:end] for start, end, name in explanation.arms if name == side), "")

    return text


COLUMNS: tuple[TableColumn[Explanation], ...] = (
    TableColumn("score", True, lambda explanation: f"{explanation.score:.6f}"),
    TableColumn("tier", False, _tier),
    TableColumn("called", False, _called),
    TableColumn("q", True, _q_value),
    TableColumn("family", False, _family),
    TableColumn("known", False, _known),
    TableColumn("repeated", True, _repeated),
    TableColumn("leaf of the tree", False, lambda explanation: words.leaf(explanation.rule)),
    TableColumn("5p arm", False, _arm("5p")),
    TableColumn("3p arm", False, _arm("3p")),
    TableColumn("nt", True, lambda explanation: str(len(explanation.hairpin))),
)


def row(number: int, explanation: Explanation) -> Row:
    """The row of a hairpin, see `Row`."""
    cells = tuple(column.text(explanation) for column in COLUMNS)
    evidence = explanation.evidence
    bits = evidence.bits if len(evidence.terms) > 1 else 0.0
    return Row(number, explanation.subject.name, (explanation.score, bits), cells)


def best_first(rows: list[Row]) -> list[Row]:
    """The rows by score, then by bits; equal ones in the order of the file."""
    return sorted(rows, key=lambda each: each.strength, reverse=True)


def filled(rows: list[Row]) -> list[int]:
    """The indices in `COLUMNS` of the columns that say something of a hairpin."""
    return [at for at in range(len(COLUMNS)) if any(each.cells[at] for each in rows)]
