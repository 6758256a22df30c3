"""What curators ask of a microRNA's reads, point by point, with the numbers behind each answer.

Animals: MirGeneDB (Fromm et al., Annu. Rev. Genet. 49:213, 2015). Plants: Axtell & Meyers (Plant Cell 30:272,
2018). A point that cannot be judged, for want of reads, is open; open points do not make a microRNA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.positions import opposite
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.reads.signature import OVERHANG, Signature
from mirscan.reads.weights import TOLERANCE
from mirscan.records import Hairpin

ENOUGH = 10  # reads of an arm, below which nothing is judged by them
ANIMAL_LENGTHS, PLANT_LENGTHS = (20, 26), (20, 24)  # nt of an arm, both included
HOMOGENEOUS = 0.9  # share of an arm's reads that begin at the same base
PAIRS = 16  # of the duplex of the two arms
LOOP = 8  # nt between the arms
PRECISE = 0.75  # share of the reads that lie on the two arms
MISMATCHED, BULGED = 5, 3  # positions of the mature arm without a partner; of these, those of uneven loops


REPLICATES = 2  # libraries

Libraries = Mapping[str, Sequence[float]]  # library → reads of the 5′ arm and of the 3′ arm


@dataclass(frozen=True, slots=True)
class Criterion:
    """A point that curators ask about.

    Attributes:
        name: Its short name, for tables.
        holds: The answer; None where it is open.
        text: The answer in words, with its numbers.
    """

    name: str
    holds: bool | None
    text: str


def mirgenedb(hairpin: Hairpin, found: Signature, _libraries: Libraries) -> list[Criterion]:
    """The points of MirGeneDB, for animals; how many libraries there are does not matter."""
    mature, star, table = found.mature, found.star, pair_table(hairpin.structure)
    most = mature.reads if mature else 0.0
    exact = mature.exact if mature else 0.0
    arms = [arm for arm in (found.five_prime, found.three_prime) if arm]
    lengths = [arm.end - arm.start for arm in arms]
    fits = _fits(found)
    pairs, gap = _duplex(table, found)
    enough = most >= ENOUGH
    return [
        Criterion("reads", enough, f"{most:,.0f} reads of one arm (≥ {ENOUGH})"),
        Criterion("star", bool(star), f"star seen: {star.reads:,.0f}" if star else "no read of the star"),
        Criterion("five_prime_ends", exact >= HOMOGENEOUS if enough else None, f"5′ homogeneity {exact:.2f}"),
        Criterion("overhang", fits, _overhang_text(found)),
        Criterion("length", _all_within(lengths, ANIMAL_LENGTHS), f"arms of {_joined(lengths)} nt"),
        Criterion(
            "pairs",
            None if pairs is None else pairs >= PAIRS,
            f"{pairs or 0} pairs in the duplex (≥ {PAIRS})",
        ),
        Criterion("loop", None if gap is None else gap >= LOOP, f"loop of {gap or 0} nt (≥ {LOOP})"),
    ]


def plant(hairpin: Hairpin, found: Signature, libraries: Libraries) -> list[Criterion]:
    """The points of Axtell & Meyers, for plants; replication is asked where there are several libraries."""
    mature, star, table = found.mature, found.star, pair_table(hairpin.structure)
    enough = (mature.reads if mature else 0.0) >= ENOUGH
    precise = found.on_arms
    lengths = [arm.end - arm.start for arm in (found.five_prime, found.three_prime) if arm]
    unpaired, bulged = _unpaired(table, (mature.start, mature.end)) if mature else (None, None)
    return [
        Criterion("star", bool(star), f"star seen: {star.reads:,.0f}" if star else "no read of the star"),
        Criterion("overhang", _fits(found), _overhang_text(found)),
        Criterion(
            "precision",
            precise >= PRECISE if enough else None,
            f"{precise:.0%} of the reads on the two arms, one base off or less (≥ {PRECISE:.0%})",
        ),
        Criterion("length", _all_within(lengths, PLANT_LENGTHS), f"arms of {_joined(lengths)} nt"),
        Criterion(
            "mismatches",
            None if unpaired is None else unpaired <= MISMATCHED,
            f"{unpaired or 0} unpaired positions of the mature arm (≤ {MISMATCHED})",
        ),
        Criterion(
            "bulges",
            None if bulged is None else bulged <= BULGED,
            f"{bulged or 0} of them in uneven loops (≤ {BULGED})",
        ),
        *_replicated(found, libraries),
    ]


CRITERIA: dict[str, Callable[[Hairpin, Signature, Libraries], list[Criterion]]] = {
    "mirgenedb": mirgenedb,
    "plant": plant,
}


def all_hold(points: Sequence[Criterion]) -> bool:
    """Whether every point holds; an open one does not."""
    return all(point.holds for point in points)


def _replicated(found: Signature, libraries: Libraries) -> list[Criterion]:
    """Whether several libraries show the mature arm; nothing where there is only one."""
    if len(libraries) < REPLICATES:
        return []
    side = 0 if found.mature is found.five_prime else 1
    shown = sum(arms[side] >= 1 for arms in libraries.values())
    text = f"mature arm in {shown} of {len(libraries)} libraries (≥ {REPLICATES})"
    return [Criterion("replicated", shown >= REPLICATES, text)]


def _fits(found: Signature) -> bool | None:
    if found.overhangs is None:
        return None
    return all(abs(over - OVERHANG) <= TOLERANCE for over in found.overhangs)


def _overhang_text(found: Signature) -> str:
    if found.overhangs is None:
        return "no overhangs without both arms"
    dicer, drosha = found.overhangs
    return f"overhangs of {dicer} nt at the loop and {drosha} nt at the stem's end ({OVERHANG} ± {TOLERANCE})"


def _all_within(lengths: Sequence[int], bounds: tuple[int, int]) -> bool | None:
    return all(bounds[0] <= length <= bounds[1] for length in lengths) if lengths else None


def _joined(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, numbers)) or "no"


def _duplex(table: NDArray[np.int32], found: Signature) -> tuple[int | None, int | None]:
    """Pairs between the two arms, and bases between them; where one is unseen, those of the other arm."""
    mature = found.mature
    if mature is None:
        return None, None
    start, end = max(mature.start, 0), min(mature.end, len(table))
    pairs = int((table[start:end] >= 0).sum())
    if found.five_prime and found.three_prime:
        return pairs, found.three_prime.start - found.five_prime.end
    first, last, _ = central_loop(table)
    return pairs, last - first


def _unpaired(table: NDArray[np.int32], arm: tuple[int, int]) -> tuple[int, int]:
    """Unpaired bases of an arm, and those of them that face fewer or more unpaired bases than they are."""
    start, end = max(arm[0], 0), min(arm[1], len(table))
    facing = np.clip(opposite(table), 0, len(table) - 1)
    free = [base for base in range(start, end) if table[base] < 0]
    return len(free), sum(bool(table[facing[base]] >= 0) for base in free)
