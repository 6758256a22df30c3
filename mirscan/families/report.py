"""The families of a genome as a table: a row a family with its loci, and those of its clade that it lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mirscan.families.conservation import conserved, guessed_clade, species_of_families
from mirscan.families.index import Precursors
from mirscan.records import Hit

COLUMNS = (
    "family", "state", "loci", "places", "best_score", "nearest", "mismatches_5p", "mismatches_3p", "kept_in",
)  # fmt: skip
FOUND, MISSING = "found", "missing"
EVIDENCE = "families"  # the kind whose term names them


@dataclass(frozen=True, slots=True)
class Locus:
    """A hit that a family is told of.

    Attributes:
        place: Name of the hit.
        score: Its score.
        numbers: What is known of its kin; see `naming.Kinship`.
    """

    place: str
    score: float
    numbers: Mapping[str, Any]


class FamilyTable:
    """Collects the hits of a scan by family.

    Args:
        precursors: Those of the index.
        clade: Whose kept families are expected; None to guess it.
        guess: The clade that the genome was taken for; a guess by its families is one within. None for any.

    Raises:
        UsageError: No such clade.
    """

    def __init__(self, precursors: Precursors, clade: str | None = None, guess: str | None = None) -> None:
        self._species_of = species_of_families(precursors)
        self._loci: dict[str, list[Locus]] = defaultdict(list)
        self._clade, self._guess = clade, guess
        if clade is not None:
            conserved(self._species_of, clade)  # an unknown name is said before the scan

    def add(self, hit: Hit) -> None:
        """Note a hit; one without a family is passed over."""
        term = hit.evidence.term(EVIDENCE) if hit.evidence else None
        if term and term.bits > 0:
            self.add_kin(hit.name, hit.score, term.numbers)

    def add_kin(self, place: str, score: float, numbers: Mapping[str, Any]) -> None:
        """Note a hit that bears an arm of a family, see `Locus`."""
        self._loci[numbers["family"]].append(Locus(place, score, numbers))

    @property
    def clade(self) -> str | None:
        """The clade whose families are expected: the one asked for, or guessed; None for none."""
        return self._clade or guessed_clade(self._species_of, self._loci, self._guess)

    def rows(self) -> list[list[str]]:
        """The header and a row a family: those found by name, then those missing."""
        clade = self.clade
        kept = conserved(self._species_of, clade) if clade else []
        found = [
            _row(family, loci, clade if family in kept else None)
            for family, loci in sorted(self._loci.items())
        ]
        nothing = [""] * (len(COLUMNS) - 4)
        absent = [
            [family, MISSING, "0", *nothing, clade or ""] for family in kept if family not in self._loci
        ]
        return [[*COLUMNS], *found, *absent]


def _row(family: str, loci: list[Locus], clade: str | None) -> list[str]:
    best = max(loci, key=lambda locus: locus.score)
    apart = (best.numbers[name] for name in ("mismatches_5p", "mismatches_3p"))
    return [
        family,
        FOUND,
        str(len(loci)),
        ",".join(locus.place for locus in loci),
        f"{best.score:.6f}",
        str(best.numbers["nearest"]),
        *("" if count is None else str(count) for count in apart),
        clade or "",
    ]
