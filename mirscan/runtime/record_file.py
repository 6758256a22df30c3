"""A file of records that grows at its end; what a crash tears off the last one is cut away.

After a magic line, each record is a frame (length and CRC-32 of what follows, big-endian) and that many bytes
of JSON, deflated. A record is whole or it is not one: reading ends at the first that is not.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, cast

from mirscan.errors import InputError, OutputError
from mirscan.runtime.locks import open_locked

MAGIC = b"mirscan records 1\n"
FRAME = struct.Struct(">II")
LEVEL = 1  # of compression: the fastest already halves sequences and structures twice
SYNCED_EVERY = 5.0  # seconds between two waits for the disk: what a power cut can cost beyond the last record


class RecordFile:
    """An open file of records.

    Attributes:
        name: The path, for messages.
        torn: Whether the last complete reading stopped before the end of the file.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.torn = False
        self._stream = stream
        self._end = len(MAGIC)
        self._synced = monotonic()

    @classmethod
    def new(cls, path: Path | None = None) -> RecordFile:
        """Begin a file; without a path, a temporary one that nobody sees and that goes with the process.

        Raises:
            OutputError: It cannot be written, or another process is writing it.
        """
        name = str(path or tempfile.gettempdir())
        try:
            stream = open_locked(path) if path else cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
            if not MAGIC.startswith(stream.read(len(MAGIC))):
                stream.close()
                raise OutputError(name, "holds something else than a journal", "a journal, or no file there")
            stream.seek(0)
            stream.truncate()
            stream.write(MAGIC)
            stream.flush()
        except OSError as error:
            raise _unwritable(name, error) from error
        return cls(stream, name)

    @classmethod
    def open(cls, path: Path, to_write: bool = False) -> RecordFile:
        """Open a file that exists, to read it or to go on with it.

        Raises:
            InputError: Missing, unreadable, or no file of records.
            OutputError: To be written, and another process is writing it.
        """
        try:
            stream = open_locked(path) if to_write else path.open("rb")
            magic = stream.read(len(MAGIC))
        except OSError as error:
            raise InputError(str(path), f"cannot be read ({error.strerror})", "what a scan wrote") from error
        if not MAGIC.startswith(magic):  # a part of it is what a crash leaves that came very early
            stream.close()
            raise InputError(str(path), "is no journal or shard of mirscan", "what a scan wrote")
        return cls(stream, str(path))

    def records(self) -> Iterator[Any]:
        """The records from the first on, up to the end or to the first that is torn or damaged."""
        self._end = len(MAGIC)
        while True:
            self._stream.seek(self._end)
            frame = self._stream.read(FRAME.size)
            length, checksum = FRAME.unpack(frame) if len(frame) == FRAME.size else (0, 0)
            packed = self._stream.read(max(0, min(length, self._size() - self._stream.tell())))
            if not length or len(packed) < length or zlib.crc32(packed) != checksum:
                self.torn = bool(frame)
                return
            try:
                record = json.loads(zlib.decompress(packed))
            except (zlib.error, ValueError):
                self.torn = True
                return
            self._end += FRAME.size + length
            yield record

    def append(self, record: Any) -> None:
        """Add a record behind those read or written so far; from then on it outlives this process.

        Raises:
            OutputError: The disk is full, or gone.
        """
        packed = zlib.compress(json.dumps(record, ensure_ascii=False).encode(), LEVEL)
        try:
            self._stream.seek(self._end)
            self._stream.write(FRAME.pack(len(packed), zlib.crc32(packed)) + packed)
            self._stream.truncate()
            self._stream.flush()
            if monotonic() - self._synced > SYNCED_EVERY:
                self.sync()
        except OSError as error:
            raise _unwritable(self.name, error) from error
        self._end += FRAME.size + len(packed)

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        os.fsync(self._stream.fileno())
        self._synced = monotonic()

    def rename(self, path: Path) -> None:
        """Give the file another name in its folder, replacing what has that name.

        Raises:
            OutputError: The folder does not allow it.
        """
        try:
            Path(self.name).replace(path)
        except OSError as error:
            raise _unwritable(str(path), error) from error

    def close(self) -> None:
        """Close the file; what could not be written was said when it was appended."""
        with suppress(OSError):
            self._stream.close()

    def _size(self) -> int:
        return os.fstat(self._stream.fileno()).st_size


def _unwritable(name: str, error: OSError) -> OutputError:
    hint = "What is done so far is kept: make room, then go on with `resume`."
    return OutputError(name, f"cannot be written ({error.strerror})", "a writable folder with space", hint)
