"""The family of a hairpin: which known arm it bears, whose it is, and what that weighs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mirscan.alphabet import encode
from mirscan.families.bits import Weights, inputs, worth
from mirscan.families.hairpins import PAIRED, placed
from mirscan.families.index import FIVE, FamilyIndex
from mirscan.families.packing import ARM, NOTHING, pack, unpack
from mirscan.families.search import NO_OTHER, Matches, matches
from mirscan.families.species import english

SIDES = ("5p", "3p")


@dataclass(frozen=True, slots=True)
class Kinship:
    """What a hairpin has in common with a known family.

    Attributes:
        family: Name of the family.
        nearest: Name of the known precursor whose arms are nearest.
        species: Code of its species.
        side: The arm that matched: `5p` or `3p`.
        seed: Whether nucleotides 2 to 8 of that arm are those of the known one.
        mismatches_5p: Letters in which the 5′ arm differs from that of `nearest`; None where nothing like it
            is there, or nobody knows that arm.
        mismatches_3p: The same of the 3′ arm.
        start_5p: Where the 5′ arm begins in the hairpin, 0-based; None with `mismatches_5p`.
        start_3p: The same of the 3′ arm.
        known_5p: The arm of `nearest`, 22 letters.
        known_3p: The same of the 3′ arm.
        bits: What it weighs.
    """

    family: str
    nearest: str
    species: str
    side: str
    seed: bool
    mismatches_5p: int | None
    mismatches_3p: int | None
    start_5p: int | None
    start_3p: int | None
    known_5p: str | None
    known_3p: str | None
    bits: float

    def as_json(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """Why, in words, beginning in lower case and without a full stop."""
        first, second = (self.mismatches_5p, self.mismatches_3p)
        if self.side == SIDES[1]:
            first, second = second, first
        arm, other = ("5′", "3′") if self.side == SIDES[0] else ("3′", "5′")
        whose = f"{self.family} of {english(self.species)} ({self.nearest})"
        seed = "the seed is identical" if self.seed else "the seed differs"
        words = f"its {arm} arm is that of {whose}{_but(first or 0)}; {seed}"
        if second is None:
            return f"{words}; its {other} arm is not like that of any member"
        return f"{words}; its {other} arm {_differs(second)}"


def _but(mismatches: int) -> str:
    return f" but for {_letters(mismatches)}" if mismatches else ", letter by letter"


def _differs(mismatches: int) -> str:
    return f"differs in {_letters(mismatches)}" if mismatches else "is identical too"


def _letters(count: int) -> str:
    return f"{count} letter{'s' if count > 1 else ''}"


def best_match(sequence: str, structure: str, index: FamilyIndex, weights: Weights) -> Matches | None:
    """The match of a hairpin that weighs most, alone; None where none is worth a word.

    The arm must lie on the stem where such an arm lies, paired with the other side.

    Args:
        sequence: RNA letters.
        structure: Its dot-bracket.
        index: The known families.
        weights: What a match weighs.
    """
    found = matches(encode(sequence), index)
    found = found.take(worth(found))
    bits = inputs(found, index) @ np.array(weights.weights)
    for row in np.lexsort((found.arm, found.at, found.mismatches, found.other, -bits)).tolist():
        five = bool(index.side[found.arm[row]] == FIVE)
        if placed(structure, int(found.at[row]), five) >= PAIRED:
            return found.take(np.array([row]))
    return None


def kinship(sequence: str, structure: str, index: FamilyIndex, weights: Weights) -> Kinship | None:
    """The family of a hairpin, by its best match; None where it has none, or that weighs nothing.

    Args:
        sequence: RNA letters.
        structure: Its dot-bracket.
        index: The known families.
        weights: What a match weighs.
    """
    found = best_match(sequence, structure, index, weights)
    if found is None:
        return None
    bits = round(float(weights.bits(inputs(found, index))[0]), 2)
    return _kinship(sequence, found, bits, index) if bits > 0 else None


def _kinship(sequence: str, found: Matches, bits: float, index: FamilyIndex) -> Kinship:
    """A match, with the known precursor that bears its arm and whose other arm is nearest."""
    arm, side = int(index.arm[found.arm[0]]), int(index.side[found.arm[0]])
    table = index.precursors
    family = index.names[index.family[found.arm[0]]]
    at, other_at = int(found.at[0]), int(found.other_at[0])
    bears = (table.five, table.three)[side]
    beside = (table.three, table.five)[side]
    rows = [
        place for place in np.flatnonzero(bears == np.uint64(arm)).tolist() if table.families[place] == family
    ]
    there = sequence[other_at : other_at + ARM] if other_at >= 0 else ""
    apart = [_apart(there, int(beside[place])) for place in rows]
    nearest = rows[int(np.argmin(apart))]
    other = min(apart)
    known = unpack(int(beside[nearest])) if beside[nearest] != NOTHING else None
    alike = known is not None and other < NO_OTHER
    both = [
        (int(found.mismatches[0]), at, unpack(arm)),
        (other if alike else None, other_at if alike else None, known),
    ]
    (five_apart, five_at, five), (three_apart, three_at, three) = both if side == FIVE else both[::-1]
    return Kinship(
        family,
        table.names[nearest],
        table.species[nearest],
        SIDES[side],
        bool(found.seed[0]),
        five_apart,
        three_apart,
        five_at,
        three_at,
        five,
        three,
        bits,
    )


def _apart(letters: str, arm: int) -> int:
    """Letters in which a place differs from a packed arm; all of them where either is unknown."""
    here = pack(letters)
    if arm == NOTHING or here == NOTHING:
        return ARM
    return sum(one != other for one, other in zip(letters, unpack(arm), strict=True))
