"""A text file: whole or none.

It is written under a temporary name beside its destination and renamed when it is complete; a link stays one,
and the file that it leads to is written. A pipe or device is written through when everything is there. A
`.gz` is BGZF.
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
from typing import Any, BinaryIO, TextIO, cast

import pysam

from mirscan.errors import OutputError
from mirscan.genome import htslib
from mirscan.runtime.locks import open_locked
from mirscan.runtime.renames import Renames, together
from mirscan.runtime.whole_file import WholeFile
from mirscan.writers.destinations import STDOUT, target_of

INDEXES = (".tbi", ".csi", ".fai", ".gzi")  # what htslib leaves beside a file, of which it then speaks


class TextFile:
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
            self._whole = WholeFile(self.target.path, self._beginning())
            self._lock = open_locked(self._whole.temporary, self.destination)
            if self.destination.name.endswith(".gz"):
                raw = cast(BinaryIO, _BgzfBytes(str(self._whole.temporary)))
            else:
                raw = self._whole.temporary.open("wb")
        except OSError as error:
            raise self.unwritable(error) from error
        self.stream: TextIO = io.TextIOWrapper(raw, "utf-8", "backslashreplace", newline="\n")

    def _beginning(self) -> Path:
        """Where the file is written until it is whole."""
        if self.target.stream:
            number, name = tempfile.mkstemp(prefix="mirscan-")
            os.close(number)
            return Path(name)
        return self.target.path.with_name(f".partial-{self.target.path.name}")

    def unwritable(self, error: OSError) -> OutputError:
        """What to raise where the system will not write it."""
        reason = error.strerror or str(error)
        return OutputError(
            str(self.destination), f"cannot be written ({reason})", "a writable folder with space"
        )

    def finish(self) -> Path:
        """Flush and close; the complete file under its temporary name comes back."""
        try:
            self.stream.close()
        except OSError as error:
            raise self.unwritable(error) from error
        return self._whole.temporary

    def commit(self, renames: Renames, index: tuple[Path, str] | None = None) -> None:
        """Give the finished file its name.

        Args:
            renames: Takes it back where another file of the run cannot have its name.
            index: A complete index of it, and the suffix that it is to have.
        """
        self.finish()
        try:
            if self.target.stream:
                self._pour()
            else:
                self._rename(renames, index)
        except BrokenPipeError:  # its reader has what it wanted
            raise
        except OSError as error:
            raise self.unwritable(error) from error
        self._lock.close()

    def _rename(self, renames: Renames, index: tuple[Path, str] | None) -> None:
        path = self.target.path
        for suffix in INDEXES:
            renames.remove(path.with_name(path.name + suffix))
        if index:
            renames.rename(index[0], path.with_name(path.name + index[1]))
        renames.rename(self._whole.temporary, path)

    def _pour(self) -> None:
        """Write everything through; opening a pipe waits for its reader."""
        with self._whole.temporary.open("rb") as whole, self.target.path.open("ab") as stream:
            shutil.copyfileobj(whole, stream)
        self._whole.discard()

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.stream.close()
        for suffix in INDEXES:
            self._whole.temporary.with_name(self._whole.temporary.name + suffix).unlink(missing_ok=True)
        self._whole.discard()
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
    file = TextFile(name, force)
    try:
        yield file.stream
        with together() as renames:
            file.commit(renames)
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
