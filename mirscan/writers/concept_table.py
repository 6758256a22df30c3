"""Concepts as a table: one row a hairpin, those of its image first, named and written as the authors do."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import to_rna
from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.encoding.image import draw
from mirscan.encoding.outline import checked_images
from mirscan.encoding.stem_concepts import STEM_CONCEPTS, compute_stems
from mirscan.errors import InputError
from mirscan.folding.viennarna import fold
from mirscan.genome.fasta import foreign_letter, read_records
from mirscan.pipeline.predict import place_of
from mirscan.records import Hairpin
from mirscan.runtime.workers import ordered_map

CHUNK = 256  # hairpins a task
PRELOAD = ("mirscan.folding.viennarna", "mirscan.encoding.concepts")
IMAGES, LABELS = "images", "labels"
NAMES = tuple(concept.name for concept in CONCEPTS)  # of an image
ALL_NAMES = (*NAMES, *(concept.name for concept in STEM_CONCEPTS))  # of a sequence

Record = tuple[str, bytes]
Row = list[str]


def formatted(values: NDArray[Any]) -> list[str]:
    """Values as the authors' table writes them: shortest exact numbers, True and False, nothing if empty."""
    return ["" if value != value else str(value) for value in values.tolist()]


def of_images(path: Path) -> Iterator[Row]:
    """The header and then a row for each image of an `.npz`, with `class_label` where it holds labels.

    Args:
        path: An archive with `images`, whole numbers 0..5 (n, 25, 100), and perhaps `labels` (n,).

    Raises:
        InputError: Missing, no such archive, or images of another shape or type.
    """
    arrays = _arrays(path)
    images = checked_images(arrays[IMAGES], str(path))
    values = {name: formatted(column) for name, column in compute(images).items()}
    leading = {"row": [str(row) for row in range(len(images))]}
    if LABELS in arrays:
        leading["class_label"] = formatted(_one_each(arrays[LABELS], len(images), path))
    columns = leading | values
    yield list(columns)
    yield from (list(row) for row in zip(*columns.values(), strict=True))


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            found = {
                name: archive[name] for name in (IMAGES, LABELS) if name in getattr(archive, "files", ())
            }
    except FileNotFoundError:
        raise InputError(str(path), "no such file", "an .npz archive") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"cannot be read ({error})", "an .npz archive of numbers") from error
    if IMAGES not in found:
        raise InputError(str(path), f"no array `{IMAGES}` in it", f"an .npz archive with `{IMAGES}`")
    return found


def _one_each(labels: NDArray[Any], count: int, path: Path) -> NDArray[Any]:
    if labels.shape != (count,):
        raise InputError(str(path), f"labels of shape {labels.shape}", f"one for each of {count:,} images")
    return labels


def of_fasta(source: str, workers: int = 1, seen: Counter[str] | None = None) -> Iterator[Row]:
    """The header and then a row for each hairpin of a FASTA, folded by ViennaRNA, in the order of the file.

    Args:
        source: A path, or `-` for standard input.
        workers: Processes that fold.
        seen: Counts `hairpins`, those `longer than the image` and those that `branch`.

    Raises:
        InputError: Not FASTA, or a record without a known nucleotide or with a foreign letter.
    """
    seen = Counter() if seen is None else seen
    records = read_records(source, may_be_empty=True)
    chunks = iter(lambda: list(islice(records, CHUNK)), [])
    measured = partial(_measured, source)
    results = ordered_map(measured, chunks, workers, PRELOAD, partial(place_of, source))
    first = next(results, None)
    yield ["name", *ALL_NAMES]
    for names, values, cut, branched in chain(() if first is None else [first], results):
        seen.update({"hairpins": len(names), "longer than the image": cut, "branch": branched})
        yield from (list(row) for row in zip(names, *values, strict=True))


def _measured(source: str, records: Sequence[Record]) -> tuple[list[str], list[list[str]], int, int]:
    """Names and formatted columns of some records, and how many are cut and branched."""
    sequences = [_sequence(source, name, bases) for name, bases in records]
    names = [name for name, _ in records]
    folds = [fold(sequence) for sequence in sequences]
    hairpins = [
        Hairpin(name, 0, len(sequence), "+", sequence, structure, mfe)
        for name, sequence, (structure, mfe) in zip(names, sequences, folds, strict=True)
    ]
    drawn = draw(sequences, [structure for structure, _ in folds])
    columns = {**compute(drawn.images), **compute_stems(hairpins)}
    return (
        names,
        [formatted(columns[name]) for name in ALL_NAMES],
        int(drawn.cut.sum()),
        int(drawn.branched.sum()),
    )


def _sequence(source: str, name: str, bases: bytes) -> str:
    if foreign := foreign_letter(bases):
        raise InputError(f"{source}, record {name!r}, position {foreign[0] + 1}", foreign[1], "nucleotides")
    sequence = to_rna(bases)
    if not sequence.strip("N"):
        raise InputError(f"{source}, record {name!r}", "no A, C, G or T in it", "the sequence of a hairpin")
    return sequence
