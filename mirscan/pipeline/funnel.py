"""How much of a genome reached each stage of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mirscan.pipeline.annotators import registry
from mirscan.records import Hit

STAGES = ("read", "sieve", "prefilter", "fold", "score")


@dataclass(slots=True)
class Funnel:
    """How much reached each stage, and the seconds spent there (in all processes together).

    Attributes:
        contigs: Contigs searched.
        bases: Bases searched, on one strand.
        windows: Windows searched.
        candidates: Hairpins that the sieve let through.
        folded: Candidates that the first prefilter let through, and that were folded.
        scored: Hairpins that the second prefilter let through, and that were scored.
        above_threshold: Scored hairpins at or above the lowest score, without those left out as repeated.
        hits: What remains when overlapping calls are reduced to the best of each locus.
        noted: Hits of which annotators count something, by its name.
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
    noted: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((count.name for count in registry.counts()), 0)
    )
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys((*STAGES, *registry.stages()), 0.0)
    )

    def count(self, counts: Mapping[str, int]) -> None:
        """Add the counts of a chunk."""
        for stage, number in counts.items():
            setattr(self, stage, getattr(self, stage) + number)

    def count_hit(self, hit: Hit) -> None:
        """Count a hit, and what annotators count of it."""
        self.hits += 1
        for count in registry.counts():
            self.noted[count.name] += count.of(hit)

    def facts(self) -> dict[str, int]:
        """All counts by name, as the summary has them."""
        counts: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        del counts["seconds"]
        noted: dict[str, int] = counts.pop("noted")
        return counts | noted

    def spend(self, seconds: Mapping[str, float]) -> None:
        """Add the seconds of some stages."""
        for stage, spent in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
