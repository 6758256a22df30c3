"""How much of a genome reached each stage of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STAGES = ("read", "sieve", "draft", "refold", "fold", "score", "rules", "arms")


@dataclass(slots=True)
class Funnel:
    """How much reached each stage, and the seconds spent there (in all processes together).

    Attributes:
        contigs: Contigs searched.
        bases: Bases searched, on one strand.
        windows: Windows searched.
        candidates: Hairpins that the sieve let through.
        folded: Candidates that the first look let through, and that were folded.
        scored: Hairpins that the second look let through, and that were scored.
        above_threshold: Scored hairpins at or above the lowest score, without those left out as repeated.
        hits: What remains when overlapping calls are reduced to the best of each locus.
        repeated: Hits of which the genome repeats more than `records.REPEATED`.
        seconds: By stage, of this process and its workers: what an earlier run or a shard took is not in it.
    """

    contigs: int = 0
    bases: int = 0
    windows: int = 0
    candidates: int = 0
    folded: int = 0
    scored: int = 0
    above_threshold: int = 0
    hits: int = 0
    repeated: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    def count(self, counts: Mapping[str, int]) -> None:
        """Add the counts of a chunk."""
        for stage, number in counts.items():
            setattr(self, stage, getattr(self, stage) + number)

    def spend(self, seconds: Mapping[str, float]) -> None:
        """Add the seconds of some stages."""
        for stage, spent in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
