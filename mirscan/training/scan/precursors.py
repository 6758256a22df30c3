"""The precursors of the scan set, and their families: what must not stand on both sides of a split."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import InputError
from mirscan.training.common.relatives import joined, words

SHARED_WORD = 18  # nt; 43,000 sequences share words of 15 by chance
FAMILY = re.compile(r"(?:let|lin|lsy|mir)-?\d+")
PLANT = re.compile(r"MIR\d")
SPECIES = re.compile(r"^[a-z0-9]+-")
# Viruses, as miRBase begins the names of their precursors.
VIRUSES = frozenset({
    "bfv", "bhv1", "bhv5", "bkv", "blv", "bpcv1", "bpcv2", "ebv", "gggpv1", "hbv", "hcmv", "hhv6b",
    "hiv1", "hsv1", "hsv2", "hvsa", "hvt", "iltv", "jcv", "kshv", "mcmv", "mcpv", "mdv1", "mdv2",
    "mghv", "prv", "ptvpv2a", "racpv", "rlcv", "rrv", "sfv", "sv40", "ttv",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Precursor:
    """A known precursor.

    Attributes:
        name: As its source names it.
        source: `mirgenedb`, `mirbase22`, `flanked` (with real flanks), or a class of `other_rna.tsv.gz`.
        family: Normalised name; see `family_of`.
        sequence: RNA letters, 5′ to 3′.
        start: First base of the precursor in `sequence`; what lies outside is its own flank.
        end: One past its last base.
        plant: Named as miRBase names plant precursors.
    """

    name: str
    source: str
    family: str
    sequence: str
    start: int
    end: int
    plant: bool = False

    @property
    def viral(self) -> bool:
        """Of the genome of a virus, by its name."""
        return self.name.partition("-")[0].lower() in VIRUSES


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a gzipped table with a header line.

    Raises:
        InputError: Not there, or not such a table.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return list(csv.DictReader(stream, delimiter="\t"))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise InputError(str(path), f"unreadable ({error})", "a gzipped table of the scan set") from error


def family_of(name: str) -> str:
    """A family's name without case, copy and variant: `let-7a-1`, `Let-7` → `let-7`; `MIR156a` → `mir156`.

    A name without a number stays as it is.
    """
    found = FAMILY.match(name.lower())
    return found[0] if found else name.lower()


def read_precursors(folder: Path) -> list[Precursor]:
    """All precursors of the scan set, distinct by sequence: those with real flanks first.

    Args:
        folder: Holds `precursors.tsv.gz` and `flanked_precursors.tsv.gz`.

    Raises:
        InputError: A file is missing or damaged.
    """
    rows = [_flanked(row) for row in read_table(folder / "flanked_precursors.tsv.gz")]
    rows += [_plain(row) for row in read_table(folder / "precursors.tsv.gz")]
    return list({row.sequence: row for row in reversed(rows)}.values())[::-1]


def _flanked(row: dict[str, str]) -> Precursor:
    start, end = (int(row[cut].split(",")[0]) for cut in ("drosha5p", "drosha3p"))
    family = family_of(SPECIES.sub("", row["name"]))
    return Precursor(row["name"], "flanked", family, row["sequence"], start, end)


def _plain(row: dict[str, str]) -> Precursor:
    sequence = row["sequence"]
    plant = PLANT.match(row["family"]) is not None
    return Precursor(row["name"], row["source"], family_of(row["family"]), sequence, 0, len(sequence), plant)


def read_other(folder: Path) -> list[Precursor]:
    """The RNAs of `other_rna.tsv.gz` that are no precursors, in the same form."""
    rows = read_table(folder / "other_rna.tsv.gz")
    return [
        Precursor(row["name"], row["class"], row["class"], row["sequence"], 0, len(row["sequence"]))
        for row in rows
    ]


def merged_families(precursors: Sequence[Precursor], word: int = SHARED_WORD) -> list[str]:
    """A name for each precursor, the same for all that are related.

    Families are joined, again and again, where any two members share `word` nucleotides in a row; the joined
    one takes the first name in the alphabet.
    """
    parts = (row.sequence[row.start : row.end] for row in precursors)
    return joined([row.family for row in precursors], (words(sequence, word) for sequence in parts))


def fold_of(family: str, folds: int = 5) -> int:
    """The fold of a family, 0..folds-1, from its name alone."""
    return hashlib.sha256(family.encode()).digest()[0] % folds


def balanced(families: Sequence[str], most: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Rows with at most `most` of each family, drawn at random; sorted."""
    members: dict[str, list[int]] = defaultdict(list)
    for row, family in enumerate(families):
        members[family].append(row)
    drawn = [random.permutation(rows)[:most] for rows in members.values()]
    return np.sort(np.concatenate(drawn)).astype(np.int64)
