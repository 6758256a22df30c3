"""Files of records: what was written comes back, what a crash tore off does not, and one process writes."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirscan.errors import InputError, OutputError
from mirscan.runtime.record_file import FRAME, MAGIC, RecordFile

RECORDS = [{"a": 1}, [0.1, -48.5, 1e-300], "…", {}, ["x" * 10_000], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = RecordFile.new(tmp_path / "records")
    for record in RECORDS:
        file.append(record)
    file.close()
    return tmp_path / "records"


def read(path: Path) -> tuple[list[object], bool]:
    file = RecordFile.open(path)
    records = list(file.records())
    file.close()
    return records, file.torn


def test_what_is_written_comes_back(path: Path) -> None:
    assert read(path) == (RECORDS, False)


@settings(max_examples=60)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_exactly(number: float) -> None:
    file = RecordFile.new()
    file.append(number)
    assert list(file.records()) == [number]
    file.close()


def test_cut_anywhere_it_gives_the_records_before(path: Path) -> None:
    content = path.read_bytes()
    ends = [len(MAGIC)]
    while ends[-1] < len(content):
        ends.append(ends[-1] + FRAME.size + FRAME.unpack_from(content, ends[-1])[0])
    for size in range(len(MAGIC), len(content), 3):
        path.write_bytes(content[:size])
        whole = sum(end <= size for end in ends) - 1
        assert read(path) == (RECORDS[:whole], size not in ends)


def test_a_changed_byte_ends_the_reading(path: Path) -> None:
    content = path.read_bytes()
    for at in range(len(MAGIC), len(content), 5):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        path.write_bytes(damaged)
        records, torn = read(path)
        assert torn
        assert records == RECORDS[: len(records)]
        assert len(records) < len(RECORDS)


def test_writing_goes_on_behind_the_last_whole_record(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-2] + b"garbage that is longer than the next record")
    file = RecordFile.open(path, to_write=True)
    assert list(file.records()) == RECORDS[:-1]
    file.append("next")
    file.close()
    assert read(path) == ([*RECORDS[:-1], "next"], False)


def test_a_record_outlives_its_writer_at_once(tmp_path: Path) -> None:
    file = RecordFile.new(tmp_path / "records")
    file.append(1)
    assert read(tmp_path / "records") == ([1], False), "still in a buffer of the writer"
    file.close()


def test_one_process_writes(path: Path) -> None:
    writer = RecordFile.open(path, to_write=True)
    for attempt in (lambda: RecordFile.open(path, to_write=True), lambda: RecordFile.new(path)):
        with pytest.raises(OutputError, match="another run is writing it"):
            attempt()
    assert read(path)[0] == RECORDS
    writer.close()
    RecordFile.new(path).close()
    assert read(path) == ([], False)


def test_a_length_beyond_the_file_is_no_reason_to_take_memory(path: Path) -> None:
    path.write_bytes(MAGIC + FRAME.pack(0xFFFFFFFF, 0) + b"x")
    assert read(path) == ([], True)


@pytest.mark.parametrize("content", [b">a\nACGT\n", b"\0", MAGIC[:-2] + b"9\n"])
def test_what_is_no_file_of_records(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match="is no journal or shard of mirscan"):
        RecordFile.open(tmp_path / "file")


def test_a_file_of_somebody_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("precious")
    with pytest.raises(OutputError, match="holds something else than a journal"):
        RecordFile.new(tmp_path / "thesis")
    assert (tmp_path / "thesis").read_text() == "precious"


@pytest.mark.parametrize("size", [0, 1, len(MAGIC) - 1])
def test_the_beginning_of_a_file_holds_nothing(size: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(MAGIC[:size])
    assert read(tmp_path / "file")[0] == []


def test_a_checksum_that_fits_what_is_no_record(tmp_path: Path) -> None:
    for packed in (b"not deflated", zlib.compress(b"not JSON"), zlib.compress(json.dumps(1).encode())[:-1]):
        (tmp_path / "file").write_bytes(MAGIC + FRAME.pack(len(packed), zlib.crc32(packed)) + packed)
        assert read(tmp_path / "file") == ([], True)


def test_a_full_disk_says_what_to_do() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    file = RecordFile(io.BufferedRandom(io.FileIO("/dev/full", "r+")), "records")
    with pytest.raises(OutputError, match="records: cannot be written .No space left on device.*`resume`"):
        file.append(1)
    file.close()
