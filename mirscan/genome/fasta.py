"""FASTA as people have it, line by line: plain, gzip, BGZF or standard input, and what can be wrong in it."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from mirscan.alphabet import IUPAC
from mirscan.errors import InputError

BLOCK = 1 << 20
BLANKS = b" \t\r\n\v\f"
STDIN = "-"
LONGEST_HEADER = 1 << 24  # bytes: nobody means more
EXPECTED = "a FASTA file of nucleotides: `>name`, then lines of ACGTUN and IUPAC letters"

_GZIP_MAGIC = b"\x1f\x8b"
_MAGIC_SIZE = 18
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def compression(path: Path, expected: str = EXPECTED) -> str:
    """`plain`, `gzip` or `bgzf`, by the first bytes of a file.

    Raises:
        InputError: Missing or unreadable; the message says what was expected.
    """
    try:
        with path.open("rb") as stream:
            return _packing(stream.read(_MAGIC_SIZE))
    except FileNotFoundError:
        raise InputError(str(path), "no such file", expected) from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", expected) from error


def _packing(magic: bytes) -> str:
    if magic[:4] == b"\x1f\x8b\x08\x04" and magic[12:16] == b"BC\x02\x00":
        return "bgzf"
    return "gzip" if magic.startswith(_GZIP_MAGIC) else "plain"


def is_stream(source: str) -> bool:
    """Whether a source can be read only once: standard input, or a pipe with a name."""
    path = Path(source)
    return source == STDIN or (path.exists() and not path.is_file() and not path.is_dir())


def open_stream(source: str, expected: str = EXPECTED) -> BinaryIO:
    """The decompressed bytes of a path, or of standard input for `-`.

    Raises:
        InputError: Missing or unreadable; the message says what was expected.
    """
    if not is_stream(source):
        compression(Path(source), expected)  # raises where it is missing
    elif source == STDIN and sys.stdin is None:
        raise InputError("standard input", "is closed", expected)
    opened = sys.stdin.buffer if source == STDIN else Path(source).open("rb")  # noqa: SIM115
    stream = cast(BufferedReader, opened)
    packing = _packing(stream.peek(_MAGIC_SIZE))
    if packing == "plain":
        return cast(BinaryIO, stream)
    return cast(BinaryIO, _Bgzf(stream) if packing == "bgzf" else gzip.open(stream))


class _Bgzf(gzip.GzipFile):
    """BGZF, which ends with a marker: where that is missing, so are bases, though every block is whole."""

    def __init__(self, stream: BufferedReader) -> None:
        self._tail = _Tail(stream)
        super().__init__(fileobj=cast(BinaryIO, self._tail))

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        if not content and self._tail.last != BGZF_END:
            raise EOFError("the marker of its end is missing")
        return content


class _Tail:
    """A stream that remembers the last bytes that were read from it."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.last = (self.last + content)[-len(BGZF_END) :]
        return content


def pieces(source: str, stream: BinaryIO) -> Iterator[tuple[int, bool, bytes]]:
    """Cut a FASTA into header lines and stretches of sequence lines of up to a megabyte.

    Yields:
        Number of the first line (1-based), whether it is a header, and the bytes, line ends included; of an
        empty file nothing.

    Raises:
        InputError: Damaged, or plainly something else.
    """
    number, at_start, rest = 1, True, b""
    for block in _blocks(source, stream):
        text, first = rest + block, 0
        while first < len(text):
            header = at_start and text.startswith(b">", first)
            end = text.find(b"\n", first) + 1 if header else text.find(b"\n>", first) + 1
            if header and not end:
                break  # it goes on in the next block
            piece = text[first : end or len(text)]
            yield number, header, piece
            number += piece.count(b"\n")
            first += len(piece)
            at_start = piece.endswith(b"\n")
        rest = text[first:]
        if len(rest) > LONGEST_HEADER:
            raise InputError(source, f"line {number:,}: a header of more than 16 megabytes", EXPECTED)
    if rest:
        yield number, True, rest


def _blocks(source: str, stream: BinaryIO) -> Iterator[bytes]:
    read = 0
    try:
        while block := stream.read(BLOCK):
            yield block if read else _without_mark(source, block)
            read += len(block)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            source, f"cannot be read past its first {read:,} bytes ({error})", "an undamaged file"
        ) from error


def _without_mark(source: str, block: bytes) -> bytes:
    if block.startswith(_BYTE_ORDER_MARKS):
        raise InputError(source, "is UTF-16 text", EXPECTED, "Save it as plain ASCII or UTF-8.")
    block = block.removeprefix(_UTF8_MARK)
    if block.startswith(b"@"):
        raise InputError(source, "looks like FASTQ (it starts with `@`)", EXPECTED)
    if b"\0" in block:
        raise InputError(source, "is binary", EXPECTED)
    return block


def name_of(source: str, header: bytes, line_number: int) -> str:
    """The name in a header line: everything up to the first blank.

    Raises:
        InputError: No name, or one that cannot be printed.
    """
    if b"\r" in header.rstrip(b"\r\n"):
        found = f"line {line_number:,}: a carriage return inside a header (lines that end in CR alone?)"
        raise InputError(source, found, "lines that end in LF or CR LF")
    words = header[1:].split(None, 1)
    if not words or header[1:2].isspace():
        raise InputError(source, f"line {line_number:,}: a record without a name", "`>name`")
    try:
        name = words[0].decode()
    except UnicodeDecodeError:
        raise InputError(source, f"line {line_number:,}: a name that is not UTF-8", "`>name`") from None
    if not name.isprintable():
        raise InputError(source, f"line {line_number:,}: a name with control characters", "`>name`")
    return name


def foreign_letter(bases: bytes) -> tuple[int, str] | None:
    """Where the first letter is that no nucleotide code has, and what it is; None without one."""
    letter = bases.translate(None, IUPAC + BLANKS)[:1]
    if not letter:
        return None
    amino_acid = letter.upper() in b"EFIJLOPQZ*"
    kind = "an amino acid, not a nucleotide" if amino_acid else "no nucleotide letter"
    return bases.find(letter), f"{letter.decode('latin-1')!r} is {kind}"


def before_any_name(source: str, line_number: int, piece: bytes) -> InputError:
    """The error of sequence that no header announces."""
    skipped = piece[: len(piece) - len(piece.lstrip())].count(b"\n")
    line = shown(piece.lstrip().split(b"\n", 1)[0])
    return InputError(source, f"line {line_number + skipped:,} stands before any `>name` ({line})", EXPECTED)


def shown(line: bytes, limit: int = 30) -> str:
    """A line as a message shows it: quoted, and cut where it is long."""
    text = line.rstrip().decode("latin-1")
    return repr(text if len(text) <= limit else text[:limit] + "…")


def no_record(source: str) -> InputError:
    """The error of a FASTA, in which something is needed, that holds nothing."""
    return InputError(source, "is empty: it holds no record", EXPECTED)


def read_records(source: str, may_be_empty: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bases as written, blanks removed) of a FASTA of short sequences, in file order.

    Letters are not checked and names may repeat: what to do with a bad record is the caller's to say.

    Args:
        source: A path, or `-` for standard input.
        may_be_empty: An empty file, as a scan without hits writes it, has no records; else it is an error.

    Raises:
        InputError: Missing, damaged, not FASTA, or empty.
    """
    name = ""
    parts: list[bytes] = []
    with open_stream(source) as stream:
        for line_number, is_header, piece in pieces(source, stream):
            if is_header:
                if name:
                    yield name, b"".join(parts)
                name, parts = name_of(source, piece, line_number), []
            elif name:
                parts.append(piece.translate(None, BLANKS))
            elif piece.strip():
                raise before_any_name(source, line_number, piece)
    if name:
        yield name, b"".join(parts)
    elif not may_be_empty:
        raise no_record(source)
