"""In how many places each read lies, counted by its name, for alignments that do not tell.

Some aligners write every place of a read as an alignment of its own and never say how many there are (bowtie
with `-a`, without an NH tag). Names are counted by 64-bit hashes that lie on disk, parted by their first
bits, so that memory does not grow with the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

PARTS = 64
LOT = 1 << 14  # names looked at together

Hashes = NDArray[np.int64]
T = TypeVar("T")


class NameCounts:
    """Names that occur more than once, and how often."""

    def __init__(self, names: Iterable[str], folder: str) -> None:
        """Count names.

        Args:
            names: Of all alignments that count.
            folder: Where hashes are kept; whoever made it removes it.
        """
        self._folder = Path(folder)
        files = [(self._folder / f"names{part}").open("wb") for part in range(PARTS)]
        try:
            for some in lots(names):
                found = hashes(some)
                part = _part(found)
                for number in np.unique(part).tolist():
                    files[number].write(found[part == number].tobytes())
        finally:
            for file in files:
                file.close()
        with (self._folder / "hashes").open("wb") as kept, (self._folder / "counts").open("wb") as counts:
            for number in range(PARTS):
                path = self._folder / f"names{number}"
                name, count = np.unique(np.fromfile(path, np.int64), return_counts=True)
                path.unlink()
                kept.write(name[count > 1].tobytes())
                counts.write(count[count > 1].astype(np.int32).tobytes())
        size = (self._folder / "hashes").stat().st_size // 8
        self._hashes: Hashes = (
            np.memmap(self._folder / "hashes", np.int64, "r") if size else np.zeros(0, "i8")
        )
        self._counts = np.memmap(self._folder / "counts", np.int32, "r") if size else np.zeros(0, "i4")

    def of(self, names: Iterable[str]) -> NDArray[np.int64]:
        """How often each of some names occurs, int64; 1 for those that were never counted."""
        found = hashes(names)
        at = np.searchsorted(self._hashes, found)
        inside = at < len(self._hashes)
        counts = np.ones(len(found), np.int64)
        several = np.flatnonzero(inside)[self._hashes[at[inside]] == found[inside]]
        counts[several] = self._counts[at[several]]
        return counts


def lots(items: Iterable[T]) -> Iterator[list[T]]:
    """Items in lists of `LOT`."""
    left = iter(items)
    while some := list(islice(left, LOT)):
        yield some


def hashes(names: Iterable[str]) -> Hashes:
    """A number for each name."""
    return np.fromiter(map(hash, names), np.int64)


def _part(found: Hashes) -> NDArray[np.int64]:
    """The part of each, rising with the hashes, so that the parts one behind the other are sorted."""
    part: NDArray[np.int64] = (found >> 58) + PARTS // 2
    return part
