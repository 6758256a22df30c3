"""Result files: whole ones or none.

Everything is written under a temporary name beside its destination and renamed when the run is complete. A
`.gz` is BGZF; with GFF3 and BED comes a tabix index (CSI where a contig is longer than tabix can count).
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, TextIO, cast

import pysam

from mirscan.errors import OutputError
from mirscan.genome import htslib
from mirscan.records import Hit, Run
from mirscan.runtime.locks import claim
from mirscan.writers.destinations import STDOUT, format_of
from mirscan.writers.text import BedWriter, FastaWriter, Gff3Writer, JsonWriter, TsvWriter, Writer

TABIX_PRESETS: dict[str, Literal["gff", "bed"]] = {"gff3": "gff", "bed": "bed"}
TABIX_LONGEST = 1 << 29


def open_writer(kind: str, stream: TextIO, run: Run, dialect: str) -> Writer:
    """The writer of a format on an open stream."""
    if kind == "gff3":
        return Gff3Writer(stream, run, dialect)
    if kind == "json":
        return JsonWriter(stream, run)
    if kind == "tsv":
        return TsvWriter(stream, run.options)
    return BedWriter(stream) if kind == "bed" else FastaWriter(stream)


class WholeFile:
    """A text file that appears whole at `commit`, or not at all.

    Raises:
        OutputError: The destination exists and `force` is not set, or cannot be written.
    """

    def __init__(self, destination: str | Path, force: bool = False) -> None:
        self.destination = Path(destination)
        self._temporary = self.destination.with_name(f".partial-{self.destination.name}")
        if self.destination.exists() and not force:
            raise OutputError(str(destination), "exists already", hint="Use --force to replace it.")
        try:
            self._claim = claim(self._temporary, self.destination)
            if self.destination.name.endswith(".gz"):
                raw = cast(BinaryIO, _BgzfBytes(str(self._temporary)))
                self.stream: TextIO = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
            else:
                self.stream = self._temporary.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise self._unwritable(error) from error

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

    def commit(self) -> None:
        """Give the finished file its name."""
        self.finish()
        self._temporary.replace(self.destination)
        self._claim.close()

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.stream.close()
        self._temporary.unlink(missing_ok=True)
        self._claim.close()


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
        names: Files, their formats by suffix; `-` is standard output.
        run: What the headers say.
        stdout_format: The format of `-`.
        dialect: `so` or `mirbase`, for GFF3.
        force: Replace existing files.
    """

    def __init__(
        self,
        names: Sequence[str],
        run: Run,
        stdout_format: str = "gff3",
        dialect: str = "so",
        force: bool = False,
    ) -> None:
        self._run = run
        self._files: list[tuple[WholeFile, str]] = []
        self._writers: list[Writer] = []
        try:
            for name in names:
                if name == STDOUT:
                    self._writers.append(open_writer(stdout_format, sys.stdout, run, dialect))
                    continue
                kind = format_of(name)
                file = WholeFile(name, force)
                self._files.append((file, kind))
                self._writers.append(open_writer(kind, file.stream, run, dialect))
        except BaseException:
            self.discard()
            raise

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
        indexes = [self._indexed(file.finish(), kind, file.destination) for file, kind in self._files]
        for (file, _), index in zip(self._files, indexes, strict=True):
            if index:
                index[0].replace(index[1])
            file.commit()

    def _indexed(self, temporary: Path, kind: str, destination: Path) -> tuple[Path, Path] | None:
        if kind not in TABIX_PRESETS or destination.suffix != ".gz":
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
        return index, destination.with_name(destination.name + suffix)

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
