"""Which data sets there are, where their authors keep them, and what is known of each file's content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mirscan.alphabet import to_rna
from mirscan.errors import UsageError
from mirscan.genome.fasta import read_records


@dataclass(frozen=True, slots=True)
class File:
    """One file of a data set.

    Attributes:
        path: Where it stands in the folder of its data set.
        urls: Where its authors keep it, and mirrors, in the order in which they are tried.
        sha256: Checksum of its bytes; None where it was not known when this version was made. What arrives
            first is then recorded, and every later look is held against that.
        sequences: Checksum of its sequences (`sequences_sha256`); None where unknown.
    """

    path: str
    urls: tuple[str, ...]
    sha256: str | None = None
    sequences: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A public data set.

    Attributes:
        name: What the command line calls it.
        about: One line that says what it is.
        home: Where its authors present it.
        cite: The paper to cite.
        files: Its files.
    """

    name: str
    about: str
    home: str
    cite: str
    files: tuple[File, ...]


@cache
def datasets() -> Mapping[str, Dataset]:
    """Every data set that this version knows, by name."""
    table = json.loads(files("mirscan.data").joinpath("registry.json").read_text(encoding="utf-8"))
    return {name: _dataset(name, entry) for name, entry in table.items()}


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    parts = tuple(
        File(path, tuple(facts["urls"]), facts.get("sha256"), facts.get("sequences"))
        for path, facts in entry["files"].items()
    )
    return Dataset(name, entry["about"], entry["home"], entry["cite"], parts)


def dataset(name: str) -> Dataset:
    """A data set by name.

    Raises:
        UsageError: None of this name.
    """
    known = datasets()
    if name not in known:
        raise UsageError(f"data set {name!r}", "no data set of this name", f"one of {', '.join(known)}")
    return known[name]


def sequences_sha256(path: Path) -> str:
    """The checksum of a FASTA file's sequences, whatever its names, line lengths, letter case and packing.

    SHA-256 of the sequences as upper-case RNA letters, in the order of the file, a newline after each.

    Raises:
        InputError: Not FASTA.
    """
    digest = hashlib.sha256()
    for _, bases in read_records(str(path)):
        digest.update(to_rna(bases).encode() + b"\n")
    return digest.hexdigest()
