"""What the reads on a hairpin look like: the signature that Drosha and Dicer leave, measured.

Dicer cuts two arms out of a hairpin, whose reads begin at the same base again and again, are 20 to 26 nt long
and overhang each other by 2 nt at both ends; between and around them lies next to nothing (Friedländer et al.
2008; Fromm et al. 2015). What decays lies everywhere, in all lengths and, from transposons, on both strands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.positions import opposite
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.reads.places import Pile
from mirscan.records import Hairpin

NEAR = 100  # nt on both sides of a hairpin that count as its neighbourhood
SLACK = 5  # nt that a read may reach beyond the hairpin: its ends are the outer pair, not Drosha's cuts
DICER = (20, 26)  # nt, both included: what Dicer cuts (Fromm et al. 2015)
OVERHANG = 2  # nt, of either 3′ end of the two arms


@dataclass(frozen=True, slots=True)
class Stack:
    """The reads of an arm.

    Attributes:
        reads: All of them.
        start: First base of most of them, 0-based in the hairpin, 5′ to 3′.
        end: One past the last base of most of those that begin there.
        exact: Share that begin at `start`.
        close: Share that begin at most one base away.
    """

    reads: float
    start: int
    end: int
    exact: float
    close: float


@dataclass(frozen=True, slots=True)
class Signature:
    """The reads on a hairpin and around it.

    Attributes:
        reads: On its strand, inside it.
        five_prime: Those of the 5′ arm; None without any.
        three_prime: Those of the 3′ arm; None without any.
        dicer: Share of `reads` of 20 to 26 nt.
        loop: Share of `reads` that lie on the loop.
        across: Share of the reads that touch the hairpin which reach across an end of it.
        other: Reads inside it on the other strand.
        antisense: Share of the reads inside it which lie on the other strand.
        near: Share of the reads on its strand within 100 nt which lie outside.
        on_arms: Share of `reads` that begin and end on an arm, one base off or less.
        paired: Share of the bases of the arm with more reads that pair with the other side of the hairpin.
        overhangs: 3′ overhangs of the two arms at Dicer's and at Drosha's end, nt; None without both arms.
    """

    reads: float
    five_prime: Stack | None
    three_prime: Stack | None
    dicer: float
    loop: float
    across: float
    other: float
    antisense: float
    near: float
    on_arms: float
    paired: float
    overhangs: tuple[int, int] | None

    @property
    def mature(self) -> Stack | None:
        """The arm with more reads, the 5′ arm in a tie."""
        arms = [arm for arm in (self.five_prime, self.three_prime) if arm]
        return max(arms, key=lambda arm: arm.reads, default=None)

    @property
    def star(self) -> Stack | None:
        """The arm with fewer reads; None where only one has any."""
        return None if not (self.five_prime and self.three_prime) else min(
            (self.three_prime, self.five_prime), key=lambda arm: arm.reads
        )  # fmt: skip


def signature(hairpin: Hairpin, pile: Pile) -> Signature:
    """Measure the reads of a hairpin.

    Args:
        hairpin: Where.
        pile: The reads within `NEAR` of it, both strands.
    """
    start, end = places_in(hairpin, pile)
    weight = pile.weight.astype(np.float64)
    sense_reads = pile.minus == (hairpin.strand == "-")
    inside = (start >= -SLACK) & (end <= len(hairpin) + SLACK)
    touches = (end > 0) & (start < len(hairpin))
    total, mine = weight[inside].sum(), sense_reads & inside
    reads = weight[mine].sum()
    table = pair_table(hairpin.structure)
    first, last, _ = central_loop(table)
    middle = (start + end) / 2
    at_loop = mine & (middle > first) & (middle < last)
    arms = [
        _stack(start[side], end[side], weight[side])
        for side in (mine & ~at_loop & (middle <= first), mine & ~at_loop & (middle >= last))
    ]
    lengths = end - start
    return Signature(
        reads=float(reads),
        five_prime=arms[0],
        three_prime=arms[1],
        dicer=_share(weight[mine & (lengths >= DICER[0]) & (lengths <= DICER[1])].sum(), reads),
        loop=_share(weight[at_loop].sum(), reads),
        across=_share(weight[sense_reads & touches & ~inside].sum(), weight[sense_reads & touches].sum()),
        other=float(total - reads),
        antisense=_share(total - reads, total),
        near=_share(weight[sense_reads & ~inside].sum(), weight[sense_reads].sum()),
        on_arms=_share(sum(weight[mine & _on(arm, start, end)].sum() for arm in arms if arm), reads),
        paired=_paired(table, *arms),
        overhangs=_overhangs(table, arms[0], arms[1]),
    )


def places_in(hairpin: Hairpin, pile: Pile) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First base, and one past the last, of each read in the hairpin, 5′ to 3′."""
    start, end = pile.start.astype(np.int64), pile.end.astype(np.int64)
    if hairpin.strand == "-":
        return hairpin.end - end, hairpin.end - start
    return start - hairpin.start, end - hairpin.start


def _stack(start: NDArray[np.int64], end: NDArray[np.int64], weight: NDArray[np.float64]) -> Stack | None:
    """The reads of an arm; of equally frequent ends the one farther upstream counts."""
    if not len(start):
        return None
    first = _mode(start, weight)
    here = start == first
    total = weight.sum()
    close = weight[np.abs(start - first) <= 1].sum()
    return Stack(
        float(total),
        first,
        _mode(end[here], weight[here]),
        _share(weight[here].sum(), total),
        _share(close, total),
    )


def _on(arm: Stack, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which reads begin and end where most of an arm do, one base off or less."""
    on: NDArray[np.bool_] = (np.abs(start - arm.start) <= 1) & (np.abs(end - arm.end) <= 1)
    return on


def _mode(places: NDArray[np.int64], weight: NDArray[np.float64]) -> int:
    lowest = int(places.min())
    return lowest + int(np.bincount(places - lowest, weights=weight).argmax())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _paired(table: NDArray[np.int32], five: Stack | None, three: Stack | None) -> float:
    arm = max((each for each in (five, three) if each), key=lambda each: each.reads, default=None)
    if arm is None:
        return 0.0
    partner = table[max(arm.start, 0) : max(arm.end, 0)]
    across = partner >= arm.end if arm is five else (partner >= 0) & (partner < arm.start)
    return float(across.sum() / max(arm.end - arm.start, 1))


def _overhangs(table: NDArray[np.int32], five: Stack | None, three: Stack | None) -> tuple[int, int] | None:
    """How far each 3′ end reaches beyond the partner of the other arm's 5′ end: at Dicer's, at Drosha's."""
    if five is None or three is None:
        return None
    facing = opposite(table)
    inside = len(table) - 1
    dicer = five.end - 1 - int(facing[min(max(three.start, 0), inside)])
    drosha = three.end - 1 - int(facing[min(max(five.start, 0), inside)])
    return dicer, drosha
