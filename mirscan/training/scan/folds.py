"""Folds of the sieve's candidates, all of them: the recursion of `quickfold` gives ViennaRNA's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import encode as codes_of
from mirscan.encoding.columns import Columns, concatenate, encode_folds
from mirscan.folding.quickfold import folds
from mirscan.runtime.whole_file import whole_file
from mirscan.training.common.kept import arrays_of
from mirscan.training.scan.data import LAYOUT, ScanExamples

AT_ONCE = 4096  # sequences

Watch = Callable[[int], object]
Lot = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int32]]


def folded(examples: ScanExamples, cache: Path, watch: Watch | None = None) -> Columns:
    """Encode candidates with their minimum free energy folds, kept in `cache` under a name of the sequences.

    Args:
        examples: n candidates.
        cache: Folder of kept work.
        watch: Called with the number of each lot that is done.
    """
    digest = hashlib.sha256(b"\n".join(examples.sequences.tolist()) + bytes(LAYOUT))
    path = cache / f"folded-{digest.hexdigest()[:16]}.npz"
    if not path.exists():
        _save(path, _fold(examples, watch))
    file = arrays_of(path)
    return Columns(file["symbols"], file["scalars"])


def _fold(examples: ScanExamples, watch: Watch | None) -> Columns:
    return concatenate([encode_folds(*lot) for lot in lots(examples.sequences, watch)])


def structures(sequences: Sequence[str], watch: Watch | None = None) -> list[tuple[str, float]]:
    """Dot-bracket and energy (kcal/mol) of n sequences of RNA letters, as ViennaRNA folds them."""
    found = []
    for _, _, offsets, text, energy in lots(np.array(sequences, np.bytes_), watch):
        whole, ends = text.tobytes().decode(), offsets.tolist()
        found += [
            (whole[first:last], hundredths / 100)
            for first, last, hundredths in zip(ends[:-1], ends[1:], energy.tolist(), strict=True)
        ]
    return found


def lots(sequences: NDArray[np.bytes_], watch: Watch | None) -> Iterator[Lot]:
    """Codes, starts, ends of the folds, folds and energies, some sequences at a time."""
    for first in range(0, len(sequences), AT_ONCE):
        lot = sequences[first : first + AT_ONCE]
        end = np.cumsum(np.char.str_len(lot)).astype(np.int64)
        start = np.append(0, end[:-1])
        codes = codes_of(b"".join(lot.tolist()))
        text, offsets, energy = folds(codes, start, end)
        yield codes, start, offsets, text, energy
        if watch:
            watch(len(lot))


def _save(path: Path, columns: Columns) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, symbols=columns.symbols, scalars=columns.scalars)
