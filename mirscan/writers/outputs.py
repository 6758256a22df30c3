"""All files of a run, whole or none: results, and what tells of it.

With GFF3 and BED that are compressed comes a tabix index. It is CSI where a contig is longer than tabix can
count, and indexes of an older file of that name go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO

import pysam

from mirscan.errors import OutputError
from mirscan.genome import htslib
from mirscan.records import Hit, Run
from mirscan.runtime.renames import together
from mirscan.writers.counts import CountsWriter, libraries_of
from mirscan.writers.destinations import MATURE, STDOUT, format_of
from mirscan.writers.result_files import ResultFiles
from mirscan.writers.sequences import DotBracketWriter, FastaWriter, MatureWriter
from mirscan.writers.text import BedWriter, Gff3Writer, JsonWriter, TsvWriter, Writer
from mirscan.writers.text_file import TextFile

TABIX_PRESETS: dict[str, Literal["gff", "bed"]] = {"gff3": "gff", "bed": "bed"}
TABIX_LONGEST = 1 << 29
COUNTS = "counts"  # the kind of the table of `--counts`
BESIDE = "beside"  # the kind of what tells of the run
PLAIN: dict[str, Callable[[TextIO], Writer]] = {  # writers that need nothing but a stream
    "bed": BedWriter,
    "fasta": FastaWriter,
    MATURE: MatureWriter,
    "dbn": DotBracketWriter,
}


def open_writer(kind: str, stream: TextIO, run: Run, results: ResultFiles) -> Writer:
    """The writer of a format on an open stream."""
    if kind == "gff3":
        return Gff3Writer(stream, run, results.gff_dialect)
    if kind == "json":
        return JsonWriter(stream, run)
    if kind == "tsv":
        return TsvWriter(stream, run.options, by_score=results.sort == "score")
    if kind == COUNTS:
        return CountsWriter(stream, libraries_of(run.options))
    return PLAIN[kind](stream)


class Outputs:
    """All files of a run. As a context manager: committed on success, discarded on any error.

    Args:
        results: Which files; their suffixes name their formats.
        run: What the headers say.
    """

    def __init__(self, results: ResultFiles, run: Run) -> None:
        self._run, self._force = run, results.force
        self._files: list[tuple[TextFile, str]] = []
        self._writers: list[Writer] = []
        try:
            for name in results.outputs:
                if name == STDOUT:
                    self._writers.append(open_writer(results.stdout_format, sys.stdout, run, results))
                else:
                    self._open(name, format_of(name), results)
            if results.counts is not None:
                self._open(results.counts, COUNTS, results)
        except BaseException:
            self.discard()
            raise

    def _open(self, name: str, kind: str, results: ResultFiles) -> None:
        file = TextFile(name, results.force)
        self._files.append((file, kind))
        self._writers.append(open_writer(kind, file.stream, self._run, results))

    def write(self, hit: Hit) -> None:
        """Write a hit to every result.

        Raises:
            OutputError: The disk is full, or gone.
        """
        try:
            for writer in self._writers:
                writer.write(hit)
        except BrokenPipeError:
            raise
        except OSError as error:
            names = ", ".join(str(file.destination) for file, _ in self._files)
            raise OutputError(
                names or "standard output", f"cannot be written ({error.strerror or error})"
            ) from error

    @contextmanager
    def beside(self, name: str) -> Iterator[TextIO]:
        """A stream to a file that tells of the run, such as its summary; `-` is standard output.

        The file gets its name with the results, or none of them does.

        Raises:
            OutputError: It exists and may not be replaced, or the disk is full, or gone.
        """
        if name == STDOUT:
            yield sys.stdout
            return
        file = TextFile(name, self._force)
        self._files.append((file, BESIDE))
        try:
            yield file.stream
        except BrokenPipeError:
            raise
        except OSError as error:
            raise file.unwritable(error) from error
        file.finish()

    def commit(self) -> None:
        """End every format, index what is to be indexed, and give the files their names: all, or none.

        Pipes and devices come last, as what was poured into them cannot be taken back.
        """
        for writer in self._writers:
            writer.close()
        indexes = [self._indexed(file, kind) for file, kind in self._files]
        finished = [(file, index) for (file, _), index in zip(self._files, indexes, strict=True)]
        with together() as renames:
            for file, index in sorted(finished, key=lambda each: each[0].target.stream):
                file.commit(renames, index)

    def _indexed(self, file: TextFile, kind: str) -> tuple[Path, str] | None:
        """A new index of a finished file and the suffix that it is to have; None where it needs none."""
        temporary, destination = file.finish(), file.destination
        if kind not in TABIX_PRESETS or destination.suffix != ".gz" or file.target.stream:
            return None
        long = max(self._run.lengths.values(), default=0) > TABIX_LONGEST
        suffix = ".csi" if long else ".tbi"
        index = temporary.with_name(temporary.name + suffix)
        try:
            with htslib.silent():
                pysam.tabix_index(
                    str(temporary),
                    preset=TABIX_PRESETS[kind],
                    keep_original=True,
                    csi=long,
                    index=str(index),
                    force=True,
                )
        except OSError as error:
            index.unlink(missing_ok=True)
            found = f"cannot be indexed ({error})"
            raise OutputError(str(destination), found, "space for an index") from error
        return index, suffix

    def discard(self) -> None:
        """Remove everything that was written."""
        for file, _ in self._files:
            file.discard()

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.commit()
        except BaseException:
            self.discard()
            raise
