"""What decides which hits a scan finds, once its models are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mirscan.evidence.registry import DEFAULT
from mirscan.genome.regions import Region
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.false_hits import CLADE_GUESS, Curve, facts_of
from mirscan.pipeline.search import Search


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What decides which hits there are.

    Attributes:
        search: Strands and candidates.
        min_score: Lowest score of a hit, 0..1.
        require_rule: Keep only hits that the tree calls precursors too.
        min_contig: Shortest contig that is searched, nt.
        regions: Only hits that lie inside one of these; None for the whole genome.
        decoys: Shuffled sequence that is searched as well, to know how many hits are false, Mb; 0 for none,
            None for as much as the search is worth.
        fdr: Highest q-value of a hit; None for any.
        max_repeated: Largest share of a hit that the genome repeats, 0..1; None for any.
        evidence: Kinds of evidence whose bits add up to a score; see `evidence/registry.py`.
        evidence_choices: What is asked of a kind, such as a model or files, by its name.
        criteria: Keep only hits of which all points of these curators hold; None for any.
        top: Keep only so many of the best hits; None for all.
        clade: That of the genome; None where nobody asked.
        curve: False hits of real DNA by score; None where nobody measured.
        tier: Keep only hits of this tier or a higher one; None for all.
    """

    search: Search = field(default_factory=Search)
    min_score: float = 0.5
    require_rule: bool = False
    min_contig: int = 0
    regions: tuple[Region, ...] | None = None
    decoys: float | None = 0.0
    fdr: float | None = None
    max_repeated: float | None = None
    evidence: tuple[str, ...] = DEFAULT
    evidence_choices: Mapping[str, Any] = field(default_factory=dict, hash=False)
    criteria: str | None = None
    top: int | None = None
    clade: Clade | None = None
    curve: Curve | None = None
    tier: str | None = None

    def facts(self, decoys: float, prevalence: float | None) -> dict[str, str | float | int]:
        """What results and journals state of them, by name; nothing of what was not asked for.

        Args:
            decoys: Shuffled sequence that is searched as well, Mb.
            prevalence: Of precursors, that somebody asked for; None for that of the model's card.
        """
        search = self.search
        optional = {
            "fdr": self.fdr,
            "max_repeated": self.max_repeated,
            "top": self.top,
            "tier": self.tier,
            **facts_of(self.curve),
            CLADE_GUESS: self.clade.why if self.clade and self.curve else None,
            "criteria": self.criteria,
        }
        return {
            "strand": "both" if len(search.strands) == 2 else search.strands,
            "min_score": self.min_score,
            "require_rule": self.require_rule,
            "min_contig": self.min_contig,
            **({} if prevalence is None else {"prevalence": prevalence}),
            "decoys": decoys,
            **{name: value for name, value in optional.items() if value is not None},
            "flank": search.flank,
            **({"sensitivity": search.sensitivity} if search.sensitivity else {}),
            **({"first_cut": search.first_cut} if search.first else {}),
            **({"second_cut": search.second_cut} if search.second else {}),
            **{f"sieve_{name}": value for name, value in asdict(search.sieve).items()},
        }
