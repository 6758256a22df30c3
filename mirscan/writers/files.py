"""Result files: whole ones or none.

Everything is written under a temporary name beside its destination and renamed when the run is complete; a
link stays one, and the file that it leads to is written. A pipe or device is written through when everything
is there. A `.gz` is BGZF; with GFF3 and BED comes a tabix index (CSI where a contig is longer than tabix can
count), and indexes of an older file of that name go.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, TextIO, cast

import pysam

from mirscan.errors import OutputError
from mirscan.genome import htslib
from mirscan.records import Hit, Run
from mirscan.runtime.locks import open_locked
from mirscan.writers.counts import CountsWriter, libraries_of
from mirscan.writers.destinations import STDOUT, format_of, target_of
from mirscan.writers.result_files import ResultFiles
from mirscan.writers.text import BedWriter, FastaWriter, Gff3Writer, JsonWriter, TsvWriter, Writer

TABIX_PRESETS: dict[str, Literal["gff", "bed"]] = {"gff3": "gff", "bed": "bed"}
TABIX_LONGEST = 1 << 29
COUNTS = "counts"  # the kind of the table of `--counts`
INDEXES = (".tbi", ".csi", ".fai", ".gzi")  # what htslib leaves beside a file, of which it then speaks


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
    return BedWriter(stream) if kind == "bed" else FastaWriter(stream)


class WholeFile:
    """A text file that appears whole at `commit`, or not at all; into a pipe or device it goes at once.

    Attributes:
        destination: The file as it was named.
        target: Where it really goes.

    Raises:
        OutputError: The destination exists and `force` is not set, or cannot be written.
    """

    def __init__(self, destination: str | Path, force: bool = False) -> None:
        self.destination = Path(destination)
        self.target = target_of(self.destination)
        if self.target.path.exists() and not (force or self.target.stream):
            raise OutputError(str(destination), "exists already", hint="Use `force` to replace it.")
        try:
            self._temporary = self._beginning()
            self._lock = open_locked(self._temporary, self.destination)
            if self.destination.name.endswith(".gz"):
                raw = cast(BinaryIO, _BgzfBytes(str(self._temporary)))
            else:
                raw = self._temporary.open("wb")
        except OSError as error:
            raise self._unwritable(error) from error
        self.stream: TextIO = io.TextIOWrapper(raw, "utf-8", "backslashreplace", newline="\n")

    def _beginning(self) -> Path:
        """Where the file is written until it is whole."""
        if self.target.stream:
            number, name = tempfile.mkstemp(prefix="mirscan-")
            os.close(number)
            return Path(name)
        return self.target.path.with_name(f".partial-{self.target.path.name}")

    def _unwritable(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(
            str(self.destination), f"cannot be written ({reason})", "a writable folder with space"
        )

    def finish(self) -> Path:
        """Flush and close; the complete file under its temporary name comes back."""
        try:
            self.stream.close()
        except OSError as error:
            raise self._unwritable(error) from error
        return self._temporary

    def commit(self, index: tuple[Path, str] | None = None) -> None:
        """Give the finished file its name.

        Args:
            index: A complete index of it, and the suffix that it is to have.
        """
        self.finish()
        try:
            if self.target.stream:
                self._pour()
            else:
                self._rename(index)
        except BrokenPipeError:  # its reader has what it wanted
            raise
        except OSError as error:
            raise self._unwritable(error) from error
        self._lock.close()

    def _rename(self, index: tuple[Path, str] | None) -> None:
        path = self.target.path
        for suffix in INDEXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        if index:
            index[0].replace(path.with_name(path.name + index[1]))
        self._temporary.replace(path)

    def _pour(self) -> None:
        """Write everything through; opening a pipe waits for its reader."""
        with self._temporary.open("rb") as whole, self.target.path.open("ab") as stream:
            shutil.copyfileobj(whole, stream)
        self._temporary.unlink()

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.stream.close()
        self._temporary.unlink(missing_ok=True)
        self._lock.close()


@contextmanager
def open_text(name: str, force: bool = False) -> Iterator[TextIO]:
    """A text stream to a file that appears whole or not at all, or to standard output for `-`.

    Raises:
        OutputError: The file exists and `force` is not set, or cannot be written.
    """
    if name == STDOUT:
        yield sys.stdout
        return
    file = WholeFile(name, force)
    try:
        yield file.stream
        file.commit()
    except BaseException:
        file.discard()
        raise


class _BgzfBytes(io.RawIOBase):
    """A new BGZF file as the binary stream that TextIOWrapper expects."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)
        self._file = pysam.BGZFile(path, "wb", None)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        with htslib.silent():
            return int(self._file.write(bytes(data)))

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        with htslib.silent():
            self._file.close()
        if not htslib.is_whole(self._path):  # pysam does not say so
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Outputs:
    """All results of a run. As a context manager: committed on success, discarded on any error.

    Args:
        results: Which files; their suffixes name their formats.
        run: What the headers say.
    """

    def __init__(self, results: ResultFiles, run: Run) -> None:
        self._run = run
        self._files: list[tuple[WholeFile, str]] = []
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
        file = WholeFile(name, results.force)
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

    def commit(self) -> None:
        """End every format, index what is to be indexed, and give the files their names."""
        for writer in self._writers:
            writer.close()
        indexes = [self._indexed(file, kind) for file, kind in self._files]
        for (file, _), index in zip(self._files, indexes, strict=True):
            file.commit(index)

    def _indexed(self, file: WholeFile, kind: str) -> tuple[Path, str] | None:
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
