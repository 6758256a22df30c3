"""An explained hairpin as an object: text in a terminal, a drawing in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from mirscan.explain.hairpin_svg import hairpin_svg
from mirscan.records import Hairpin
from mirscan.rules import CLASSES, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a hairpin is called, or is not.

    Attributes:
        name: What it is called.
        hairpin: Its n positions, folded.
        score: What the model says, 0..1.
        min_score: From which score on it is called.
        attention: float64 (n,), how much the network looks at each position; sums to 1, NaN where it does
            not look.
        rule: The tree's verdict and the path to it; None where no tree was asked.
    """

    name: str
    hairpin: Hairpin
    score: float
    min_score: float
    attention: NDArray[np.float64]
    rule: Rule | None

    @property
    def called(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= self.min_score

    @property
    def svg(self) -> str:
        """The structure, each base coloured by the attention, as a self-contained SVG."""
        return hairpin_svg(self.hairpin.sequence, self.hairpin.structure, self.attention, title=self.name)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self._verdict}", self.hairpin.sequence, self.hairpin.structure]
        return "\n".join([*lines, *([self.rule.text] if self.rule else [])])

    def _repr_html_(self) -> str:
        steps = "".join(f"<li>{escape(step)}</li>" for step in self._steps)
        return (
            f"<figure><figcaption><b>{escape(self.name)}</b>: {escape(self._verdict)}</figcaption>"
            f"{self.svg}{f'<ol>{steps}</ol>' if steps else ''}</figure>"
        )

    @property
    def _verdict(self) -> str:
        said = "called" if self.called else "not called"
        facts = f"{len(self.hairpin)} nt, {self.hairpin.mfe:.2f} kcal/mol"
        tree = f"; the tree says: {CLASSES[self.rule.precursor]}" if self.rule else ""
        return f"score {self.score:.6f}, {said} at {self.min_score:g}; {facts}{tree}"

    @property
    def _steps(self) -> list[str]:
        return [step.text for step in self.rule.steps] if self.rule else []
