"""Workers that die, memory that runs out, and signals: the scan ends in seconds and keeps what is done."""

from __future__ import annotations

import multiprocessing
import os
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
from helpers.faulty import CHUNK, QUICK, files, scan

from mirscan.errors import WorkerError
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.search import Found, Search
from mirscan.pipeline.stretches import Stretch
from mirscan.runtime.workers import ordered_map

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
