"""The open split of modmiRBase: images, bond vectors and classes for DIVA and the tree.

Training images are drawn from the sequences of `official_train.tsv.gz` and, for the rows of the official test
partition with `use` = train, taken as they are; the test images are the rows with `use` = test. A small part
of the training rows, whole families at a time, is set aside to choose by.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.image import bond_vectors, draw
from mirscan.errors import InputError
from mirscan.runtime.rowwise import Rowwise
from mirscan.training.common.kept import arrays_of
from mirscan.training.deepmirgene.folds import fold_all

TRAIN_TABLE, TEST_TABLE = "official_train.tsv.gz", "official_test.tsv.gz"
TEST_IMAGES = "official_test_images.npz"
VALIDATION_SHARE = 0.04
# The open test part holds 2,403 of the 4,805 neghsa rows of the published one: each stands for two.
NEGHSA_WEIGHT = 2.0

FAMILY = re.compile(r"^[A-Za-z0-9]{3,}-((?:mir|let|lin|bantam|lsy|iab)[-A-Za-z]*-?\d*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Examples(Rowwise):
    """n examples of one part of the split.

    Attributes:
        images: uint8 (n, 25, 100), colour indices.
        bonds: uint8 (n, 100), read off the images.
        labels: int64 (n,), 1 = precursor.
        names: n names as the authors give them.
        sources: n of `mirbase`, `pseudo`, `neghsa`, `shuffled`.
        sequences: n sequences, empty where unknown.
    """

    images: NDArray[np.uint8]
    bonds: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    sources: NDArray[np.str_]
    sequences: NDArray[np.str_]

    @property
    def weights(self) -> NDArray[np.float64]:
        """(n,): 2 for neghsa rows, else 1; makes a test part comparable with the published one."""
        return np.where(self.sources == "neghsa", NEGHSA_WEIGHT, 1.0)


@dataclass(frozen=True, slots=True)
class OpenSplit:
    """The three parts, and how many training hairpins their images do not show whole.

    Attributes:
        train: What the model learns from.
        validation: Families set aside from the training rows.
        test: Rows with `use` = test.
        cut: Drawn training and validation hairpins longer than the image.
        branched: Drawn training and validation hairpins whose fold has a branch.
        sha256: Checksum of the three files read.
    """

    train: Examples
    validation: Examples
    test: Examples
    cut: int
    branched: int
    sha256: str

    @property
    def in_both(self) -> NDArray[np.bool_]:
        """bool (test,): the sequence of the test row also stands in the training rows (orthologues)."""
        learnt = set(self.train.sequences) | set(self.validation.sequences)
        return np.array([bool(s) and s in learnt for s in self.test.sequences])


def load_open_split(folder: Path, workers: int = 1) -> OpenSplit:
    """Read the open split; folds are computed once and kept in the user's cache.

    Args:
        folder: Holds `official_train.tsv.gz`, `official_test.tsv.gz` and `official_test_images.npz`.
        workers: Processes that fold.

    Raises:
        InputError: A file is missing or is not what it should be.
    """
    _require(folder)
    official = _official(folder)
    uses = np.array([row["use"] for row in _table(folder / TEST_TABLE)])
    drawn, cut, branched = _drawn(folder / TRAIN_TABLE, workers)
    learning = joined(drawn, official.take(uses == "train"))
    aside = np.array([family_share(name) < VALIDATION_SHARE for name in learning.names])
    aside |= np.isin(learning.sequences, learning.sequences[aside]) & (learning.sequences != "")
    return OpenSplit(
        train=learning.take(~aside),
        validation=learning.take(aside),
        test=official.take(uses == "test"),
        cut=cut,
        branched=branched,
        sha256=_checksum(folder),
    )


def family(name: str) -> str:
    """The family a name tells of, `zma-MIR397b` → `mir397`; the name itself where it tells of none."""
    found = FAMILY.match(name)
    return found.group(1).lower().replace("-", "") if found else name


def family_share(name: str, salt: str = "") -> float:
    """Where the family of a name stands in 0..1 by its hash, the same in every run; another place a salt."""
    digest = hashlib.sha256((salt + family(name)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _require(folder: Path) -> None:
    missing = [name for name in (TRAIN_TABLE, TEST_TABLE, TEST_IMAGES) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            str(folder),
            f"{', '.join(missing)} not there",
            f"the files {TRAIN_TABLE}, {TEST_TABLE} and {TEST_IMAGES} of modmiRBase",
            "Give the folder that holds them with --data.",
        )


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise InputError(str(path), f"unreadable ({error})", "a gzipped table") from error
    needed = {"name", "label", "source", "sequence"}
    if not rows or not needed <= rows[0].keys():
        raise InputError(str(path), "columns missing or no rows", f"columns {', '.join(sorted(needed))}")
    return rows


def _official(folder: Path) -> Examples:
    """All rows of the official test partition, with the authors' own images."""
    rows, path = _table(folder / TEST_TABLE), folder / TEST_IMAGES
    images = arrays_of(path, "an npz with the array `images`", hint=None).get("images")
    if images is None:
        raise InputError(str(path), "has no array `images`", "an npz with it")
    if images.shape != (len(rows), 25, 100):
        raise InputError(str(path), f"images of shape {images.shape}", f"({len(rows)}, 25, 100)")
    return _examples(rows, images)


def _drawn(path: Path, workers: int) -> tuple[Examples, int, int]:
    """The training table, folded and drawn; hairpins cut and hairpins branched."""
    rows = _table(path)
    sequences = [row["sequence"] for row in rows]
    drawn = draw(sequences, [structure for structure, _ in fold_all(sequences, workers)])
    return _examples(rows, drawn.images), int(drawn.cut.sum()), int(drawn.branched.sum())


def _examples(rows: list[dict[str, str]], images: NDArray[np.uint8]) -> Examples:
    return Examples(
        images=images,
        bonds=bond_vectors(images),
        labels=np.array([row["label"] == "1" for row in rows], dtype=np.int64),
        names=np.array([row["name"] for row in rows]),
        sources=np.array([row["source"] for row in rows]),
        sequences=np.array([row["sequence"] for row in rows]),
    )


def joined(one: Examples, other: Examples) -> Examples:
    """The rows of both."""
    return Examples(
        *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Examples.__slots__)
    )


def _checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (TRAIN_TABLE, TEST_TABLE, TEST_IMAGES):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
