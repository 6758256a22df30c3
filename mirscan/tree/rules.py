"""The decision tree over z_m as data: walk a point, say the path in words. No scikit-learn here.

Each inner node of the tree (DIVA paper, section 2.3) is a hyperplane in the latent space that was trained to
answer a question on a named concept. A tree on the concepts themselves is the same in the space that they
span: its hyperplanes are thresholds. Fitting lives in `training/tree/`, the file in `file.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.errors import InputError, ModelError
from mirscan.tree.question import Question
from mirscan.tree.rates import Rates, sentence

CLASSES = ("not a precursor", "precursor")

Measured = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Split:
    """A hyperplane that stands for a question: yes where `weights · z + bias > 0`.

    Attributes:
        question: What the hyperplane was trained to answer.
        weights: One number for each dimension of z_m, on its own scale.
        bias: Offset of the hyperplane.
        accuracy: Share of the training points of the node on which it gives the measured answer.
    """

    question: Question
    weights: tuple[float, ...]
    bias: float
    accuracy: float

    def margins(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """`weights · z + bias` of points (n, d), each point's sum its own whatever the batch."""
        products: NDArray[np.float64] = (z * np.asarray(self.weights)).sum(axis=1) + self.bias
        return products


@dataclass(frozen=True, slots=True)
class Node:
    """A node and the training points that reached it.

    Attributes:
        counts: Training hairpins by class: (not precursors, precursors).
        share: Share of precursors among them, weighted as in training; more than a half is a precursor.
        split: The question, None in a leaf.
        no: Index of the child for no, -1 in a leaf.
        yes: Index of the child for yes, -1 in a leaf.
        rates: What comes here in a genome; None where nobody counted.
    """

    counts: tuple[int, int]
    share: float
    split: Split | None = None
    no: int = -1
    yes: int = -1
    rates: Rates | None = None

    @property
    def precursor(self) -> bool:
        """The verdict of the node, were it a leaf: by its bits where they were counted."""
        return self.rates.bits > 0 if self.rates else self.share > 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """One question on a path and its two answers.

    Attributes:
        question: What is asked.
        yes: The latent's answer, which the path follows.
        margin: Value of the hyperplane at the point, positive for yes.
        value: Measured value of the concept; None where it is empty.
        measured: The measured answer; None where nothing was measured.
    """

    question: Question
    yes: bool
    margin: float
    value: Measured
    measured: bool | None

    @property
    def disagrees(self) -> bool:
        """Whether the latent's answer is not the measured one."""
        return self.measured is not None and self.measured != self.yes

    @property
    def text(self) -> str:
        """`base pairs in stem > 0.5: yes (0.63)`, with the measured answer where the two disagree."""
        answer = f"{self.question.text}: {_yes_no(self.yes)}"
        if self.measured is None:
            return answer
        remarks = [] if self.question.kind == "boolean" else [_shown(self.value)]
        if self.disagrees:
            remarks.append(f"measured: {_yes_no(self.measured)}")
        return f"{answer} ({', '.join(remarks)})" if remarks else answer


@dataclass(frozen=True, slots=True)
class Rule:
    """Why the tree says what it says of one hairpin.

    Attributes:
        steps: The questions from the root to the leaf.
        precursor: The leaf's verdict.
        counts: Training hairpins in the leaf: (not precursors, precursors).
        share: Their weighted share of precursors.
        leaf: Index of the leaf in the tree.
        rates: What comes to the leaf in a genome; None where nobody counted.
    """

    steps: tuple[Step, ...]
    precursor: bool
    counts: tuple[int, int]
    share: float
    leaf: int
    rates: Rates | None = None

    @property
    def disagreements(self) -> int:
        """Steps at which the latent's answer is not the measured one."""
        return sum(step.disagrees for step in self.steps)

    @property
    def verdict(self) -> str:
        """The leaf's class and support in words."""
        if self.rates:
            return f"{CLASSES[self.precursor]} ({self.rates.text})"
        agreeing = self.counts[self.precursor]
        return f"{CLASSES[self.precursor]} ({agreeing:,} of {sum(self.counts):,} training hairpins)"

    @property
    def text(self) -> str:
        """`base pairs in stem > 0.5: yes (0.63) → … → precursor (…)`; shorter where rates were counted."""
        if self.rates:
            return sentence(self.steps, self.rates)
        return " → ".join([*(step.text for step in self.steps), self.verdict])

    def as_dict(self) -> dict[str, Any]:
        """The rule as JSON holds it."""
        known = asdict(self)
        if self.rates is None:
            del known["rates"]
        return {"text": self.text, "disagreements": self.disagreements, **known}

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Rule:
        """The rule that `as_dict` gave.

        Raises:
            KeyError, TypeError: It gave another thing.
        """
        steps = (Step(**{**step, "question": Question(**step["question"])}) for step in known["steps"])
        rates = known.get("rates")
        return cls(
            tuple(steps),
            known["precursor"],
            tuple(known["counts"]),
            known["share"],
            known["leaf"],
            rates and Rates(**rates),
        )


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree.

    Attributes:
        nodes: The root first, every child after its parent.
        size: Dimensions of the latent space.
        latent: Which space: name and checksum of the model that makes it, or the names of the concepts.
        parameters: Settings of the fit.
        metrics: Measured quality.
        provenance: Data and command line of the fit.
    """

    nodes: tuple[Node, ...]
    size: int
    latent: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def require_latent(self, sha256: str | None) -> None:
        """Refuse points of another model than the tree was fitted on.

        Raises:
            ModelError: `sha256`, the checksum of the latent, is not that of the tree.
        """
        if sha256 is None or self.latent.get("sha256") != sha256:
            found = f"weights whose latent has SHA-256 {sha256[:12]}…" if sha256 else "weights without one"
            expected = f"{self.latent.get('model')} with {str(self.latent.get('sha256'))[:12]}…"
            raise ModelError("tree", f"fitted on another latent than that of {found}", expected)

    def walk(self, z: ArrayLike) -> NDArray[np.int64]:
        """The leaf of each point.

        Args:
            z: Points (n, size).

        Returns:
            int64 (n,): index of the leaf in `nodes`.

        Raises:
            InputError: Another shape, or a value that is not finite.
        """
        points = self._points(z)
        at = np.zeros(len(points), dtype=np.int64)
        for index, node in enumerate(self.nodes):
            here = np.flatnonzero(at == index)
            if node.split is not None and len(here):
                at[here] = np.where(node.split.margins(points[here]) > 0, node.yes, node.no)
        return at

    def predict(self, z: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point (n, size) is a precursor, bool (n,)."""
        return np.array([node.precursor for node in self.nodes], dtype=np.bool_)[self.walk(z)]

    def shares(self, z: ArrayLike) -> NDArray[np.float64]:
        """The weighted share of precursors in the leaf of each point (n, size), float64 (n,) in 0..1."""
        return np.array([node.share for node in self.nodes])[self.walk(z)]

    def explain(self, z: ArrayLike, measured: Mapping[str, Any] | None = None) -> Rule:
        """The rule of one point.

        Args:
            z: The point, (size,).
            measured: Concept name → measured value, as `encoding.concepts.compute` gives it for one hairpin.

        Raises:
            InputError: The point has another size, or is not finite.
        """
        point = self._points(np.asarray(z)[None])
        steps, index = [], 0
        while (split := self.nodes[index].split) is not None:
            step = _step(split, float(split.margins(point)[0]), measured)
            index = self.nodes[index].yes if step.yes else self.nodes[index].no
            steps.append(step)
        leaf = self.nodes[index]
        return Rule(tuple(steps), leaf.precursor, leaf.counts, leaf.share, index, leaf.rates)

    def _points(self, z: ArrayLike) -> NDArray[np.float64]:
        points = np.asarray(z, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != self.size:
            raise InputError("latent points", f"shape {points.shape}", f"(n, {self.size})")
        if not np.isfinite(points).all():
            raise InputError("latent points", "NaN or infinity", "finite numbers")
        return points


def _step(split: Split, margin: float, measured: Mapping[str, Any] | None) -> Step:
    question, yes = split.question, margin > 0
    if measured is None or question.concept not in measured:
        return Step(question, yes, margin, None, None)
    value = _plain(measured[question.concept])
    answer = value is not None and bool(question.answers([value])[0])
    return Step(question, yes, margin, value, answer)


def _plain(value: Any) -> Measured:
    """A measured value as Python's own type, None where it is empty."""
    plain: Measured = value.item() if isinstance(value, np.generic) else value
    return None if plain is None or plain == "" or plain != plain else plain


def _yes_no(answer: bool) -> str:
    return "yes" if answer else "no"


def _shown(value: Measured) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else f"{value:.3g}"
