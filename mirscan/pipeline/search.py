"""What a worker does with stretches of sequence: sieve both strands, fold what is promising. No torch.

The stages are walked one by one; `explain` walks the same ones to say where a place falls out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import Codes, decode
from mirscan.evidence.kind import FLANK, Detector
from mirscan.folding.quickfold import Folds, folds
from mirscan.folding.viennarna import fold
from mirscan.pipeline.proposals import around, holding
from mirscan.pipeline.stretches import STRANDS, Joined, Stretch, one_behind_the_other
from mirscan.records import Flanks, Hairpin
from mirscan.scoring.prefilter import Prefilter
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates

SIEVE, FIRST, SECOND = "sieve", "first prefilter", "second prefilter"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a search.

    Attributes:
        name: `sieve`, `first prefilter` or `second prefilter`.
        joined: Where its candidates lie.
        came: n candidates that came to it.
        passed: bool (n,), those that passed.
        rescued: bool (n,), those that pass for the sake of other evidence, whatever the stage says.
        values: float (n,), what decides; None where nothing does, and all pass.
        threshold: From which value on a candidate passes.
    """

    name: str
    joined: Joined
    came: Candidates
    passed: NDArray[np.bool_]
    rescued: NDArray[np.bool_] | None = None
    values: NDArray[np.float32] | None = None
    threshold: float | None = None


@dataclass(slots=True)
class Found:
    """The folded candidates of some stretches, in genome order, and what it took to find them.

    Attributes:
        hairpins: Sorted by start within each window.
        measured: What each kind of evidence measured of each hairpin, by its name; JSON.
        candidates: Hairpins that the sieve let through.
        folded: Candidates that the first prefilter let through.
        windows: Windows searched.
        bases: Bases owned by them.
        seconds: Processor time of this process by stage.
    """

    hairpins: list[Hairpin] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)
    candidates: int = 0
    folded: int = 0
    windows: int = 0
    bases: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """A picklable function from stretches to folded candidates.

    Attributes:
        sieve: What counts as a candidate.
        flank: Bases added on both sides of a candidate's outer pair before it is folded, nt.
        strands: `+`, `-` or both.
        first: The prefilter of candidates, by what the sieve saw; None folds them all.
        first_cut: Lowest logit of the first prefilter that is worth a fold.
        second: The prefilter of their quick folds; None for none, and folds by ViennaRNA.
        second_cut: Lowest logit of the second prefilter that is worth a score.
        sensitivity: What `sensitivity.py` calls a search of these prefilters and cuts; None for another.
        detectors: What looks for further evidence in the sequence, by the kind's name.
    """

    sieve: SieveSettings = field(default_factory=SieveSettings)
    flank: int = 0
    strands: str = STRANDS
    first: Prefilter | None = None
    first_cut: float = -math.inf
    second: Prefilter | None = None
    second_cut: float = -math.inf
    sensitivity: str | None = None
    detectors: Mapping[str, Detector] = field(default_factory=dict, hash=False)

    @property
    def margin(self) -> int:
        """Bases that a window needs on either side of what it owns, nt."""
        return self.sieve.reach + self.sieve.max_span + self.flank

    def __call__(self, stretches: Sequence[Stretch], sieved: Sequence[Candidates] | None = None) -> Found:
        """Search some stretches.

        Args:
            stretches: Where to look.
            sieved: What the sieve found in each of `strands_of` these, where that is known already.
        """
        found = Found(windows=len(stretches), bases=sum(map(_owned, stretches)))
        for stage in self.stages(stretches, found, sieved):
            if stage.name == SIEVE:
                found.candidates = int(stage.passed.sum())
            elif stage.name == FIRST:
                found.folded = int(stage.passed.sum())
        return found

    def stages(
        self, stretches: Sequence[Stretch], found: Found, sieved: Sequence[Candidates] | None = None
    ) -> Iterator[Stage]:
        """The search stage by stage: what came to each, what passed, and what decided.

        Args:
            stretches: Where to look.
            found: Takes the hairpins at the end, and the seconds.
            sieved: See `__call__`.
        """
        clock = process_time()
        joined = self._joined(stretches)
        if not joined.length:
            return
        kept = self._kept(joined, sieved)
        clock = _spend(found, "sieve", clock)
        yield Stage(SIEVE, joined, kept, np.ones(len(kept), np.bool_))
        rescued, more = self._rescued(joined, kept, found)
        clock = process_time()
        kept, rescued = one_behind_the_other(kept, more), np.append(rescued, np.ones(len(more), np.bool_))
        first = self._first_stage(joined, kept, rescued, len(more))
        clock = _spend(found, "prefilter", clock)
        yield first
        kept, rescued = kept.take(first.passed), rescued[first.passed]
        wide = joined.widened(kept, self.flank)
        quick = folds(joined.codes, wide.start, wide.end) if self.second else None
        second = self._second_stage(joined, wide, rescued, quick)
        rows = [row for row in joined.order(wide).tolist() if second.passed[row]]
        found.hairpins = _hairpins(joined, wide, rows, quick)
        _spend(found, "fold", clock)
        self._measure(found, [joined.flanks(wide, row, FLANK) for row in rows])
        yield second

    def _first_stage(self, joined: Joined, came: Candidates, rescued: NDArray[np.bool_], more: int) -> Stage:
        """The first prefilter, which sees what the sieve offers: all but the last so many."""
        if self.first is None:
            return Stage(FIRST, joined, came, np.ones(len(came), np.bool_), rescued)
        seen = came.take(np.arange(len(came)) < len(came) - more)
        logits = np.append(self.first.of_traces(joined.codes, seen), np.full(more, -np.inf, np.float32))
        passed = rescued | (logits >= self.first_cut)
        return Stage(FIRST, joined, came, passed, rescued, logits, self.first_cut)

    def _second_stage(
        self, joined: Joined, came: Candidates, rescued: NDArray[np.bool_], quick: Folds | None
    ) -> Stage:
        """The second prefilter, which sees the quick folds of what the first one leaves."""
        if self.second is None or quick is None:
            return Stage(SECOND, joined, came, np.ones(len(came), np.bool_), rescued)
        logits = self.second.of_folds(joined.codes, came, quick)
        passed = rescued | (logits >= self.second_cut)
        return Stage(SECOND, joined, came, passed, rescued, logits, self.second_cut)

    def _rescued(
        self, joined: Joined, found: Candidates, spent: Found
    ) -> tuple[NDArray[np.bool_], Candidates]:
        """Which candidates pass the prefilters whatever these say, and what the sieve does not offer."""
        passing = np.zeros(len(found), np.bool_)
        more = found.take(passing)
        for name, detector in self.detectors.items():
            clock = process_time()
            rescued = detector.rescue(joined.codes, found)
            passing |= rescued.kept
            more = one_behind_the_other(more, self._searched(joined, rescued.more))
            _spend(spent, name, clock)
        arms = joined.proposed()
        if len(arms[0]):
            clock = process_time()
            held = holding(found, *arms)
            passing |= held
            more = one_behind_the_other(
                more, self._searched(joined, around(joined.codes, *arms, found.take(held)))
            )
            _spend(spent, "proposals", clock)
        return passing, more

    def _searched(self, joined: Joined, wanted: Candidates) -> Candidates:
        """Of what the sieve does not offer, what is owned and lies on a strand that is searched."""
        held = wanted.take(joined.holds(wanted))
        return held.take(self._on_strands(joined, held))

    def _on_strands(self, joined: Joined, found: Candidates) -> NDArray[np.bool_]:
        """Which candidates lie on a strand that is searched."""
        minus = found.start >= joined.length
        on_strands: NDArray[np.bool_] = ("-" in self.strands) & minus | ("+" in self.strands) & ~minus
        return on_strands

    def _measure(self, found: Found, flanks: Sequence[Flanks]) -> None:
        """Note what each kind of evidence measures of the folded hairpins and what lies beside them."""
        found.measured = [{} for _ in found.hairpins]
        for name, detector in self.detectors.items():
            clock = process_time()
            for measured, value in zip(found.measured, detector.measure(found.hairpins, flanks), strict=True):
                if value is not None:
                    measured[name] = value
            _spend(found, name, clock)

    def strands_of(self, stretches: Sequence[Stretch]) -> list[Codes]:
        """What the sieve sees of some stretches: the codes of each strand, empty where nothing is known."""
        return self._strands(self._joined(stretches))

    def _joined(self, stretches: Sequence[Stretch]) -> Joined:
        known = [stretch for stretch in stretches if stretch.sequence.strip("N")]
        return Joined(known, self.sieve.max_span)

    def _strands(self, joined: Joined) -> list[Codes]:
        return [joined.codes[first : first + joined.length] for first in self._firsts(joined)]

    def _firsts(self, joined: Joined) -> list[int]:
        """Where each strand begins in the joined codes."""
        return [0 if strand == "+" else joined.length for strand in self.strands]

    def _kept(self, joined: Joined, sieved: Sequence[Candidates] | None) -> Candidates:
        """The candidates that the windows own, in coordinates of the joined codes."""
        if sieved is None:
            sieved = [candidates(codes, self.sieve) for codes in self._strands(joined)]
        parts = [
            Candidates(found.start + first, found.end + first, found.energy)
            for found, first in zip(sieved, self._firsts(joined), strict=True)
        ]
        whole = one_behind_the_other(*parts)
        return whole.take(joined.owned(whole))


def _hairpins(joined: Joined, found: Candidates, rows: Sequence[int], quick: Folds | None) -> list[Hairpin]:
    """Some candidates, in this order, with their quick folds, or else folded by ViennaRNA."""

    def folded(row: int) -> tuple[str, float]:
        if quick is None:
            return fold(decode(joined.codes[found.start[row] : found.end[row]]))
        return quick.structure(row), quick.energy[row] / 100

    return [joined.hairpin(found, row, *folded(row)) for row in rows]


def _owned(stretch: Stretch) -> int:
    return stretch.window.own_end - stretch.window.own_start


def _spend(found: Found, stage: str, since: float) -> float:
    """Note the time since then for a stage; the time now."""
    now = process_time()
    found.seconds[stage] = found.seconds.get(stage, 0.0) + now - since
    return now
