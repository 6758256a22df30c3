"""Which clade a genome is of: whose false hits a scan expects there, and how long its hairpins may be.

Who names no clade gets a guess. It depends on the genome alone, so that regions and shards are searched
alike, and is made before the search, as it decides what is searched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from mirscan.alphabet import UNKNOWN, Codes, reverse_complement_codes
from mirscan.families.index import FIVE, FamilyIndex
from mirscan.families.search import matches
from mirscan.families.species import SPECIES, members
from mirscan.families.store import laid_out
from mirscan.genome.access import Genome
from mirscan.genome.cells import shine_dalgarno, trna_genes
from mirscan.genome.composition import cpg, open_share, sample
from mirscan.pipeline.false_hits import ANIMALS, AUTO, CLADES, INDEX, clades_of

if TYPE_CHECKING:
    from mirscan.sieve.candidates import SieveSettings

SHARE, FEWEST, MOST = 0.1, 2_000_000, 10_000_000  # of a genome that is looked at; bases, at least and at most
ARM, OTHER = 2, 4  # mismatches of both arms of a gene of a known family, at most: chance shows none in 10 Mb
SURE = 2 / 3  # share of the families found that speak for a clade
DEPLETED = 0.4  # CpG of those expected, below which a genome is a vertebrate's
WHOLE = 0.7  # the same; from here up it is none: 200 kb of human have .5 at most
CODING = 0.6  # share in open frames; from here up genes fill a genome
DENSE = 0.85  # the same; from here up a cell's genome is a bacterium's
SMALL = 500_000  # nt, up to which a genome full of genes, none of them a tRNA's, is a virus
STARTS, ERRORS = 0.15, 4.0  # share of genes behind a Shine-Dalgarno sequence; standard errors above chance
LITTLE = 1_000  # known nt that say nothing
NAMED = 3  # families in the words for a guess
LONGEST = {"plant": 400}  # nt of a candidate, where it is not the sieve's default
OTHERS = "other"  # animals that are of no measured clade


@dataclass(frozen=True, slots=True)
class Clade:
    """The clade of a genome.

    Attributes:
        names: Of those measured (`false_hits.CLADES`) the one that it is, or all that it may be.
        why: What the guess rests on, in words; None where nobody guessed.
    """

    names: tuple[str, ...]
    why: str | None = None

    def sieve(self, usual: SieveSettings) -> SieveSettings:
        """What counts as a candidate: for plants longer ones, too."""
        longest = max(LONGEST.get(name, usual.max_span) for name in self.names)
        return usual if len(self.names) > 1 else replace(usual, max_span=longest)


def clade_of(asked: str | None, genome: Genome) -> Clade:
    """The clade of a genome: the one that somebody names, or a guess.

    By the families found in a tenth of it (10 Mb at most), else by its letters: vertebrates have lost their
    CpG, genes fill the genomes of bacteria, fungi and viruses. Viruses have neither the tRNA genes of a cell
    nor the Shine-Dalgarno sequences of bacteria, so that a piece of a bacterium does not pass for a virus.

    Args:
        asked: See `false_hits.clades_of`; `auto` and None for a guess.
        genome: Open.

    Raises:
        UsageError: No such clade.
        InputError: The genome cannot be read any more.
    """
    if asked is not None and asked != AUTO:
        return Clade(clades_of(asked))
    codes = sample(genome, _sampled(sum(genome.lengths.values())))
    found = families_in(codes, laid_out()[1])
    return _by_families(found, codes) if found else _by_letters(codes, sum(genome.lengths.values()))


def _sampled(bases: int) -> int:
    return max(FEWEST, min(MOST, int(SHARE * bases)))


def families_in(codes: Codes, index: FamilyIndex) -> dict[str, dict[str, float]]:
    """The families of which both arms stand in a sequence, and how far each speaks for the clades.

    An arm speaks for the clades whose species have it, letter by letter, each by the share of its species
    that do. Families that transposons or simple sequence resemble are left out.

    Args:
        codes: uint8 (n,), of the plus strand.
        index: The known families.

    Returns:
        Name of a family → clade, or `other` of further animals → its share of one vote.
    """
    arms: dict[int, set[int]] = defaultdict(set)
    for strand in (codes, reverse_complement_codes(codes)):
        found = matches(strand, index, ARM)
        whole = found.other <= OTHER
        plain = index.scattered[index.family[found.arm]] == 0
        for arm in found.arm[whole & plain].tolist():
            arms[int(index.family[arm])].add(arm)
    return {index.names[family]: _vote(members, index) for family, members in sorted(arms.items())}


def _vote(arms: set[int], index: FamilyIndex) -> dict[str, float]:
    """For which clades some arms of a family speak, in shares of one vote."""
    if any(index.plant[arm] for arm in arms):
        return {"plant": 1.0}
    table = index.precursors
    species = {
        table.species[row]
        for arm in arms
        for row in np.flatnonzero(table.arms[int(index.side[arm] != FIVE)] == index.arm[arm]).tolist()
    }
    measured = {name: members(wide) for name, wide in INDEX.items()}
    groups = {**measured, OTHERS: frozenset(SPECIES) - frozenset[str]().union(*measured.values())}
    shares = {name: len(group & species) / len(group) for name, group in groups.items()}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items() if share}


def _by_families(found: Mapping[str, Mapping[str, float]], codes: Codes) -> Clade:
    votes: dict[str, float] = defaultdict(float)
    for vote in found.values():
        for clade, share in vote.items():
            votes[clade] += share
    best = max(votes, key=lambda clade: votes[clade])
    named = ", ".join([*found][:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
    if best != OTHERS and votes[best] >= SURE * len(found):
        return Clade((best,), f"it holds families of {best}s: {named}")
    animals, left = f"it holds families of animals: {named}", cpg(codes)
    if left is not None and left < DEPLETED:
        return Clade(("vertebrate",), f"{animals}; and {_depleted(left)}")
    return Clade(_not_depleted(ANIMALS, left), animals)


def _depleted(left: float) -> str:
    return f"it has {left:.0%} of the CpG that its letters let expect"


def _not_depleted(clades: tuple[str, ...], left: float | None) -> tuple[str, ...]:
    """Those of some clades that a genome with so much of its CpG may be of."""
    whole = left is not None and left >= WHOLE
    return tuple(clade for clade in clades if not (whole and clade == "vertebrate"))


def _by_letters(codes: Codes, bases: int) -> Clade:
    known = int((codes < UNKNOWN).sum())
    left = cpg(codes)
    if known < LITTLE or left is None:
        return Clade(CLADES, "too little of it is known")
    coding = open_share(codes)
    if coding >= CODING:
        return _full_of_genes(codes, bases, coding)
    if left < DEPLETED:
        return Clade(("vertebrate",), _depleted(left))
    clades = _not_depleted((*ANIMALS, "plant"), left)
    return Clade(clades, "no known family is found in a sample of it, and few reading frames")


def _full_of_genes(codes: Codes, bases: int, coding: float) -> Clade:
    """A bacterium, a fungus or a virus."""
    full = f"{coding:.0%} of it lies in long reading frames"
    frames, behind, chance = shine_dalgarno(codes)
    if behind >= STARTS * frames and behind - chance > ERRORS * sqrt(behind + chance):
        shares = f"{behind / frames:.0%} of these begin behind a Shine-Dalgarno sequence"
        starts = f"{shares}, {chance / frames:.0%} by chance"
        return Clade(("bacterium",), f"{full}; {starts}")
    found = trna_genes(codes)
    if not found and bases <= SMALL:
        return Clade(("virus",), f"it is small, {full}, and no gene of a tRNA is found")
    trnas = f", and it has genes of tRNAs: {found}" if found else ""
    return Clade(("bacterium" if coding >= DENSE else "fungus",), full + trnas)
