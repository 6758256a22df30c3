"""Writers of sequences: hairpins, mature arms, folds. Every record is named by its hit."""

from __future__ import annotations

from typing import TextIO

from mirscan.pipeline.annotators.arms import SIDES
from mirscan.records import Hit, in_hairpin
from mirscan.writers.text import score_text


def _heading(hit: Hit) -> str:
    return f">{hit.name} score={score_text(hit.score)} mfe={hit.hairpin.mfe:.2f}\n"


class FastaWriter:
    """The hairpins, 5′ to 3′ on their strand."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, hit: Hit) -> None:
        """Write one hit as one record."""
        self._stream.write(f"{_heading(hit)}{hit.hairpin.sequence}\n")

    def close(self) -> None:
        """FASTA needs no end."""


class DotBracketWriter:
    """The hairpins with their folds below them, as VARNA and forna read them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, hit: Hit) -> None:
        """Write one hit: name, sequence, structure."""
        self._stream.write(f"{_heading(hit)}{hit.hairpin.sequence}\n{hit.hairpin.structure}\n")

    def close(self) -> None:
        """Dot-bracket needs no end."""


class MatureWriter:
    """The mature arms as FASTA, 5′ to 3′, two records a hit, named as their features in GFF3.

    A hit without arms has no record.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, hit: Hit) -> None:
        """Write the 5p and the 3p arm of one hit."""
        if hit.arms is None:
            return
        for side, attribute in SIDES.items():
            start, end = getattr(hit.arms, attribute)
            first, last = in_hairpin(hit.hairpin, (start, end))
            place = f"{hit.hairpin.contig}:{start + 1}-{end}:{hit.hairpin.strand}"
            heading = f">{hit.name}-{side} {place} score={score_text(hit.score)}"
            self._stream.write(f"{heading}\n{hit.hairpin.sequence[first:last]}\n")

    def close(self) -> None:
        """FASTA needs no end."""
