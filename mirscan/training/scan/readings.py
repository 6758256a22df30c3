"""Candidates as every reader of the scan's model sees them: columns, symbols, and z_m of their images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import Columns, concatenate, encode_folds
from mirscan.encoding.drawing import COLOUR_OF_CODE, COLUMNS, ROWS, draw_all
from mirscan.encoding.symbol_rows import SymbolRows, of_folds
from mirscan.models.mean_path import MeanPath
from mirscan.runtime.rowwise import Rowwise
from mirscan.runtime.whole_file import whole_file
from mirscan.training.common.kept import arrays_of
from mirscan.training.scan.folds import Lot, Watch, lots

LAYOUT = 1  # of the cached files: a change of what they hold gives them new names
LONGEST = 250  # nt, of a candidate
IMAGES = 32  # at a time

Rows = NDArray[np.int64]
Latent = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Latents(Rowwise):
    """n points of z_m, as examples.

    Attributes:
        z: float32 (n, d).
    """

    z: Latent

    def counts(self) -> Rows:
        """1 each: all are as long."""
        return np.ones(len(self), np.int64)

    def arrays(self) -> tuple[Latent]:
        """The points."""
        return (self.z,)


@dataclass(frozen=True, slots=True)
class Readings(Rowwise):
    """n folded candidates.

    Attributes:
        columns: What the convolutions read.
        symbols: What the LSTM reads.
        latents: What the classifier of z_m reads.
    """

    columns: Columns
    symbols: SymbolRows
    latents: Latents


def read(
    sequences: NDArray[np.bytes_], path: MeanPath, latent: str, cache: Path, watch: Watch | None = None
) -> Readings:
    """Fold and read n candidates; kept in `cache` under a name of the sequences and of z_m.

    Args:
        sequences: bytes (n,), RNA letters.
        path: From images to z_m.
        latent: Checksum of z_m.
        cache: Folder of kept work.
        watch: Called with the number of each lot that is done.
    """
    digest = hashlib.sha256(b"\n".join(sequences.tolist()) + latent.encode() + bytes(LAYOUT))
    file = cache / f"readings-{digest.hexdigest()[:16]}.npz"
    if not file.exists():
        _save(file, joined([_reading(lot, path) for lot in lots(sequences, watch)]))
    kept = arrays_of(file)
    return Readings(
        Columns(kept["columns"], kept["scalars"]),
        SymbolRows(kept["symbols"], kept["lengths"]),
        Latents(kept["z"]),
    )


def joined(parts: Sequence[Readings]) -> Readings:
    """Candidates one after the other."""
    symbols = [np.zeros((0, LONGEST), np.uint8), *(part.symbols.symbols for part in parts)]
    lengths = [np.zeros(0, np.int64), *(part.symbols.lengths for part in parts)]
    z = [part.latents.z for part in parts] or [np.zeros((0, 0), np.float32)]
    return Readings(
        concatenate([part.columns for part in parts]),
        SymbolRows(np.concatenate(symbols), np.concatenate(lengths)),
        Latents(np.concatenate(z)),
    )


def _reading(lot: Lot, path: MeanPath) -> Readings:
    codes, start, offsets, text, energy = lot
    return Readings(
        encode_folds(codes, start, offsets, text, energy),
        of_folds(codes, offsets, text, LONGEST),
        Latents(path.encode(_images(codes, offsets, text), IMAGES).astype(np.float32)),
    )


def _images(codes: NDArray[np.uint8], offsets: Rows, text: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The images of the folds, uint8 (n, 25, 100)."""
    n = len(offsets) - 1
    images = np.zeros((n, ROWS, COLUMNS), np.uint8)
    bonds, counts = np.zeros((n, COLUMNS), np.uint8), np.zeros(n, np.int32)
    draw_all(COLOUR_OF_CODE[codes], text, offsets, images, bonds, counts, np.zeros(n, np.bool_))
    return images


def _save(path: Path, readings: Readings) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            columns=readings.columns.symbols,
            scalars=readings.columns.scalars,
            symbols=readings.symbols.symbols,
            lengths=readings.symbols.lengths,
            z=readings.latents.z,
        )
