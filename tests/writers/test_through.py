"""Where a result goes that is no plain file: pipes and devices are written through, links are followed."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pysam
import pytest

from mirscan.cli import main
from mirscan.errors import OutputError, UsageError
from mirscan.records import Hairpin, Hit, Run
from mirscan.runtime.whole_file import whole_file
from mirscan.writers.destinations import check_destinations
from mirscan.writers.outputs import Outputs
from mirscan.writers.result_files import ResultFiles
from mirscan.writers.text_file import open_text

HITS = [Hit.of(Hairpin("one", 10, 14, "+", "ACGU", "....", -1.0), 0.5)]


def run(lengths: dict[str, int]) -> Run:
    return Run(version="0", model="m", model_sha256="s", options={}, lengths=lengths)


def write(path: Path, force: bool = False, lengths: dict[str, int] | None = None) -> None:
    results = ResultFiles((str(path),), force=force)
    with Outputs(results, run(lengths or {"one": 100})) as outputs:
        for hit in HITS:
            outputs.write(hit)


def write_text(path: Path, text: str) -> None:
    with open_text(str(path)) as stream:
        stream.write(text)


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    write(tmp_path / "plain.bed")
    return (tmp_path / "plain.bed").read_bytes()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["pipe.bed", "pipe.bed.gz"])
def test_a_named_pipe_is_written_through(name: str, force: bool, plain: bytes, tmp_path: Path) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    check_destinations([str(pipe)], [str(pipe)], force)
    write(pipe, force)
    reader.join(20)
    assert (gzip.decompress(heard[0]) if name.endswith(".gz") else heard[0]) == plain
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "plain.bed"])


@pytest.mark.parametrize("force", [False, True])
def test_a_device_stays_one(force: bool, tmp_path: Path) -> None:
    device, link = Path("/dev/null"), tmp_path / "null.bed"
    before = device.stat()
    link.symlink_to(device)
    for path in (device, link):
        with open_text(str(path), force) as stream:
            stream.write("x")
    write(link, force)
    assert (device.stat().st_rdev, device.stat().st_ino) == (before.st_rdev, before.st_ino)
    assert link.is_symlink()
    with pytest.raises(OutputError, match="/dev/full: cannot be written .No space"):
        write_text(Path("/dev/full"), "x")


def test_an_open_descriptor_is_written_to(tmp_path: Path) -> None:
    code = (
        "from mirscan.writers.text_file import open_text\nwith open_text('/dev/stdout') as s: s.write('here')"
    )
    with (tmp_path / "out").open("w") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert (tmp_path / "out").read_text() == "here"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout == b"here"


def test_a_link_stays_and_its_file_is_written(plain: bytes, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target.bed", tmp_path / "link.bed"
    link.symlink_to(target)
    write(link)  # a link that promises a file keeps its word
    assert link.is_symlink()
    assert target.read_bytes() == plain
    with pytest.raises(OutputError, match="exists already"):
        write(link)
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), Outputs(ResultFiles((str(link),), force=True), run({"one": 9})):
        raise ZeroDivisionError
    assert target.read_text() == "old"
    write(link, force=True)
    assert link.is_symlink()
    assert target.read_bytes() == plain
    with whole_file(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["target.bed"]


def test_what_cannot_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    lost, loop = tmp_path / "lost.bed", tmp_path / "loop.bed"
    lost.symlink_to(tmp_path / "none" / "target.bed")
    loop.symlink_to(loop)
    twice = tmp_path / "twice.bed"
    twice.symlink_to(tmp_path / "once.bed")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.bed"))
        for path, words in (
            (lost, "no folder .*none, to which the link"),
            (loop, "cannot be reached"),
            (tmp_path / "socket.bed", "is a socket"),
            (tmp_path, "is a folder"),
        ):
            with pytest.raises(OutputError, match=words):
                check_destinations([], [str(path)], force=True)
    for other in (twice, tmp_path / "." / ".." / tmp_path.name / "once.bed"):
        with pytest.raises(UsageError, match="given twice"):
            check_destinations([], [str(other), str(tmp_path / "once.bed")], force=True)


@pytest.mark.parametrize("option", ["--journal", "--shard"])
def test_no_pipe_is_taken_for_a_journal_or_shard(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe.shard"
    os.mkfifo(pipe)
    (tmp_path / "genome.fa").write_text(">a\nACGU\n")
    asked = ["--journal", str(pipe)] if option == "--journal" else ["--shard", "1/1", "-o", str(pipe)]
    assert main(["scan", f"{tmp_path}/genome.fa", "--force", *asked]) == 1
    assert "is a pipe or device" in capsys.readouterr().err
    assert pipe.is_fifo()


def test_the_index_of_an_older_result_goes(tmp_path: Path) -> None:
    path = tmp_path / "hits.bed.gz"
    write(path, lengths={"one": 1 << 30})
    assert Path(f"{path}.csi").exists()
    write(path, force=True)
    assert not Path(f"{path}.csi").exists()
    with pysam.TabixFile(str(path)) as opened:
        assert len(list(opened.fetch("one", 0, 50))) == 1
    write(path, force=True, lengths={"one": 1 << 30})
    assert not Path(f"{path}.tbi").exists()
    fasta = tmp_path / "hits.fa"
    for suffix in (".fai", ".gzi"):
        Path(f"{fasta}{suffix}").write_text("of another file")
    write(fasta)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hits.bed.gz", "hits.bed.gz.csi", "hits.fa"]


def test_a_report_goes_through_an_open_descriptor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `--summary >(jq .)` gives it: no journal can lie beside that."""
    genome = tmp_path / "genome.fa"
    genome.write_text(f">a\n{'ACGU' * 50}\n")
    read, written = os.pipe()
    with os.fdopen(read) as stream:
        asked = ["--summary", f"/dev/fd/{written}", "--threads", "1", "--quiet", "--decoys", "off"]
        assert main(["scan", str(genome), *asked]) == 0
        os.close(written)
        assert json.loads(stream.read())["funnel"]["contigs"] == 1
    assert capsys.readouterr().out.startswith("##gff-version 3")
    assert [path.name for path in tmp_path.iterdir()] == ["genome.fa"]
