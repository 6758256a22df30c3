"""Mutants of a hairpin: substitutions, folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from mirscan.alphabet import LETTERS, encode
from mirscan.folding.dot_bracket import pair_table
from mirscan.folding.quickfold import folds
from mirscan.folding.viennarna import fold
from mirscan.records import Hairpin

PARTNERS = {"A": "U", "C": "G", "G": "C", "U": "A"}


@dataclass(frozen=True, slots=True, order=True)
class Substitution:
    """One letter for another.

    Attributes:
        position: 0-based, 5′ to 3′.
        old: The hairpin's letter.
        new: The mutant's.
    """

    position: int
    old: str
    new: str

    @property
    def text(self) -> str:
        """`G23C`, the position counted from 1."""
        return f"{self.old}{self.position + 1}{self.new}"


Substitutions = tuple[Substitution, ...]


def singles(sequence: str) -> list[Substitutions]:
    """Every substitution of one letter; an N stays."""
    return [
        (Substitution(at, old, new),)
        for at, old in enumerate(sequence)
        if old in LETTERS
        for new in LETTERS
        if new != old
    ]


def pair_swaps(hairpin: Hairpin) -> Iterator[Substitutions]:
    """For every base pair each other Watson–Crick pair in its place, both letters changed."""
    for left, right in enumerate(pair_table(hairpin.structure).tolist()):
        if right <= left:
            continue
        for new in LETTERS:
            old = hairpin.sequence[left], hairpin.sequence[right]
            if new != old[0] and PARTNERS[new] != old[1]:
                yield Substitution(left, old[0], new), Substitution(right, old[1], PARTNERS[new])


def joined(fewer: Iterable[Substitutions], more: Sequence[Substitutions]) -> Iterator[Substitutions]:
    """Each of some with each of more, where they concern different positions; each result once."""
    seen: set[Substitutions] = set()
    for one in fewer:
        taken = {substitution.position for substitution in one}
        for other in more:
            both = tuple(sorted((*one, *other)))
            if both not in seen and taken.isdisjoint(substitution.position for substitution in other):
                seen.add(both)
                yield both


def pairs_of(singles: Sequence[Substitutions]) -> Iterator[Substitutions]:
    """Each two of some, where they concern different positions."""
    for one, other in combinations(singles, 2):
        yield from joined([one], [other])


def mutants(hairpin: Hairpin, changes: Sequence[Substitutions]) -> list[Hairpin]:
    """The hairpin with each set of substitutions, folded anew, all side by side.

    Their folds are `quickfold`'s: ViennaRNA's energies, and its structures but for ties.
    """
    sequences = [_substituted(hairpin.sequence, substitutions) for substitutions in changes]
    ends = np.arange(1, len(sequences) + 1, dtype=np.int64) * len(hairpin)
    folded = folds(encode("".join(sequences)), ends - len(hairpin), ends)
    return [
        replace(hairpin, sequence=sequence, structure=folded.structure(row), mfe=energy / 100)
        for row, (sequence, energy) in enumerate(zip(sequences, folded.energy.tolist(), strict=True))
    ]


def refolded(mutant: Hairpin) -> Hairpin:
    """The same hairpin by ViennaRNA's own fold."""
    structure, mfe = fold(mutant.sequence)
    return replace(mutant, structure=structure, mfe=mfe)


def _substituted(sequence: str, changes: Substitutions) -> str:
    letters = list(sequence)
    for change in changes:
        letters[change.position] = change.new
    return "".join(letters)
