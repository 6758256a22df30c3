"""What the arms are learnt from: precursors with known arms as a scan finds and folds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode as codes_of
from mirscan.folding.quickfold import folds
from mirscan.records import Hairpin
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.scan.precursors import Precursor, read_table
from mirscan.training.scan.settings import ENDS_FOUND

OWN_FLANK = 6  # nt; a precursor cut where its arm ends would show where, because what follows does not pair
JITTER = 25  # nt, most that is added to an end of a candidate
MOVED = 0.5  # share of the candidates whose ends are moved
TRIM = 4  # nt, most that is taken from it
UNKNOWN = -(10**6)  # in place of a boundary that the databases do not tell

Interval = tuple[int, int]
Arms = tuple[Interval | None, Interval | None]  # the 5′ arm and the 3′ arm
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


def read_arms(folder: Path) -> dict[str, Arms]:
    """Sequence of each precursor of the scan set → its arms, 0-based and half-open; None where unknown.

    Where real flanks are known, the arms are what lies between the cuts of Drosha and Dicer.

    Raises:
        InputError: A table is missing or damaged.
    """
    arms: dict[str, Arms] = {
        row["sequence"]: (interval_of(row["arm5p"]), interval_of(row["arm3p"]))
        for row in read_table(folder / "precursors.tsv.gz")
    }
    for row in read_table(folder / "flanked_precursors.tsv.gz"):
        cuts = [int(row[cut].split(",")[0]) for cut in ("drosha5p", "dicer5p", "dicer3p", "drosha3p")]
        arms[row["sequence"]] = ((cuts[0], cuts[1]), (cuts[2], cuts[3]))
    return arms


def interval_of(text: str) -> Interval | None:
    """A column such as `5-27`; None where it is empty."""
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


def bounds_of(five: Interval | None, three: Interval | None) -> Bounds:
    """Two arms as four boundaries; see `Example`."""
    one, other = ((arm[0], arm[1] - 1) if arm else (UNKNOWN, UNKNOWN) for arm in (five, three))
    return *one, *other


def examples(
    precursors: Sequence[Precursor],
    rows: Sequence[int],
    bounds: Mapping[str, Bounds],
    ground: str,
    settings: SieveSettings,
    seed: int,
    jitter: bool = False,
) -> list[Example]:
    """Plant each precursor at a random place of a genome; what the sieve finds of it, folded.

    Args:
        precursors: All of them.
        rows: Those to plant.
        bounds: Of the arms of each, by its sequence and in its bases.
        ground: RNA letters of real background.
        settings: The sieve's.
        seed: Of the places and the jitter.
        jitter: Move the ends of every other one, so that nothing hangs on where exactly a candidate is cut.

    Returns:
        An example for each precursor that the sieve finds: its candidate of lowest energy.
    """
    random = np.random.default_rng(seed)
    found: list[tuple[str, NDArray[np.int64], int]] = []
    for row in rows:
        precursor = precursors[row]
        inside = np.array(bounds[precursor.sequence])
        place = int(random.integers(len(ground) - 2 * settings.reach))
        host = ground[place : place + 2 * settings.reach]
        at = settings.reach
        sequence = host[:at] + precursor.sequence + host[at:]
        for start, end in _found_in(sequence, at + precursor.start, at + precursor.end, settings):
            if jitter and random.random() < MOVED:
                start, end = _moved(start, end, random)
            found.append((sequence[start:end], inside + at - start, row))
    hairpins = folded([sequence for sequence, _, _ in found])
    return [
        Example(hairpin, _four(moved), row) for hairpin, (_, moved, row) in zip(hairpins, found, strict=True)
    ]


def folded(sequences: Sequence[str]) -> list[Hairpin]:
    """Sequences of RNA letters as hairpins, folded as a scan folds them."""
    lengths = np.array([len(letters) for letters in sequences], dtype=np.int64)
    ends = np.cumsum(lengths)
    found = folds(codes_of("".join(sequences)), ends - lengths, ends)
    return [
        Hairpin("planted", 0, len(letters), "+", letters, found.structure(row), int(found.energy[row]) / 100)
        for row, letters in enumerate(sequences)
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
