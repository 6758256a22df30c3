"""Disks, folders, readers, genomes, clocks and GPUs that fail: a line says why, and nothing is half done."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from helpers.faulty import QUICK, files, scan

from mirscan.cli import main
from mirscan.models.column_ensemble import ColumnEnsemble

# --- where results go


@pytest.mark.parametrize("room", [0, 17, 300, 2_000, 3_000])
def test_a_full_disk_is_said_so_and_the_scan_goes_on_when_there_is_room(
    room: int, genome: Path, undisturbed: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    suffixes = ("tsv", "gff3.gz", "json")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        code = scan(genome, suffixes=suffixes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    message = capsys.readouterr().err
    assert code == 1, message
    assert "cannot be written" in message or "no room" in message
    assert "Traceback" not in message
    assert "a mistake in mirscan" not in message
    assert files(genome) <= {"hits.tsv.journal"}
    assert scan(genome, "--resume", suffixes=suffixes) == 0
    assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--summary", "run.json"),
        ("--multiqc", "run_mqc.json"),
        ("--report", "run.html"),
        ("--families", "run.tsv"),
    ],
)
@pytest.mark.parametrize("gone", [True, False])
def test_no_file_is_there_where_one_that_tells_of_the_run_cannot_be(
    option: str,
    name: str,
    gone: bool,
    genome: Path,
    at_call: Callable[[int, Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its folder goes while the scan runs, or somebody makes a folder of its name."""
    far, usual = genome.parent.parent / "far", "run.json"
    far.mkdir()
    at_call(1, far.rmdir if gone else (far / name).mkdir)
    told = () if option == "--summary" else ("--summary", str(genome.parent.parent / usual))
    assert scan(genome, option, str(far / name), *told, suffixes=("tsv", "gff3.gz")) == 1
    message = capsys.readouterr().err
    assert f"far/{name}: " in message
    assert message.count("\n") == 2, "and that --resume goes on"
    assert files(genome) - {"far"} == {"hits.tsv.journal"}
    assert gone or [*far.iterdir()] == [far / name]
    (far / name).rmdir() if far.exists() else far.mkdir()
    again = ("--resume", option, str(far / name), *told)
    assert scan(genome, *again, suffixes=("tsv", "gff3.gz")) == 0
    assert (far / name).stat().st_size > 0
    expected = {"far", "hits.tsv", "hits.gff3.gz", "hits.gff3.gz.tbi", *([usual] if told else [])}
    assert files(genome) == expected


@pytest.mark.parametrize("folder", ["/proc", "/sys"])
def test_a_folder_that_takes_no_files(folder: str, genome: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path(folder).is_dir():
        pytest.skip(f"needs {folder}")
    assert main(["scan", str(genome), "-o", f"{folder}/hits.gff3", *QUICK]) == 1
    message = capsys.readouterr().err
    assert f"{folder}/hits.gff3" in message
    assert message.count("\n") == 1


def test_a_folder_without_the_right_to_write(genome: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    genome.parent.parent.chmod(0o555)
    try:
        assert scan(genome) == 1
    finally:
        genome.parent.parent.chmod(0o755)
    assert "is not writable" in capsys.readouterr().err


def test_a_genome_in_a_folder_that_takes_no_files(genome: Path, undisturbed: bytes) -> None:
    genome.parent.chmod(0o555)
    try:
        assert scan(genome) == 0
    finally:
        genome.parent.chmod(0o755)
    assert [path.name for path in genome.parent.iterdir()] == ["genome.fa"]


@pytest.mark.parametrize("words", [["models"], ["models", "scan"], ["scan", "--help"]])
def test_a_reader_who_stops_reading(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "mirscan", *words], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 1, "a reader who missed something must be able to know"
    assert done.stderr == b""


def test_a_scan_whose_reader_stops_reading(
    genome: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Closed(io.TextIOBase):
        def write(self, _: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sys.stdout", Closed())
    assert main(["scan", str(genome), *QUICK, "--quiet"]) == 1
    assert capsys.readouterr().err == ""


def test_a_full_disk_behind_standard_output() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mirscan", "models"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert done.stderr == b"mirscan: error: standard output: No space left on device\n"


# --- the genome and the clock


@pytest.mark.parametrize("change", ["longer", "other", "shorter", "gone", "replaced"])
def test_a_genome_that_changes_during_the_scan(
    change: str,
    genome: Path,
    at_call: Callable[[int, Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = genome.read_text()

    def happen() -> None:
        if change == "gone":
            genome.unlink()
        elif change == "replaced":
            (genome.parent / "new").write_text(content)
            (genome.parent / "new").replace(genome)
        else:
            kinds = {
                "longer": content + "ACGT\n",
                "other": content.replace("A", "C"),
                "shorter": content[:900],
            }
            genome.write_text(kinds[change])

    at_call(3, happen)
    assert scan(genome) == 1
    assert f"{genome}: was changed while it was read" in capsys.readouterr().err
    assert files(genome) == {"hits.tsv.journal"}


def test_a_clock_that_goes_back_changes_nothing(
    genome: Path, undisturbed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(genome, (2**32, 2**32))  # a genome from the year 2106
    ticks = iter(range(2**31, 0, -3600))
    monkeypatch.setattr("time.time", lambda: float(next(ticks)))
    monkeypatch.setattr("time.time_ns", lambda: next(ticks) * 10**9)
    assert scan(genome) == 0
    assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed


# --- a GPU that fails, simulated: the network raises what torch raises


def test_a_gpu_that_fails_is_said_so_and_another_device_goes_on(
    genome: Path,
    undisturbed: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls: list[int] = []
    logits = ColumnEnsemble.logits

    def fails(self: ColumnEnsemble, *given: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError(
                "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might"
            )
        return logits(self, *given)

    monkeypatch.setattr(ColumnEnsemble, "logits", fails)
    assert scan(genome) == 1
    message = capsys.readouterr().err
    assert "device cpu: CUDA error: an illegal memory access was encountered. Another --device" in message
    assert files(genome) == {"hits.tsv.journal"}
    assert scan(genome, "--resume", "--device", "cpu") == 0
    assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed


@pytest.mark.parametrize(("fits", "code"), [(2, 0), (0, 1)])
def test_memory_of_the_gpu_that_runs_out(
    fits: int,
    code: int,
    genome: Path,
    undisturbed: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logits = ColumnEnsemble.logits

    def small(self: ColumnEnsemble, *given: torch.Tensor) -> torch.Tensor:
        if len(given[0]) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB")
        return logits(self, *given)

    monkeypatch.setattr(ColumnEnsemble, "logits", small)
    monkeypatch.setattr("torch.cuda.empty_cache", lambda: None)
    assert scan(genome) == code
    if code:
        assert "device cpu: CUDA out of memory" in capsys.readouterr().err
    else:
        assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed
