"""Two FASTA files of anybody's, precursors and others, made a benchmark: relatives stay in one part.

Hairpins of one family look alike. Where some train and others test, a scorer is praised for what it has seen.
So the sequences are first grouped by words that they share (`relatives.groups`), precursors and others alike,
and whole groups go into the test set and into the five folds of the rest.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.alphabet import to_rna
from mirscan.errors import InputError, MirscanWarning
from mirscan.folding.viennarna import LONGEST
from mirscan.genome.fasta import foreign_letter, read_records
from mirscan.pipeline.predict import SHORTEST
from mirscan.runtime.whole_file import whole_file
from mirscan.training.common.relatives import groups
from mirscan.training.deepmirgene.benchmarks import FOLDS, Records, concatenate
from mirscan.training.deepmirgene.epochs import encode
from mirscan.training.deepmirgene.folds import Progress, fold_all
from mirscan.training.deepmirgene.task import Task

NAME = "own"  # of the benchmark
TESTED_ON = "held out"  # the name of its test set, in cards
TEST_SHARE = 0.1  # of each class
TEST = -1  # the part of the test set; 0..4 are the folds of the training set
SPLIT = "split.tsv"
MOST_NAMED = 3  # records that a message names
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Labelled sequences and where each goes.

    Attributes:
        records: n of them, precursors first; names are those of their files.
        group: int64 (n,), the number of its group of relatives.
        part: int64 (n,), `TEST`, or its fold 0..4.
    """

    records: Records
    group: Rows
    part: Rows

    def write(self, path: Path) -> None:
        """Write a table of what went where: name, label (1 = precursor), group and part."""
        rows = zip(
            self.records.names,
            self.records.labels.tolist(),
            self.group.tolist(),
            self.part.tolist(),
            strict=True,
        )
        with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
            stream.write("name\tlabel\tgroup\tpart\n")
            for name, label, group, part in rows:
                where = "test" if part == TEST else f"fold{part + 1}"
                stream.write(f"{name}\t{label}\t{group + 1}\t{where}\n")


def read_pair(positives: Path, negatives: Path) -> Records:
    """The precursors of one FASTA and what is none of another, each sequence once.

    Raises:
        InputError: A file is no FASTA of nucleotides, holds nothing that can be used, or both hold the same
            sequence.
    """
    sides = [_read(path, label) for path, label in ((positives, 1), (negatives, 0))]
    first = dict(zip(sides[0].sequences, sides[0].names, strict=True))
    both = [first[sequence] for sequence in sides[1].sequences if sequence in first]
    if both:
        raise InputError(
            str(negatives),
            f"{len(both):,} of its sequences stand in {positives.name} too ({_some(both)})",
            "each sequence in one of the two files",
            "Remove them from the file where they are wrong.",
        )
    return concatenate(sides)


def _read(path: Path, label: int) -> Records:
    found: dict[str, str] = {}
    short, count = [], 0
    for name, bases in read_records(str(path)):
        count += 1
        sequence = _checked(path, name, bases)
        if len(sequence) < SHORTEST:
            short.append(name)
        else:
            found.setdefault(sequence, name)
    usable = f"hairpins of {SHORTEST} nt or more, as precursors are, not mature sequences"
    if short:
        text = f"{len(short):,} of {count:,} sequences are shorter than {SHORTEST} nt ({_some(short)})"
        if not found:
            raise InputError(str(path), text, usable)
        warnings.warn(f"{path}: {text}: left out", MirscanWarning, stacklevel=2)
    again = count - len(short) - len(found)
    if again:
        warnings.warn(
            f"{path}: {again:,} sequences stand there again: each counts once", MirscanWarning, stacklevel=2
        )
    return Records(tuple(found.values()), tuple(found), np.full(len(found), label, np.int64))


def _checked(path: Path, name: str, bases: bytes) -> str:
    """A record as RNA letters."""
    where = f"{path}, record {name}"
    if foreign := foreign_letter(bases):
        raise InputError(where, f"{foreign[1]} (position {foreign[0] + 1})", "nucleotides: A C G U, T or N")
    if len(bases) > LONGEST:
        raise InputError(where, f"{len(bases):,} nt", f"hairpins of at most {LONGEST:,} nt, not a genome")
    return to_rna(bases)


def split(records: Records, source: str, test_share: float = TEST_SHARE, seed: int = 0) -> Split:
    """Put whole groups of relatives into the test set and five folds, each with its share of both classes.

    Args:
        records: n sequences of both classes.
        source: Where they come from, for errors.
        test_share: Share of each class in the test set, 0..1.
        seed: Of the order in which groups of one size are dealt out.

    Raises:
        InputError: Too few groups for each part to have some of both classes.
    """
    group = groups(records.sequences)
    sizes = np.zeros((group.max() + 1, 2))
    np.add.at(sizes, (group, records.labels), 1)
    shares = np.array([*[(1 - test_share) / FOLDS] * FOLDS, test_share])
    part_of = _dealt(sizes, shares, seed)
    part = part_of[group]
    for label, name in ((1, "precursors"), (0, "others")):
        same = records.labels == label
        if len(np.unique(part[same])) <= FOLDS:
            raise InputError(
                source,
                f"the {int(same.sum()):,} {name} are {len(np.unique(group[same])):,} groups of relatives",
                f"{FOLDS + 1} groups of either class or more, for a test set and {FOLDS} folds",
                "Sequences that share a word are relatives and stay together.",
            )
    return Split(records, group, np.where(part == FOLDS, TEST, part))


def _dealt(sizes: NDArray[np.float64], shares: NDArray[np.float64], seed: int) -> Rows:
    """The part of each group: the largest first, each to the part that lacks most of what it holds.

    Args:
        sizes: (groups, 2), sequences of either class in each.
        shares: (parts,), of either class, sum 1.
        seed: Of the order among groups of one size.
    """
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order].sum(1), kind="stable")]
    wanted = np.maximum(shares[:, None] * sizes.sum(0), 1e-9)
    filled, part_of = np.zeros_like(wanted), np.zeros(len(sizes), np.int64)
    for row in order:
        weight = sizes[row] / np.maximum(sizes.sum(0), 1)
        best = int(((filled / wanted) @ weight).argmin())
        part_of[row] = best
        filled[best] += sizes[row]
    return part_of


def prepare(
    positives: Path,
    negatives: Path,
    device: torch.device,
    workers: int = 1,
    test_share: float = TEST_SHARE,
    progress: Progress | None = None,
) -> tuple[Task, Split]:
    """Read, split, fold and encode two FASTA files.

    Args:
        positives: Precursors.
        negatives: What is none, and looks like it: the harder they are, the more the scorer learns.
        device: Where the tensors go.
        workers: Processes that fold.
        test_share: Share of each class that is held out for the test.
        progress: Shows how far the folding is.

    Raises:
        InputError: A file cannot be used, or there are too few sequences.
    """
    parted = split(read_pair(positives, negatives), f"{positives.name} and {negatives.name}", test_share)
    records, test = parted.records, parted.part == TEST
    training, testing = records.where(~test), records.where(test)
    folds = fold_all(training.sequences + testing.sequences, workers, progress=progress)
    task = Task(
        NAME,
        training,
        encode(training, folds[: len(training)], device),
        parted.part[~test],
        testing,
        encode(testing, folds[len(training) :], device),
        trained_on=f"{positives.name} and {negatives.name}",
        tested_on=TESTED_ON,
    )
    return task, parted


def write_test(task: Task, folder: Path) -> None:
    """Write the test set as two FASTA files, which `mirscan evaluate hairpins` takes."""
    rows = list(zip(task.testing.names, task.testing.sequences, task.testing.labels.tolist(), strict=True))
    for label, name in ((1, "test_pos.fa"), (0, "test_neg.fa")):
        with whole_file(folder / name) as temporary, temporary.open("w", encoding="utf-8") as stream:
            stream.writelines(f">{record}\n{letters}\n" for record, letters, kind in rows if kind == label)


def _some(names: Sequence[str]) -> str:
    more = f", … {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
