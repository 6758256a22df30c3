"""What an explanation is asked for; the command line and `mirscan.explain` build the same request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mirscan.explanation.subjects import Subjects
from mirscan.pipeline.false_hits import CLADES
from mirscan.pipeline.request import ARMS, MODEL, READY_TREE, TREE

NEIGHBOURS = "diva-neighbours"
FEW = 4  # hairpins up to which changes that would turn a decision are looked for unasked


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What an explanation is asked for.

    Attributes:
        model: Name or folder of the model that calls; None for that of the result, if it is at hand, and else
            for that of scans.
        tree: Name or folder of the tree; None for that of the result, if it is at hand, and else for that of
            scans where the hairpins lie in a genome, and for that of ready hairpins where they do not.
        neighbours: Name or folder of the table of named precursors.
        arms: Name or folder of the model that places the mature arms; None for none.
        min_score: Lowest score of a call, 0..1; None for that of the result where its model
            calls, and else for that of a scan of the genome, or what the model's card says.
        prevalence: Of precursors, at which a score is a probability; None for what the model's card says.
        sensitivity: As in a scan; None for that of the result, and else for the default.
        evidence: Kinds of evidence that are weighed; None for those of the result, and else for the default.
        reads: Files of small RNA reads, which are evidence too; none for what a result holds of them.
        genome: What they are reads of, a path; None without any.
        bases: Of the genome in which places are asked about, which decides the lowest score; None for ready
            hairpins.
        clades: Those that this genome may be of.
        what_if: Whether to look for the smallest changes that would turn the decisions, which takes seconds a
            hairpin; None where there are few hairpins.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        also: Names or folders of further models whose scores are shown, at the same prevalence.
    """

    model: str | None = None
    tree: str | None = None
    neighbours: str = NEIGHBOURS
    arms: str | None = ARMS
    min_score: float | None = None
    prevalence: float | None = None
    sensitivity: str | None = None
    evidence: tuple[str, ...] | None = None
    reads: tuple[str, ...] = ()
    genome: str | None = None
    bases: int | None = None
    clades: tuple[str, ...] = CLADES
    what_if: bool | None = None
    device: str = "auto"
    also: tuple[str, ...] = ()

    def about(self, subjects: Subjects) -> ExplainRequest:
        """The request of these hairpins: where it leaves something open, as their result was made."""
        made = subjects.made
        same = self.model in (None, made.model)
        few = len(subjects.subjects) <= FEW
        return replace(
            self,
            model=self.model or _model_of(subjects),
            tree=self.tree or _tree_of(subjects),
            min_score=made.min_score if self.min_score is None and same else self.min_score,
            prevalence=made.prevalence if self.model is None else self.prevalence,
            sensitivity=self.sensitivity or made.sensitivity,
            evidence=self.evidence or made.evidence,
            bases=made.bases,
            clades=made.clades,
            what_if=few if self.what_if is None else self.what_if,
        )


def _model_of(subjects: Subjects) -> str:
    """The model that made the result, where it is at hand."""
    from mirscan.scoring.checkpoint import shipped

    model = subjects.made.model
    return model if model is not None and model in shipped() else MODEL


def _tree_of(subjects: Subjects) -> str:
    """The tree of the result where it is at hand, else that of scans for what a genome holds."""
    from mirscan.tree.file import shipped_trees

    tree = subjects.made.tree
    if tree is not None and tree in shipped_trees():
        return tree
    in_genome = subjects.made.bases is not None or any(subject.hit for subject in subjects.subjects)
    return TREE if in_genome else READY_TREE
