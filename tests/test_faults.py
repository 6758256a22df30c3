"""What can go wrong while a scan runs: it ends in seconds, says why in a line, leaves nothing half done."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers.quick_scans import small_chunks

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.errors import WorkerError
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.search import Found, Search
from mirscan.pipeline.stretches import Stretch
from mirscan.runtime.workers import ordered_map
from mirscan.scoring.scorer import Scorer

CHUNK = 400
QUICK = ("--threads", "1", "--tree", "none", "--arms", "none", "--decoys", "off")


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Small chunks, and networks that are loaded once for all scans of this file."""
    with small_chunks(CHUNK):
        yield


def write_genome(folder: Path) -> Path:
    dice = random.Random(4)
    bases = "".join("".join(dice.choices("ACGT", k=350)) + one for one in PRECURSORS.values())
    (folder / "in").mkdir()
    (folder / "in" / "genome.fa").write_text(f">one\n{bases}\n")
    return folder / "in" / "genome.fa"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    return write_genome(tmp_path)


def scan(genome: Path, *extra: str, suffixes: tuple[str, ...] = ("tsv",)) -> int:
    outputs = [f"-o{genome.parent.parent}/hits.{suffix}" for suffix in suffixes]
    return main(["scan", str(genome), *QUICK, "--quiet", "--min-score", "0.02", *outputs, *extra])


def files(genome: Path) -> set[str]:
    return {path.name for path in genome.parent.parent.iterdir()} - {"in"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The result of a scan that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert scan(write_genome(folder)) == 0
    content = (folder / "hits.tsv").read_bytes()
    assert content.count(b"\n") > 4
    return content


@pytest.fixture
def at_call(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Let something happen before a call of the scorer."""

    def arrange(number: int, happen: Callable[[], object]) -> None:
        log_odds, calls = Scorer.log_odds, []

        def perhaps(self: Scorer, hairpins: object) -> object:
            calls.append(1)
            if len(calls) == number:
                happen()
            return log_odds(self, hairpins)

        monkeypatch.setattr(Scorer, "log_odds", perhaps)

    return arrange


# --- workers


class Dying(Search):
    """A search whose worker kills itself at its third chunk."""

    def __call__(self, stretches: list[Stretch], *sieved: Any) -> Found:
        if stretches[0].window.own_start >= 2 * CHUNK:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(stretches, *sieved)


class Greedy(Search):
    """A search whose worker may have no more memory than it has, and wants more at its third chunk."""

    def __call__(self, stretches: list[Stretch], *sieved: Any) -> Found:
        if stretches[0].window.own_start >= 2 * CHUNK:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 20, resource.RLIM_INFINITY))
            bytearray(1 << 28)
        return super().__call__(stretches, *sieved)


class Mistaken(Search):
    """A search that makes a mistake at its third chunk."""

    def __call__(self, stretches: list[Stretch], *sieved: Any) -> Found:
        if stretches[0].window.own_start >= 2 * CHUNK:
            raise ZeroDivisionError("a mistake")
        return super().__call__(stretches, *sieved)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Dying, ": ended without a word (killed, or out of memory)"),
        (Greedy, ", {genome}, one:801-1200: ran out of memory"),
        (Mistaken, ", {genome}, one:801-1200: ZeroDivisionError: a mistake"),
    ],
)
def test_a_worker_that_fails_ends_the_scan_and_loses_no_finished_chunk(
    kind: type[Search],
    words: str,
    genome: Path,
    undisturbed: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Scan, "chunks", partial_chunks(kind))
        assert scan(genome, "--threads", "2") == 1
    message = capsys.readouterr().err
    assert f"mirscan: error: worker process{words.format(genome=genome)}" in message
    assert "Traceback" not in message
    assert not multiprocessing.active_children()
    assert files(genome) <= {"hits.tsv.journal"}
    assert scan(genome, "--resume") == 0
    assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed


def partial_chunks(kind: type[Search]) -> Callable[..., object]:
    """`Scan.chunks` with another kind of search."""
    chunks = Scan.chunks

    def with_kind(self: Scan, first: int = 0) -> object:
        own = self._search
        faulty = kind(**{each.name: getattr(own, each.name) for each in fields(own)})
        self._search = faulty
        return chunks(self, first)

    return with_kind


KILLED_AT = {
    "before its first worker": "from mirscan.runtime import workers as place; name = 'prepare'; left = 0",
    "in the middle": "from mirscan.scoring.scorer import Scorer as place; name = 'log_odds'; left = 2",
}
KILLED = f"""
import functools, os, signal, sys
from mirscan.cli import main
from mirscan.pipeline.scan import Scan
sys.modules["mirscan.pipeline.scan"].Scan = functools.partial(Scan, chunk={CHUNK})
sys.modules["mirscan.pipeline.scan"].FEW = 0
{{at}}
calls, original = [], getattr(place, name)
def lethal(*given):
    calls.append(original(*given))
    if len(calls) > left:
        os.kill(os.getpid(), signal.SIGKILL)
    return calls[-1]
setattr(place, name, lethal)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a name that is short enough for sockets."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("at", KILLED_AT)
def test_a_scan_that_is_killed_leaves_its_journal_and_nothing_else(
    at: str, genome: Path, undisturbed: bytes, temporary: Path
) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    output = genome.parent.parent / "hits.tsv"
    words = [
        "scan",
        str(genome),
        *QUICK,
        "--threads",
        "2",
        "--min-score",
        "0.02",
        "--quiet",
        "-o",
        str(output),
    ]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED.format(at=KILLED_AT[at]), *words],
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as process:
        process.wait()
    assert process.returncode == -signal.SIGKILL
    ends = time.monotonic() + 60
    while session(process.pid) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not session(process.pid)
    assert not list(temporary.iterdir())
    assert files(genome) == ({"hits.tsv.journal"} if at == "in the middle" else set())
    assert scan(genome, "--resume") == 0
    assert output.read_bytes() == undisturbed


def session(leader: int) -> list[str]:
    """The processes of a session that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its = path.read_text().rpartition(")")[2].split()[:4]
            found += [path.parent.name] if state != "Z" and its == str(leader) else []
    return found


def out_of_memory(_: int) -> int:
    raise MemoryError


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_that_runs_out_is_said_so(workers: int) -> None:
    with pytest.raises(WorkerError, match="ran out of memory.*fewer `threads`"):
        list(ordered_map(out_of_memory, range(3), workers))


# --- signals


@pytest.fixture
def heard() -> Iterator[None]:
    """Signals as a shell in the foreground hands them on; one in the background has some ignored."""
    usual = {signal.SIGHUP: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}
    found = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in found.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_scan_and_keeps_what_is_done(
    number: signal.Signals,
    genome: Path,
    undisturbed: bytes,
    at_call: Callable[[int, Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    handlers = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)]
    at_call(3, lambda: os.kill(os.getpid(), number))
    assert scan(genome) == 128 + number
    assert capsys.readouterr().err.splitlines()[-1] == "mirscan: interrupted"
    assert files(genome) == {"hits.tsv.journal"}
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)] == handlers
    assert scan(genome, "--resume") == 0
    assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed


def test_a_signal_that_is_ignored_stays_so(
    genome: Path, at_call: Callable[[int, Callable[[], object]], None]
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        at_call(3, lambda: os.kill(os.getpid(), signal.SIGHUP))
        assert scan(genome) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


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
    network = type(Scorer("scan", "cpu")._network)
    forward = network.forward

    def fails(self: torch.nn.Module, *given: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError(
                "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might"
            )
        return forward(self, *given)

    monkeypatch.setattr(network, "forward", fails)
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
    network = type(Scorer("scan", "cpu")._network)
    forward = network.forward

    def small(self: torch.nn.Module, *given: torch.Tensor) -> torch.Tensor:
        if len(given[0]) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB")
        return forward(self, *given)

    monkeypatch.setattr(network, "forward", small)
    monkeypatch.setattr("torch.cuda.empty_cache", lambda: None)
    assert scan(genome) == code
    if code:
        assert "device cpu: CUDA out of memory" in capsys.readouterr().err
    else:
        assert (genome.parent.parent / "hits.tsv").read_bytes() == undisturbed
