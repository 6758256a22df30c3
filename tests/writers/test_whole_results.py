"""Results appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from helpers.written import ALL, HITS, RUN, files

from mirscan.errors import OutputError, UsageError
from mirscan.genome.htslib import is_whole
from mirscan.writers.destinations import check_destinations, format_of
from mirscan.writers.outputs import Outputs
from mirscan.writers.text_file import TextFile, open_text


def test_nothing_is_left_when_a_run_fails(tmp_path: Path) -> None:
    names = [str(tmp_path / f"hits.{suffix}") for suffix in ALL]
    with pytest.raises(RuntimeError), Outputs(files(*names), RUN) as outputs:
        outputs.write(HITS[0])
        raise RuntimeError("mid-run")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "hits.bed"
    path.write_text("precious")
    for attempt in (
        lambda: Outputs(files(path), RUN),
        lambda: check_destinations([str(path)], [str(path)], False),
    ):
        with pytest.raises(OutputError, match="exists already"):
            attempt()
    assert path.read_text() == "precious"
    with Outputs(files(path, force=True), RUN):
        assert path.read_text() == "precious", "replaced before the run was complete"
    assert path.read_text() == ""


@pytest.mark.parametrize("before", [None, "precious"])
@pytest.mark.parametrize("linked", [True, False])
def test_no_file_has_its_name_where_another_cannot_have_it(
    tmp_path: Path, before: str | None, linked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that somebody makes while the scan runs; a file system may know no second names."""
    if not linked:
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(PermissionError("no links")))
    first, packed, last = (tmp_path / name for name in ("hits.bed", "hits.gff3.gz", "hits.tsv"))
    older = (
        [tmp_path / "hits.bed", tmp_path / "hits.gff3.gz", tmp_path / "hits.gff3.gz.csi"] if before else []
    )
    for path in older:
        path.write_text(before or "")
    outputs = Outputs(files(first, packed, last, force=True), RUN)
    with pytest.raises(OutputError, match=r"hits\.tsv: cannot be written"), outputs:
        outputs.write(HITS[0])
        last.mkdir()
    assert sorted(tmp_path.iterdir()) == sorted([*older, last])
    assert [path.read_text() for path in older] == [before] * len(older)
    last.rmdir()
    with Outputs(files(first, packed, last, force=True), RUN) as outputs:
        outputs.write(HITS[0])
    assert sorted(tmp_path.iterdir()) == sorted([first, packed, Path(f"{packed}.tbi"), last])


@pytest.mark.parametrize("fault", ["name", "disk"])
def test_what_tells_of_a_run_has_its_name_with_the_results_or_none_has(fault: str, tmp_path: Path) -> None:
    hits, summary = tmp_path / "hits.tsv", tmp_path / "run.json"
    expected = r"run\.json: cannot be written" if fault == "name" else r"run\.json: .*No space"

    def told() -> None:
        with Outputs(files(hits), RUN) as outputs:
            outputs.write(HITS[0])
            with outputs.beside(str(summary)) as stream:
                stream.write("{}")
                if fault == "disk":
                    raise OSError(errno.ENOSPC, "No space left on device")
            summary.mkdir()

    with pytest.raises(OutputError, match=expected):
        told()
    assert [*tmp_path.iterdir()] == ([summary] if fault == "name" else [])
    if fault == "name":
        summary.rmdir()
    with Outputs(files(hits), RUN) as outputs, outputs.beside(str(summary)) as stream:
        stream.write("{}")
    assert summary.read_text() == "{}"
    assert hits.exists()


def test_destinations_are_checked_beforehand(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        check_destinations([], [str(tmp_path / "none" / "hits.bed")], False)
    with pytest.raises(OutputError, match="is a folder"):
        check_destinations([], [str(tmp_path)], True)
    with pytest.raises(UsageError, match="given twice"):
        check_destinations([], ["a.bed", "a.bed"], False)
    with pytest.raises(UsageError, match="no format for the suffix '.txt'"):
        check_destinations(["hits.txt.gz"], [], False)
    assert format_of("x.GFF3") == "gff3"


def test_a_full_disk_is_an_error_of_ours() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    file = TextFile.__new__(TextFile)
    file.destination = full
    file.stream = full.open("w")
    file.stream.write("x")
    with pytest.raises(OutputError, match="No space left"):
        file.finish()


@pytest.mark.parametrize("suffix", ["tsv.gz", "json.gz", "gff3.gz"])
def test_a_packed_file_that_was_not_written_to_its_end(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mirscan.genome.htslib.is_whole", lambda path: False)
    with (
        pytest.raises(OutputError, match="No space left"),
        Outputs(files(f"{tmp_path}/hits.{suffix}"), RUN) as outputs,
    ):
        outputs.write(HITS[0])
    assert list(tmp_path.iterdir()) == []


def test_whole_is_what_ends_with_its_marker(results: Path) -> None:
    packed = results / "hits.bed.gz"
    assert is_whole(packed)
    content = packed.read_bytes()
    for size in (0, 10, 28, len(content) - 28, len(content) - 1):
        packed.write_bytes(content[:size])
        assert not is_whole(packed)


def test_an_index_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_: str, index: str, **__: object) -> None:
        Path(index).write_bytes(b"half")
        raise OSError("building of index failed")

    monkeypatch.setattr("pysam.tabix_index", half)
    outputs = Outputs(files(f"{tmp_path}/hits.bed.gz", f"{tmp_path}/hits.tsv"), RUN)
    with pytest.raises(OutputError, match="hits.bed.gz: cannot be indexed"), outputs:
        outputs.write(HITS[0])
    assert list(tmp_path.iterdir()) == []


def test_text_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with open_text("-") as stream:
        stream.write("a row\n")
    assert capsys.readouterr().out == "a row\n"
