"""Writers of sequences: hairpins, mature arms, folds. Every record is named by its hit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TextIO

from mirscan.pipeline.annotators.arms import SIDES
from mirscan.records import Hit, in_hairpin
from mirscan.writers.text import score_text


class RecordWriter:
    """Writes the records of each hit, one behind the other, with nothing before or after them.

    Args:
        stream: Where they go.
        records: The text of a hit's records; empty where it has none.
    """

    def __init__(self, stream: TextIO, records: Callable[[Hit], str]) -> None:
        self._stream = stream
        self._records = records

    def write(self, hit: Hit) -> None:
        """Write what there is of one hit."""
        self._stream.write(self._records(hit))

    def close(self) -> None:
        """These formats need no end."""


def fasta(hit: Hit) -> str:
    """The hairpin, 5′ to 3′ on its strand."""
    return f"{_heading(hit)}{hit.hairpin.sequence}\n"


def dot_bracket(hit: Hit) -> str:
    """The hairpin with its fold below it, as VARNA and forna read them."""
    return f"{fasta(hit)}{hit.hairpin.structure}\n"


def mature(hit: Hit) -> str:
    """The mature arms as FASTA, 5′ to 3′, two records, named as their features in GFF3; none without arms."""
    if hit.arms is None:
        return ""
    return "".join(_arm(hit, side, getattr(hit.arms, attribute)) for side, attribute in SIDES.items())


FastaWriter = partial(RecordWriter, records=fasta)
DotBracketWriter = partial(RecordWriter, records=dot_bracket)
MatureWriter = partial(RecordWriter, records=mature)


def _heading(hit: Hit) -> str:
    return f">{hit.name} score={score_text(hit.score)} mfe={hit.hairpin.mfe:.2f}\n"


def _arm(hit: Hit, side: str, arm: tuple[int, int]) -> str:
    start, end = arm
    first, last = in_hairpin(hit.hairpin, arm)
    place = f"{hit.hairpin.contig}:{start + 1}-{end}:{hit.hairpin.strand}"
    heading = f">{hit.name}-{side} {place} score={score_text(hit.score)}"
    return f"{heading}\n{hit.hairpin.sequence[first:last]}\n"
