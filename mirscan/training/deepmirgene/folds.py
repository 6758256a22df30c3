"""Folds of training sequences, computed once and kept in the user's cache."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mirscan.folding.viennarna import fold
from mirscan.runtime.user_folders import cache_folder
from mirscan.runtime.whole_file import whole_file
from mirscan.runtime.workers import ordered_map

CHUNK = 32  # sequences a work item: a fold takes milliseconds, passing an item to a process nearly one

Fold = tuple[str, float]
Progress = Callable[[Iterable[list[Fold]], int], Iterable[list[Fold]]]


def fold_all(
    sequences: Sequence[str], workers: int = 1, folder: Path | None = None, progress: Progress | None = None
) -> list[Fold]:
    """Minimum free energy folds of many sequences, from the cache where they are there.

    Args:
        sequences: n sequences of RNA letters; repeated ones are folded once.
        workers: Processes that fold.
        folder: The cache, by default `cache_folder()`. A file in it is named by the SHA-256 of the sequences
            and of ViennaRNA's version, and appears whole or not at all.
        progress: Wraps the iterable of chunks (given it and their number), to show how far it is.

    Returns:
        n pairs of dot-bracket and energy (kcal/mol).
    """
    unique = sorted(set(sequences))
    path = (folder or cache_folder()) / f"folds-{_key(unique)}.tsv.gz"
    folds = _read(path, unique)
    if folds is None:
        chunks = [unique[i : i + CHUNK] for i in range(0, len(unique), CHUNK)]
        results = ordered_map(_fold_chunk, chunks, workers, preload=("mirscan.folding.viennarna",))
        shown = progress(results, len(chunks)) if progress else results
        folds = [item for chunk in shown for item in chunk]
        _write(path, folds)
    found = dict(zip(unique, folds, strict=True))
    return [found[sequence] for sequence in sequences]


def _fold_chunk(sequences: list[str]) -> list[Fold]:
    return [fold(sequence) for sequence in sequences]


def _key(sequences: Sequence[str]) -> str:
    import RNA

    return hashlib.sha256("\n".join((RNA.__version__, *sequences)).encode()).hexdigest()


def _read(path: Path, sequences: Sequence[str]) -> list[Fold] | None:
    """The folds in a cache file; None where there is none, or one that does not fit and must be made anew."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            rows = [line.rstrip("\n").split("\t") for line in stream]
        folds = [(structure, float(energy)) for structure, energy in rows]
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    fits = [len(structure) for structure, _ in folds] == [len(sequence) for sequence in sequences]
    return folds if fits else None


def _write(path: Path, folds: Sequence[Fold]) -> None:
    """Keep the folds, if there is a place for them: a cache that cannot be written only costs time."""
    with (
        suppress(OSError),
        whole_file(path) as temporary,
        gzip.open(temporary, "wt", encoding="utf-8") as stream,
    ):
        stream.writelines(f"{structure}\t{energy:.2f}\n" for structure, energy in folds)
