"""The kinds of a run together: what they measure of calls, which calls are kept, and the sum of each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mirscan.evidence.kind import Detector, Kind, Weighed
from mirscan.evidence.score import BIT, HAIRPIN, Sum, Term, probability
from mirscan.records import Call, Flanks, Hairpin, Hit, ProposedArm, Window


class Evidence:
    """The kinds of a run.

    Attributes:
        kinds: In the order of their terms.
        prior: The share of precursors among candidates, 0..1.
        reach: Bases on both sides of a call that decide its sum, nt.
    """

    def __init__(self, kinds: Sequence[Kind] = (), prior: float = 0.5) -> None:
        self.kinds = [kind for kind in kinds if kind.name != HAIRPIN]
        self.prior = prior
        self.reach = max((kind.reach for kind in self.kinds), default=0)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all kinds."""
        return (HAIRPIN, *(kind.name for kind in self.kinds))

    def facts(self) -> dict[str, str | float | int]:
        """What results and journals state of the kinds; nothing where the network alone decides."""
        if not self.kinds:
            return {}
        facts: dict[str, str | float | int] = {"evidence": ",".join(self.names), "prior": self.prior}
        for kind in self.kinds:
            facts |= {f"{kind.name}_{name}": value for name, value in kind.facts().items()}
        return facts

    def detectors(self) -> dict[str, Detector]:
        """What looks at sequence in workers, by the name of its kind."""
        found = {kind.name: kind.detector() for kind in self.kinds}
        return {name: detector for name, detector in found.items() if detector is not None}

    def proposed(self, window: Window) -> tuple[ProposedArm, ...]:
        """The arms that the kinds propose in a window."""
        return tuple(arm for kind in self.kinds for arm in kind.propose(window))

    def kept(self, calls: Sequence[Call], min_score: float, decoy: bool = False) -> list[Call]:
        """Those of some calls of a chunk that could become hits, with all that is to be weighed.

        Args:
            calls: Scored, with what the detectors measured.
            min_score: Lowest score of a hit, 0..1.
            decoy: Whether they are of shuffled sequence.
        """
        within = [call for call in calls if self.could_reach(call, min_score)]
        within = self._looked_up(within, decoy)
        return [call for call in within if self.could_reach(call, min_score)] if self.kinds else within

    def _looked_up(self, calls: list[Call], decoy: bool = False) -> list[Call]:
        """Calls with what the kinds measure outside their sequence."""
        for kind in self.kinds:
            found = kind.measure(calls, decoy) if calls else []
            calls = [_with(call, kind.name, value) for call, value in zip(calls, found, strict=True)]
        return calls

    def could_reach(self, call: Call, min_score: float) -> bool:
        """Whether a call may score as much, with all that its evidence can add by what is measured so far."""
        bits = sum(kind.most_bits(call) for kind in self.kinds)
        return probability(call.log_odds + BIT * bits) >= min_score

    def look_over(self, calls: Callable[[], Iterable[Call]], bases: int) -> None:
        """Show all calls of the genome to the kinds that ask to see them before they weigh any."""
        for kind in self.kinds:
            if type(kind).look_over is not Kind.look_over:
                kind.look_over(calls(), bases)

    def hits(self, calls: Iterable[Call]) -> Iterator[Hit]:
        """Each call as a hit with its sum, in the order of the calls, which is that of the genome."""
        by_itself = [kind for kind in self.kinds if not kind.reach]
        in_context = [kind for kind in self.kinds if kind.reach]
        weighed = (self._weighed(call, by_itself) for call in calls)
        for each, near in _with_near(weighed, self.reach):
            terms = {term.name: term for term in each.evidence.terms[1:]}
            for kind in in_context:
                terms[kind.name] = kind.weigh(each.call, _within(each, near, kind.reach))
            yield self._hit(each.call, terms)

    def hits_elsewhere(
        self, placed: Sequence[tuple[Call, Hairpin]], calls: Callable[[], Iterable[Call]]
    ) -> list[Hit]:
        """Calls that are not of the genome as hits, weighed as if they lay in it.

        So shuffled sequence sees the neighbours that a false hit would have at its place.

        Args:
            placed: Each call, and its hairpin where it would lie.
            calls: All of the genome, in its order, as often as it is called.
        """
        by_itself = [kind for kind in self.kinds if not kind.reach]
        in_context = [kind for kind in self.kinds if kind.reach]
        weighed = [self._weighed(call, by_itself) for call, _ in placed]
        there = [
            replace(each, call=replace(each.call, hairpin=place))
            for each, (_, place) in zip(weighed, placed, strict=True)
        ]
        near = _around(there, (self._weighed(call, by_itself) for call in calls()), self.reach)
        found = []
        for each, moved, others in zip(weighed, there, near, strict=True):
            terms = {term.name: term for term in each.evidence.terms[1:]}
            for kind in in_context:
                terms[kind.name] = kind.weigh(moved.call, _within(moved, others, kind.reach))
            found.append(self._hit(each.call, terms))
        return found

    def of_hairpins(
        self,
        hairpins: Sequence[Hairpin],
        log_odds: Sequence[float],
        found: Sequence[Mapping[str, Term]] = (),
        flanks: Sequence[Flanks | None] = (),
        known: Sequence[Mapping[str, Any]] = (),
    ) -> list[Sum]:
        """The sum of each ready hairpin, by its own sequence and fold, and what was found before.

        Args:
            hairpins: n folded hairpins.
            log_odds: What the network says of each.
            found: The terms of each that a scan found, by the kind's name; of kinds that look beyond the
                hairpin they are taken as they are, unless these look here anew.
            flanks: What lies beside each, None where nobody knows; none for none.
            known: What is measured of each already, by the kind's name; none for nothing.
        """
        measured: list[dict[str, Any]] = [dict(each) for each in known] or [{} for _ in hairpins]
        for name, detector in self.detectors().items():
            values = detector.measure(hairpins, flanks or [None] * len(hairpins))
            for each, value in zip(measured, values, strict=True):
                each |= {} if value is None else {name: value}
        calls = self._looked_up([Call(*each) for each in zip(hairpins, log_odds, measured, strict=True)])
        terms = found or [{} for _ in hairpins]
        return [self._again(*each) for each in zip(calls, terms, strict=True)]

    def _again(self, call: Call, found: Mapping[str, Term]) -> Sum:
        terms = (
            found[kind.name]
            if kind.beyond and kind.name in found and kind.name not in call.measured
            else kind.weigh(call, ())
            for kind in self.kinds
        )
        return Sum.of(self.prior, call.log_odds, tuple(terms))

    def _weighed(self, call: Call, kinds: Sequence[Kind]) -> Weighed:
        return Weighed(call, Sum.of(self.prior, call.log_odds, tuple(kind.weigh(call, ()) for kind in kinds)))

    def _hit(self, call: Call, terms: Mapping[str, Term]) -> Hit:
        evidence = Sum.of(self.prior, call.log_odds, tuple(terms[kind.name] for kind in self.kinds))
        return Hit.of(call.hairpin, evidence.score, evidence=evidence, repeated=call.repeated)


def _with(call: Call, name: str, value: object) -> Call:
    return call if value is None else replace(call, measured={**call.measured, name: value})


def _with_near(weighed: Iterable[Weighed], reach: int) -> Iterator[tuple[Weighed, Sequence[Weighed]]]:
    """Each call with the others within reach on its contig; no more of them are held than that takes."""
    if not reach:
        yield from ((each, ()) for each in weighed)
        return
    window: deque[Weighed] = deque()  # of one contig, in genome order
    waiting = 0  # index in the window of the first whose surroundings are not complete
    for new in weighed:
        while waiting < len(window) and _beyond(window[waiting], new, reach):
            yield window[waiting], _others(window, waiting)
            waiting += 1
        window.append(new)
        while window and waiting and _beyond(window[0], window[min(waiting, len(window) - 1)], reach):
            window.popleft()
            waiting -= 1
    while waiting < len(window):
        yield window[waiting], _others(window, waiting)
        waiting += 1


def _around(some: Sequence[Weighed], others: Iterable[Weighed], reach: int) -> list[list[Weighed]]:
    """Of each of some calls those of the others that may lie within reach, in the order of the others."""
    found: list[list[Weighed]] = [[] for _ in some]
    if not (some and reach):
        return found
    starts: dict[str, list[tuple[int, int]]] = {}
    for number, each in enumerate(some):
        starts.setdefault(each.call.hairpin.contig, []).append((each.call.hairpin.start, number))
    for rows in starts.values():
        rows.sort()
    furthest = reach + max(len(each.call.hairpin) for each in some)
    for other in others:
        here = other.call.hairpin
        rows = starts.get(here.contig, [])
        first = bisect_left(rows, (here.start - furthest, 0))
        last = bisect_right(rows, (here.end + reach, len(some)))
        for _, number in rows[first:last]:
            found[number].append(other)
    return found


def _others(window: deque[Weighed], at: int) -> list[Weighed]:
    contig = window[at].call.hairpin.contig
    return [other for i, other in enumerate(window) if i != at and other.call.hairpin.contig == contig]


def _beyond(each: Weighed, later: Weighed, reach: int) -> bool:
    """Whether a later call, and with it all that follow, lies out of reach."""
    here, there = each.call.hairpin, later.call.hairpin
    return here.contig != there.contig or there.start - here.end > reach


def _within(each: Weighed, near: Sequence[Weighed], reach: int) -> list[Weighed]:
    here = each.call.hairpin
    return [
        other
        for other in near
        if other.call.hairpin.start - here.end <= reach and here.start - other.call.hairpin.end <= reach
    ]
