"""Which families a clade keeps, and which clade a genome belongs to by the families found in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from mirscan.families.index import Precursors
from mirscan.families.species import ENGLISH, PARENT, members

# Of a clade's species, those in which a family must be listed to count as kept by the clade. The table has
# each sequence once, under one of the species that share it: two thirds listed are nine tenths in truth.
LISTED = 2 / 3
FEWEST = 15  # families found, below which no clade is guessed: a piece of a genome says little
SMALLEST = 2  # species of a clade that may be guessed
OUTSIDE = 0.05  # of the species outside a clade, those that may have a family that marks it
HALF = 0.7  # of the marks of a branch that are found, at least
ROOT = "Metazoa"


def species_of_families(precursors: Precursors) -> dict[str, set[str]]:
    """Name of a family of animals → codes of the species in which the index has a member."""
    found: dict[str, set[str]] = defaultdict(set)
    for family, species, plant in zip(
        precursors.families, precursors.species, precursors.plant.tolist(), strict=True
    ):
        if not plant:
            found[family].add(species)
    return dict(found)


def conserved(species_of: Mapping[str, Collection[str]], clade: str) -> list[str]:
    """The families that a clade keeps, sorted; see `LISTED`.

    Args:
        species_of: From `species_of_families`.
        clade: See `species.members`.

    Raises:
        UsageError: No such clade.
    """
    inside = members(clade)
    enough = LISTED * len(inside)
    return sorted(family for family, species in species_of.items() if len(inside & set(species)) >= enough)


def guessed_clade(
    species_of: Mapping[str, Collection[str]], found: Collection[str], within: str | None = None
) -> str | None:
    """The clade of a genome: down the tree of animals, as long as what marks a branch is found.

    A branch is marked by the families that it keeps and hardly any species outside has.

    Args:
        species_of: From `species_of_families`.
        found: Names of families.
        within: A clade that the genome is of; None where nobody knows.

    Returns:
        Name of the smallest such clade; where too few families are found, or no branch fits, the one that it
        is known to be of.
    """
    if len(set(found) & set(species_of)) < FEWEST:
        return within
    root = ENGLISH.get(within, within) if within else ROOT
    clade = root
    while branches := _branches(species_of, found, clade):
        clade = max(branches, key=lambda name: branches[name])
    return within if clade == root else clade


def _branches(
    species_of: Mapping[str, Collection[str]], found: Collection[str], clade: str
) -> dict[str, float]:
    """The branches of a clade of whose marks half are found, and the share that is."""
    shares = {}
    for branch in (name for name, parent in PARENT.items() if parent == clade):
        marks = _marks(species_of, branch) if len(members(branch)) >= SMALLEST else []
        share = sum(family in found for family in marks) / max(len(marks), 1)
        if share >= HALF or (not marks and _branches(species_of, found, branch)):
            shares[branch] = share
    return shares


def _marks(species_of: Mapping[str, Collection[str]], clade: str) -> list[str]:
    """The families that a clade keeps and hardly any other species has."""
    inside = members(clade)
    limit = OUTSIDE * (len(members(ROOT)) - len(inside))
    return [
        family for family in conserved(species_of, clade) if len(set(species_of[family]) - inside) <= limit
    ]
