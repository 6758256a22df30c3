"""The three benchmarks of deepMiRGene (Table 1), as published and cleaned.

A benchmark is a folder of FASTA files, `PART_pos.fa[.gz]` (precursors) and `PART_neg.fa[.gz]`. Parts: `train`
and `test`, `val_fold1` … `val_fold5` (a partition of `train`), `all` (train and test). `new` has `all` alone;
its model is trained on all of `cross_species`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import BASES, to_rna
from mirscan.encoding.sequence import LONGEST
from mirscan.errors import InputError
from mirscan.genome.fasta import read_records

FOLDS = 5
VALIDATION = tuple(f"val_fold{k}" for k in range(1, FOLDS + 1))
PARTS: dict[str, tuple[str, ...]] = {
    "human": ("train", "test", "all", *VALIDATION),
    "cross_species": ("train", "test", "all", *VALIDATION),
    "new": ("all",),
}
TRAINED_ON = {
    "human": ("human", "train"),
    "cross_species": ("cross_species", "train"),
    "new": ("cross_species", "all"),
}
TESTED_ON = {"human": "test", "cross_species": "test", "new": "all"}

_LETTERS = frozenset(BASES + b"Nn")


@dataclass(frozen=True, slots=True)
class Records:
    """Labelled sequences.

    Attributes:
        names: Where each comes from: benchmark, file and record.
        sequences: RNA letters ACGUN.
        labels: int64 (n,), 1 = precursor.
    """

    names: tuple[str, ...]
    sequences: tuple[str, ...]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sequences)

    def where(self, keep: NDArray[np.bool_]) -> Records:
        """The rows for which `keep` (n,) is true."""
        rows = np.flatnonzero(keep)
        return Records(
            tuple(self.names[i] for i in rows), tuple(self.sequences[i] for i in rows), self.labels[rows]
        )

    def longer_than_seen(self) -> int:
        """How many are longer than the networks see (`encoding.sequence.scored_interval`)."""
        return sum(len(sequence) > LONGEST for sequence in self.sequences)


def concatenate(parts: Sequence[Records]) -> Records:
    """The rows of several sets, one after the other."""
    return Records(
        tuple(name for part in parts for name in part.names),
        tuple(sequence for part in parts for sequence in part.sequences),
        np.concatenate([part.labels for part in parts]),
    )


def load(data: Path, benchmark: str, part: str) -> Records:
    """Read a part of a benchmark, positives first.

    Args:
        data: The folder that holds the folders `human`, `cross_species` and `new`.
        benchmark: One of them.
        part: One of `PARTS[benchmark]`.

    Raises:
        InputError: Files of the benchmark are missing (each is named), or a record holds something that is
            no nucleotide.
    """
    check_files(data, benchmark)
    folder = data / benchmark
    return concatenate([_read(_find(folder, f"{part}_pos"), 1), _read(_find(folder, f"{part}_neg"), 0)])


def check_files(data: Path, benchmark: str) -> None:
    """See that every file of a benchmark is there.

    Raises:
        InputError: No such benchmark, or files are missing; it names them.
    """
    if benchmark not in PARTS:
        raise InputError("benchmark", f"no {benchmark!r}", f"one of {', '.join(PARTS)}")
    stems = [f"{part}_{side}" for part in PARTS[benchmark] for side in ("pos", "neg")]
    missing = [f"{stem}.fa.gz" for stem in stems if _find(data / benchmark, stem) is None]
    if missing:
        raise InputError(
            str(data / benchmark),
            f"{len(missing)} of {len(stems)} files are missing: {', '.join(missing)}",
            "the files of the benchmark as FASTA, .fa or .fa.gz",
            f"--data names the folder that holds {benchmark}/.",
        )


def _find(folder: Path, stem: str) -> Path | None:
    candidates = (folder / f"{stem}.fa.gz", folder / f"{stem}.fa")
    return next((path for path in candidates if path.is_file()), None)


def _read(path: Path | None, label: int) -> Records:
    assert path is not None  # check_files has looked
    names, sequences = [], []
    for name, bases in read_records(str(path)):
        strange = set(bases) - _LETTERS
        if strange:
            letters = ", ".join(repr(chr(letter)) for letter in sorted(strange))
            raise InputError(f"{path}, record {name}", f"letters {letters}", "A C G U, T or N")
        names.append(f"{path.parent.name}/{path.name.split('.')[0]}/{name}")
        sequences.append(to_rna(bases))
    return Records(tuple(names), tuple(sequences), np.full(len(names), label, np.int64))


def conflicting(data: Path, benchmark: str) -> frozenset[str]:
    """The sequences that a benchmark holds under both labels."""
    whole = load(data, benchmark, "all")
    sides = [{s for s, y in zip(whole.sequences, whole.labels, strict=True) if y == side} for side in (0, 1)]
    return frozenset(sides[0] & sides[1])


def known_hairpins(table: Path) -> frozenset[str]:
    """The sequences of a table of known precursors (TSV with a column `sequence`, plain or gzip)."""
    from mirscan.genome.fasta import open_stream

    with open_stream(str(table)) as stream:
        header = stream.readline().decode().rstrip("\n").split("\t")
        if "sequence" not in header:
            raise InputError(str(table), "no column `sequence`", "a table of precursors with a header line")
        column = header.index("sequence")
        return frozenset(to_rna(line.split(b"\t")[column].strip()) for line in stream)


def clean(
    records: Records, conflicts: Iterable[str], training: Records, known: Iterable[str] = ()
) -> tuple[Records, dict[str, int]]:
    """Drop the rows of a test set whose label is wrong or cannot be held against a model.

    Args:
        records: The test set.
        conflicts: Sequences that carry both labels; their rows go, whatever the label.
        training: What the model was trained on; negatives that are positives there go.
        known: Sequences of known precursors; negatives among them go.

    Returns:
        The rows left, and how many were dropped for each reason (a row counts for the first that applies).
    """
    positives = {s for s, y in zip(training.sequences, training.labels, strict=True) if y == 1}
    negative = records.labels == 0
    reasons = {
        "conflicting_label": _among(records, conflicts),
        "negative_in_training_positives": negative & _among(records, positives),
        "negative_in_known_precursors": negative & _among(records, known),
    }
    keep, dropped = np.ones(len(records), bool), {}
    for reason, rows in reasons.items():
        dropped[reason] = int((keep & rows).sum())
        keep &= ~rows
    return records.where(keep), dropped


def _among(records: Records, sequences: Iterable[str]) -> NDArray[np.bool_]:
    wanted = frozenset(sequences)
    return np.fromiter((sequence in wanted for sequence in records.sequences), bool, len(records))
