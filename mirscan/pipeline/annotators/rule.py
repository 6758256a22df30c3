"""The tree's verdict on each hit, and the path to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mirscan.pipeline.annotators.annotator import Annotator, Column, together
from mirscan.records import Hit
from mirscan.tree.rules import CLASSES, Rule

if TYPE_CHECKING:  # it loads PyTorch
    from mirscan.tree.judge import Judge


class RuleOfTree(Annotator):
    """The rule of each hit; where one is required, only hits that the tree calls precursors too."""

    name = "rule"
    description = (
        "the tree's verdict, its path in words, how many of its answers the measured concepts contradict"
    )
    columns = (
        Column("tree", "The tree's verdict", lambda hit: CLASSES[hit.rule.precursor] if hit.rule else ""),
        Column("rule", "The path through the tree, in words", lambda hit: hit.rule.text if hit.rule else ""),
        Column(
            "rule_disagreements",
            "How many of the path's answers the measured concepts contradict",
            lambda hit: str(hit.rule.disagreements) if hit.rule else "",
            "integer",
        ),
    )
    schema = {"type": ["object", "null"], "required": ["text", "precursor", "steps"]}  # noqa: RUF012
    stage = "rules"
    explained = False  # it walks the tree itself

    def __init__(self, judge: Judge, require: bool = False) -> None:
        self._judge = judge
        self._require = require

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for batch in together(hits):
            with self.timed():
                rules = self._judge.rules([hit.hairpin for hit in batch])
            for hit, rule in zip(batch, rules, strict=True):
                if rule.precursor or not self._require:
                    yield hit.noted(rule=rule)

    @classmethod
    def as_json(cls, note: Any) -> Any:
        """See `Annotator`."""
        return note and note.as_dict()

    @classmethod
    def restored(cls, value: Any) -> Any:
        """See `Annotator`."""
        return value and Rule.from_dict(value)
