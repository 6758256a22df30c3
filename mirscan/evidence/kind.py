"""What a kind of evidence may do, and when it is asked.

In a worker, of the sequence: `Detector.rescue`, then `Detector.measure`. In the main process, of the scored
hairpins of a chunk: `Kind.measure`. At the end, of the journal alone: `Kind.look_over`, then `Kind.weigh`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from mirscan.evidence.score import Sum, Term
from mirscan.records import Call, Flanks, Hairpin, ProposedArm, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mirscan.alphabet import Codes
    from mirscan.genome.access import Genome
    from mirscan.sieve.candidates import Candidates

Measurement = Any  # JSON; None where there is nothing to say
NOT_ASKED = "none"  # the fact of a kind that says nothing in a genome, whatever its weights
FLANK = 40  # nt beside a hairpin that detectors see: Drosha's motifs lie within 21 of its cuts


@dataclass(frozen=True, slots=True)
class Setup:
    """What a kind is made from.

    Attributes:
        prior: The share of precursors among candidates at which scores are probabilities, 0..1.
        genome: The genome that is searched; None where only the weighing is left to do.
        choice: What was asked of this kind, such as a file or a model; None for its default.
        device: Where networks run.
    """

    prior: float = 0.5
    genome: Genome | None = None
    choice: Any = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a kind wants folded and scored whatever the prefilters say.

    Attributes:
        kept: bool (n,), which of the sieve's n candidates.
        more: Stretches that the sieve does not offer, in the same coordinates; energies are not looked at.
    """

    kept: NDArray[np.bool_]
    more: Candidates


class Detector(Protocol):
    """The part of a kind that looks at sequence in a worker. Picklable, and without torch.

    It travels with every task: let it carry names and load what is large once a process.
    """

    def rescue(self, codes: Codes, found: Candidates) -> Rescued:
        """What is to be folded and scored whatever the prefilters say.

        Args:
            codes: uint8 (2n,), the plus strand of the stretches searched, with unknown bases between any two,
                then the minus strand of the same.
            found: What the sieve found there.
        """

    def measure(self, hairpins: Sequence[Hairpin], flanks: Sequence[Flanks | None]) -> Sequence[Measurement]:
        """What is there to weigh, for each folded hairpin.

        Args:
            hairpins: n of them.
            flanks: `FLANK` bases on both sides of each; None beside a ready hairpin.
        """


@dataclass(frozen=True, slots=True)
class Weighed:
    """A call with what the kinds say that look at nothing but the call itself.

    Attributes:
        call: The call.
        evidence: Their sum.
    """

    call: Call
    evidence: Sum


class Kind:
    """A kind of evidence. Each method has a default that says nothing.

    Attributes:
        name: As in `--evidence`, in journals and in results.
        description: What it is, for people.
        reach: Bases on both sides of a call whose other calls it looks at, nt.
        beyond: Whether it looks at more than the hairpin, so that of one alone it can only repeat what a
            scan found.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    reach: int = 0
    beyond: ClassVar[bool] = False

    def __init__(self, setup: Setup) -> None:
        """Load what it needs.

        Raises:
            MirscanError: Something is missing or damaged.
        """

    def facts(self) -> Mapping[str, str | float | int]:
        """What decides its bits, such as checksums of its weights: results and journals state it."""
        return {}

    def detector(self) -> Detector | None:
        """The part that looks at sequence in workers; None for none."""
        return None

    def propose(self, window: Window) -> Sequence[ProposedArm]:
        """Arms in a window that something outside the sequence proposes; in the main process.

        A candidate of the sieve that holds one is folded and scored whatever the prefilters say.
        """
        return ()

    def measure(self, calls: Sequence[Call], decoy: bool) -> Sequence[Measurement]:
        """What is there to weigh, for each of some calls of a chunk; in the main process.

        Args:
            calls: With what the detectors measured. What is there already stays where None is returned.
            decoy: Whether they are of shuffled sequence, whose contigs are those of no genome.
        """
        return [None] * len(calls)

    def most_bits(self, call: Call) -> float:
        """The most bits that `weigh` can give a call: what could not become a hit is not kept.

        Asked twice, before and after `measure`.
        """
        return 0.0

    def look_over(self, calls: Iterable[Call], bases: int) -> None:
        """See all calls of the genome once before any is weighed.

        Args:
            calls: In genome order.
            bases: How many bases were searched, on one strand.
        """

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        """How many bits it weighs, from what is measured.

        Args:
            call: The call.
            near: Other calls within `reach` on the same contig, on either strand, in genome order; none
                where `reach` is 0.
        """
        return Term(self.name, 0.0)


class MeasuredKind(Kind):
    """A kind whose bits its detector has measured already, so that nothing is left to ask of the call."""

    def sentence(self, measured: Mapping[str, Any]) -> str:
        """What was measured, in words."""
        raise NotImplementedError

    def most_bits(self, call: Call) -> float:
        """Just what was measured."""
        return float((call.measured.get(self.name) or {}).get("bits", 0.0))

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        """The bits that were measured; none where nothing was."""
        measured = call.measured.get(self.name)
        if not measured:
            return Term(self.name, 0.0)
        return Term(self.name, measured["bits"], self.sentence(measured), measured)
