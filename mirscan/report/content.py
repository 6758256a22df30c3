"""What a report says, before it becomes pictures and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mirscan.families.report import FOUND, MISSING
from mirscan.pipeline.tiers import CANDIDATE, HIGH, LIKELY
from mirscan.report.clusters import Cluster, clusters
from mirscan.report.found import Found

TIERS = (HIGH, LIKELY, CANDIDATE)
FUNNEL = {
    "candidates": "hairpins that the sieve lets through",
    "folded": "kept by the first prefilter, and folded",
    "scored": "kept by the second prefilter, and scored",
    "above_threshold": "at or above the lowest score",
    "hits": "the best of each place",
}
SIGNIFICANT, FEWEST = 2, 0.1  # digits of an expectation; below which it is not worth any


@dataclass(frozen=True, slots=True)
class TierRow:
    """The hits of a tier.

    Attributes:
        name: Of the tier.
        hits: How many.
        known: Of these, known ones; None where nobody asked.
        expected: Hits of this tier and those above in real DNA of the same length, known microRNAs not
            counted; None where nobody knows the bases.
    """

    name: str
    hits: int
    known: int | None
    expected: str | None


@dataclass(frozen=True)
class Report:
    """A run and its hits.

    Attributes:
        source: What was read, in a word: the name of a genome or of a result.
        run: The head of the result: versions, models, options.
        hits: In the order of the result.
        lengths: Contig name → nt, of those with hits at least.
        facts: The summary of the run; None where nobody has it.
        families: Rows of the table of families, without its header; None where nobody looked for families.
        clade: The clade whose families are expected; None where it is not known.
        written: Names of the files that the run wrote.
        explain: How the command begins that explains a hit.
        explained: The page that explains the hits, as a link from this page; None where there is none.
    """

    source: str
    run: Mapping[str, Any]
    hits: Sequence[Found]
    lengths: Mapping[str, int]
    facts: Mapping[str, Any] | None = None
    families: Sequence[Sequence[str]] | None = None
    clade: str | None = None
    written: Sequence[str] = ()
    explain: Sequence[str] = ()
    explained: str | None = None
    best: Sequence[Found] = field(init=False)
    clusters: Sequence[Cluster] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "best", sorted(self.hits, key=lambda hit: (hit.rank, hit.number)))
        object.__setattr__(self, "clusters", clusters(self.hits))

    @property
    def bases(self) -> int | None:
        """Bases searched, on one strand; None where nobody knows."""
        return int(self.facts["funnel"]["bases"]) if self.facts else None

    @property
    def labelled(self) -> bool:
        """Whether the hits were held against known microRNAs."""
        return any(hit.known for hit in self.hits) or bool(self.facts and self.facts["known"])

    @property
    def tiers(self) -> list[TierRow]:
        """A row a tier that has hits, the surest first; none where nobody measured."""
        return [row for row in map(self._tier, TIERS) if row.hits]

    def _tier(self, name: str) -> TierRow:
        hits = [hit for hit in self.hits if hit.tier == name]
        known = sum(hit.known is not None and hit.known.kind == "known" for hit in hits)
        rates = [hit.false_per_mb for hit in hits if hit.false_per_mb is not None]
        expected = None
        if self.bases is not None and rates:
            false = max(rates) * self.bases / 1e6
            expected = f"{false:.{SIGNIFICANT}g}" if false >= FEWEST else f"fewer than {FEWEST:g}"
        return TierRow(name, len(hits), known if self.labelled else None, expected)

    @property
    def funnel(self) -> list[tuple[str, str, int]]:
        """Name, meaning and count of each stage; none where nobody has the summary."""
        if self.facts is None:
            return []
        return [(name, words, int(self.facts["funnel"][name])) for name, words in FUNNEL.items()]

    @property
    def families_found(self) -> list[Sequence[str]]:
        """The rows of families that the genome has."""
        return [row for row in self.families or () if row[1] == FOUND]

    @property
    def families_missing(self) -> list[str]:
        """The families that the clade keeps and no hit bears."""
        return [row[0] for row in self.families or () if row[1] == MISSING]
