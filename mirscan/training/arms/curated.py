"""Precursors of MirGeneDB inside longer ones: where curators put the arms of what others list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mirscan.training.arms.data import UNKNOWN, Arms, Bounds, Interval, interval_of
from mirscan.training.scan.attestation import CURATED
from mirscan.training.scan.precursors import read_table

WORD = 20  # nt at the start of a precursor, by which it is looked for


@dataclass(frozen=True, slots=True)
class Curated:
    """The precursors of MirGeneDB, from Drosha's cut to Drosha's cut, and their arms.

    Attributes:
        arms: Sequence of each → its 5′ and 3′ arm, 0-based and half-open; None for one that is not listed.
        by_word: Its first letters → the sequences that begin with them, the longest first.
    """

    arms: Mapping[str, Arms]
    by_word: Mapping[str, list[str]]

    @classmethod
    def read(cls, folder: Path) -> Curated:
        """From the scan set.

        Raises:
            InputError: The table is missing or damaged.
        """
        arms = {
            row["sequence"]: (interval_of(row["arm5p"]), interval_of(row["arm3p"]))
            for row in read_table(folder / "precursors.tsv.gz")
            if row["source"] == CURATED
        }
        by_word: dict[str, list[str]] = defaultdict(list)
        for sequence in sorted(arms, key=lambda letters: (-len(letters), letters)):
            by_word[sequence[:WORD]].append(sequence)
        return cls(arms, by_word)

    def place_in(self, host: str) -> Interval | None:
        """Where such a precursor stands in a longer one, the first of several; None for none."""
        for at in range(len(host) - WORD + 1):
            for sequence in self.by_word.get(host[at : at + WORD], ()):
                if host.startswith(sequence, at):
                    return at, at + len(sequence)
        return None

    def bounds(self, sequence: str, at: int) -> Bounds:
        """The boundaries of a precursor's arms where it begins at `at`; see `data.Example`.

        Drosha's cuts are its ends; Dicer's are known of the arms that are listed.
        """
        five, three = self.arms[sequence]
        cut, other = five and at + five[1] - 1, three and at + three[0]
        return (
            at,
            UNKNOWN if cut is None else cut,
            UNKNOWN if other is None else other,
            at + len(sequence) - 1,
        )
