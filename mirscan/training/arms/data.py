"""What the arms are learnt from: precursors with known arms as a scan finds and folds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode as codes_of
from mirscan.records import Hairpin
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.deepmirgene.folds import fold_all
from mirscan.training.scan.precursors import Precursor, read_table
from mirscan.training.scan.settings import ENDS_FOUND

OWN_FLANK = 6  # nt; a precursor cut where its arm ends would show where, because what follows does not pair
JITTER = 25  # nt, most that is added to an end of a candidate
MOVED = 0.5  # share of the candidates whose ends are moved
TRIM = 4  # nt, most that is taken from it
UNKNOWN = -(10**6)  # in place of a boundary that the databases do not tell

Interval = tuple[int, int]
Bounds = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A hairpin with known arms.

    Attributes:
        hairpin: As the scan would fold it.
        bounds: First and last base of the 5′ arm, then of the 3′ arm, 0-based on the hairpin's strand; they
            may lie outside, and are `UNKNOWN` for an arm that no database tells.
        origin: Row of its precursor.
    """

    hairpin: Hairpin
    bounds: Bounds
    origin: int


def read_arms(folder: Path) -> dict[str, tuple[Interval | None, Interval | None]]:
    """Sequence of each precursor of the scan set → its arms, 0-based and half-open; None where unknown.

    Where real flanks are known, the arms are what lies between the cuts of Drosha and Dicer.

    Raises:
        InputError: A table is missing or damaged.
    """
    arms: dict[str, tuple[Interval | None, Interval | None]] = {
        row["sequence"]: (_interval(row["arm5p"]), _interval(row["arm3p"]))
        for row in read_table(folder / "precursors.tsv.gz")
    }
    for row in read_table(folder / "flanked_precursors.tsv.gz"):
        cuts = [int(row[cut].split(",")[0]) for cut in ("drosha5p", "dicer5p", "dicer3p", "drosha3p")]
        arms[row["sequence"]] = ((cuts[0], cuts[1]), (cuts[2], cuts[3]))
    return arms


def _interval(text: str) -> Interval | None:
    if not text:
        return None
    start, end = text.split("-")
    return int(start), int(end)


def own_flank(length: int, five: Interval | None, three: Interval | None) -> int:
    """Bases of its own that a precursor has beyond its arms, nt, at the shorter end; -1 without any arm.

    Where one arm is unknown, the other one's end stands for both.
    """
    ends = ([five[0]] if five else []) + ([length - three[1]] if three else [])
    return min(ends, default=-1)


def bounds_of(five: Interval | None, three: Interval | None) -> NDArray[np.int64]:
    """Two arms as four boundaries, int64 (4,); see `Example`."""
    one, other = ((arm[0], arm[1] - 1) if arm else (UNKNOWN, UNKNOWN) for arm in (five, three))
    return np.array([*one, *other])


def examples(
    precursors: Sequence[Precursor],
    rows: Sequence[int],
    arms: dict[str, tuple[Interval | None, Interval | None]],
    ground: str,
    settings: SieveSettings,
    seed: int,
    workers: int,
    cache: Path,
    jitter: bool = False,
) -> list[Example]:
    """Plant each precursor at a random place of a genome; what the sieve finds of it, folded.

    Args:
        precursors: All of them.
        rows: Those to plant.
        arms: From `read_arms`.
        ground: RNA letters of real background.
        settings: The sieve's.
        seed: Of the places and the jitter.
        workers: Processes that fold.
        cache: Where folds are kept.
        jitter: Move the ends of every other one, so that nothing hangs on where exactly a candidate is cut.

    Returns:
        An example for each precursor that the sieve finds: its candidate of lowest energy.
    """
    random = np.random.default_rng(seed)
    found: list[tuple[str, NDArray[np.int64], int]] = []
    for row in rows:
        precursor = precursors[row]
        bounds = bounds_of(*arms[precursor.sequence])
        place = int(random.integers(len(ground) - 2 * settings.reach))
        host = ground[place : place + 2 * settings.reach]
        at = settings.reach
        sequence = host[:at] + precursor.sequence + host[at:]
        for start, end in _found_in(sequence, at + precursor.start, at + precursor.end, settings):
            if jitter and random.random() < MOVED:
                start, end = _moved(start, end, random)
            found.append((sequence[start:end], bounds + at - start, row))
    folds = fold_all([sequence for sequence, _, _ in found], workers, cache)
    return [
        Example(Hairpin("planted", 0, len(letters), "+", letters, *fold), _four(bounds), row)
        for (letters, bounds, row), fold in zip(found, folds, strict=True)
    ]


def _four(bounds: NDArray[np.int64]) -> Bounds:
    one, two, three, four = bounds.tolist()
    return one, two, three, four


def _found_in(sequence: str, start: int, end: int, settings: SieveSettings) -> list[Interval]:
    """The candidate of lowest energy that is an example of the precursor at a place, if there is one."""
    found = candidates(codes_of(sequence), settings)
    shared = np.minimum(found.end, end) - np.maximum(found.start, start)
    whole, of_candidate = ENDS_FOUND
    fits = (shared >= whole * (end - start)) & (shared >= of_candidate * (found.end - found.start))
    best = np.flatnonzero(fits)[np.argsort(found.energy[fits], kind="stable")[:1]]
    return list(zip(found.start[best].tolist(), found.end[best].tolist(), strict=True))


def _moved(start: int, end: int, random: np.random.Generator) -> Interval:
    before, after = random.integers(-TRIM, JITTER + 1, size=2).tolist()
    return start - before, end + after
