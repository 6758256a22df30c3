"""Reads of each arm and library as a table, from which expression is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from mirscan.pipeline.annotators.arms import SIDES
from mirscan.reads.measurement import NAME
from mirscan.records import Hit, in_hairpin

COLUMNS = ("name", "arm", "place", "sequence")


class CountsWriter:
    """A row an arm of a hit: its hit, its side, its place and sequence, and its reads in each library.

    A read that fits in several places of the genome counts in each with an equal share, so that counts
    need not be whole.
    """

    def __init__(self, stream: TextIO, samples: Sequence[str]) -> None:
        """Write the header.

        Args:
            stream: Where to.
            samples: The libraries, in the order of their columns.
        """
        self._stream = stream
        self._samples = samples
        stream.write("\t".join((*COLUMNS, *samples)) + "\n")

    def write(self, hit: Hit) -> None:
        """Write the arms of a hit; where nobody placed them, their places are empty."""
        note = hit.notes.get(NAME)
        by_sample = note["samples"] if note else {}
        for number, (side, attribute) in enumerate(SIDES.items()):
            place = sequence = ""
            if hit.arms is not None:
                start, end = getattr(hit.arms, attribute)
                first, last = in_hairpin(hit.hairpin, (start, end))
                place, sequence = f"{hit.hairpin.contig}:{start + 1}-{end}", hit.hairpin.sequence[first:last]
            counts = (by_sample[sample][number] if sample in by_sample else 0.0 for sample in self._samples)
            fields = (hit.name, side, place, sequence, *(f"{count:.10g}" for count in counts))
            self._stream.write("\t".join(fields) + "\n")

    def close(self) -> None:
        """A table needs no end."""


def libraries_of(options: Mapping[str, Any]) -> list[str]:
    """The names of the libraries of a run, from its options; none without reads."""
    libraries = str(options.get(f"{NAME}_libraries", ""))
    return [pair.rpartition(":")[0] for pair in libraries.split(",") if pair]
