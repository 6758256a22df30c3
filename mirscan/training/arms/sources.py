"""What the arms are learnt from and measured by: who has known arms, and who belongs to which fold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.sieve.candidates import SieveSettings
from mirscan.training.arms.curated import Curated
from mirscan.training.arms.data import OWN_FLANK, Bounds, Example, bounds_of, examples, own_flank, read_arms
from mirscan.training.scan import precursors as known
from mirscan.training.scan.attestation import FLANKED
from mirscan.training.scan.data import known_stretches

HOST = "hsa_chr3_42-44M"
FOLDS, TEST_FOLD, CHOICE_FOLD = 5, 0, 1
LEARNT = tuple(fold for fold in range(FOLDS) if fold != TEST_FOLD)
PRIMARY, GRAFTED = (
    "primary",
    "grafted",
)  # sources: human genes with real flanks; curated ones with others' flanks
GRAFT = 12  # nt of flank on either side that a donor has at least

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truth:
    """The precursors whose arms are known and that have flanks of their own.

    Attributes:
        precursors: All of the scan set, then the human genes with real flanks.
        bounds: Of the arms of each, by its sequence; see `data.Example`.
        names: The merged family of each.
        rows: int64 (n,), those that may be planted and are measured.
        primaries: int64, the human genes, which are learnt from alone.
        background: Real background to plant them in.
        curated: The precursors of MirGeneDB.
    """

    precursors: Sequence[known.Precursor]
    bounds: dict[str, Bounds]
    names: NDArray[np.str_]
    rows: NDArray[np.int64]
    primaries: NDArray[np.int64]
    background: str
    curated: Curated

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """From the data folder: `scan/` and `genomes/`.

        Raises:
            InputError: A table is missing or damaged.
        """
        scan = folder / "scan"
        precursors, arms = known.read_precursors(scan), read_arms(scan)
        names = known.merged_families(precursors)
        flanks = np.array([own_flank(len(each.sequence), *arms[each.sequence]) for each in precursors])
        family = {each.sequence: name for each, name in zip(precursors, names, strict=True)}
        curated = Curated.read(scan)
        human = [each for each in _primaries(scan) if _inner(each) in curated.arms]
        return cls(
            [*precursors, *human],
            {
                **{sequence: bounds_of(*both) for sequence, both in arms.items()},
                **{each.sequence: curated.bounds(_inner(each), each.start) for each in human},
            },
            np.array([*names, *(family[_inner(each)] for each in human)]),
            np.flatnonzero(flanks >= OWN_FLANK),
            len(precursors) + np.arange(len(human)),
            known_stretches(folder / "genomes" / HOST),
            curated,
        )

    def of_folds(self, rows: NDArray[np.int64], folds: Sequence[int]) -> NDArray[np.int64]:
        """Those of some rows whose family is of some folds."""
        fold = {name: known.fold_of(name) for name in set(self.names[rows].tolist())}
        return rows[np.isin([fold[name] for name in self.names[rows].tolist()], folds)]

    def drawn(self, folds: Sequence[int], seed: int, most: int) -> NDArray[np.int64]:
        """Rows that may be planted, of some folds, at most so many of a family."""
        mine = self.of_folds(self.rows, folds)
        return mine[known.balanced(self.names[mine].tolist(), most, np.random.default_rng(seed))]

    def plant(
        self, rows: Sequence[int], seed: int, jitter: bool = False, grafts: Sequence[Graft] = ()
    ) -> list[Example]:
        """Some precursors and grafts as the scan finds them; grafts are numbered after precursors."""
        precursors = [*self.precursors, *(graft.precursor for graft in grafts)]
        bounds = {**self.bounds, **{graft.precursor.sequence: graft.bounds for graft in grafts}}
        planted = [*rows, *range(len(self.precursors), len(precursors))]
        return examples(precursors, planted, bounds, self.background, SieveSettings(), seed, jitter)

    def grafts(self, folds: Sequence[int], seed: int, most: int) -> list[Graft]:
        """Curated precursors of some folds between the flanks of others, at most `most` of a family.

        MirGeneDB lists precursors from cut to cut; planted alone they would show where their arms begin,
        because a random flank does not pair. With another precursor's lower stem they do not.
        """
        random = np.random.default_rng(seed)
        flanks = self._flanks(folds)
        mine = np.flatnonzero([each.sequence in self.curated.arms for each in self.precursors])
        mine = self.of_folds(mine, folds)
        mine = mine[known.balanced(self.names[mine].tolist(), most, random)]
        found = []
        for row in mine.tolist():
            of_family = flanks[int(random.integers(len(flanks)))]
            before, after = of_family[int(random.integers(len(of_family)))]
            inner = self.precursors[row].sequence
            sequence, end = before + inner + after, len(before) + len(inner)
            name, family = self.precursors[row].name, self.precursors[row].family
            grafted = known.Precursor(name, GRAFTED, family, sequence, len(before), end)
            found.append(Graft(grafted, self.curated.bounds(inner, len(before)), row))
        return found

    def _flanks(self, folds: Sequence[int]) -> list[list[tuple[str, str]]]:
        """What lies outside Drosha's cuts, before and behind, by family."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self.of_folds(np.concatenate([self.rows, self.primaries]), folds).tolist():
            precursor = self.precursors[row]
            cuts = precursor.start, precursor.end
            if precursor.source not in (FLANKED, PRIMARY):
                inside = self.curated.place_in(precursor.sequence)
                cuts = inside or (0, 0)
            if min(cuts[0], len(precursor.sequence) - cuts[1]) >= GRAFT:
                found[self.names[row]].append((precursor.sequence[: cuts[0]], precursor.sequence[cuts[1] :]))
        return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class Graft:
    """A curated precursor with the flanks of another one.

    Attributes:
        precursor: As it is planted.
        bounds: Of its arms, in the bases of the whole.
        row: Of the curated precursor in `Truth.precursors`.
    """

    precursor: known.Precursor
    bounds: Bounds
    row: int


def _inner(precursor: known.Precursor) -> str:
    """What lies between the cuts."""
    return precursor.sequence[precursor.start : precursor.end]


def _primaries(folder: Path) -> list[known.Precursor]:
    """The human genes of MirGeneDB with 30 nt of their real flanks."""
    return [
        known.Precursor(
            row["name"],
            PRIMARY,
            known.family_of(row["family"]),
            row["sequence"],
            int(row["start"]),
            int(row["end"]),
        )
        for row in known.read_table(folder / "human_primary.tsv.gz")
    ]
