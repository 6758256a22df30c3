"""Whether the files that a scan reads are there, before anything is loaded that takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mirscan.genome.fasta import EXPECTED, compression, is_stream

SMALL_RNA = "small RNA reads as .bam .cram .sam .fa or .fastq, the last two also .gz"


def check_inputs(genome: str, known: str | None, bed: str | None, reads: Sequence[str]) -> None:
    """See that all files are there.

    Raises:
        InputError: One is missing or unreadable; the message says what was expected.
    """
    if known is not None and not is_stream(known) and not Path(known).is_file():
        from mirscan.pipeline.known_files import (
            EXPECTED as KNOWN,  # loads more than is needed where all is well
        )

        compression(Path(known), KNOWN)
    small = ((name, SMALL_RNA) for name in reads)
    for name, expected in ((genome, EXPECTED), (bed, "a BED file"), *small):
        if name is not None and not is_stream(name):
            compression(Path(name), expected)
