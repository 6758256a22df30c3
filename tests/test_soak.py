"""The soak sees what it is there to see."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.reliability.soak import RESULTS, SUFFIX, Soak, Tally
from mirscan.pipeline.journal import Chunk, Header, Journal
from mirscan.records import Run

JOURNAL = f"{RESULTS[0]}{SUFFIX}"
IMPORTING = 'Traceback (most recent call last):\n  File "…", line 1, in <module>\nKeyboardInterrupt\n'
RUNNING = IMPORTING.replace("<module>", "main")


class Quiet(Soak):
    """A soak of results that are there already."""

    def __init__(self, folder: Path) -> None:
        self.tally = Tally()
        self._kept = 0
        self._semaphores = set()
        self._folder, self._temporary = folder / "results", folder / "temporary"
        self._folder.mkdir()
        self._temporary.mkdir()
        for name in RESULTS:
            (self._folder / name).write_text(name)
        self._whole = {name: (self._folder / name).read_bytes() for name in RESULTS}

    def journal(self, chunks: int) -> None:
        """Leave a journal of so many chunks, in the place of the results."""
        for path in self._folder.iterdir():
            path.unlink()
        journal = Journal.new(Header(Run("", "", "", {}, {}), "", None, 1, 1), self._folder / JOURNAL)
        for _ in range(chunks):
            journal.append(Chunk({}, []))
        journal.close()

    def after(self, code: str, fault: str | None) -> list[str]:
        """What is wrong with the end of a process that ran some Python."""
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", code], stderr=subprocess.PIPE, start_new_session=True
        )
        process.wait()
        self._judge_end(process, fault)
        return self.tally.problems


@pytest.fixture
def soak(tmp_path: Path) -> Quiet:
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    return Quiet(tmp_path)


def test_good_ends(soak: Quiet) -> None:
    soak._compare()
    for code, fault in (
        ("", None),
        ("", "kill"),
        ("import os; os.kill(os.getpid(), 9)", "kill"),
        ("raise SystemExit(143)", "term"),
        ("raise SystemExit(1)", "worker"),
    ):
        assert not soak.after(code, fault)
    assert not soak.tally.differences
    assert soak.tally.interruptions == {"kill": 1, "term": 1, "worker": 1}


def test_bytes_that_differ(soak: Quiet) -> None:
    (soak._folder / RESULTS[2]).write_text("else")
    soak._compare()
    assert soak.tally.differences == 1
    (soak._folder / ".partial").touch()
    (soak._temporary / "mirscan-x").mkdir()
    soak._compare()
    assert [problem.split(": ")[1][:20] for problem in soak.tally.problems] == [
        "the folder holds ['.",
        "a temporary file is ",
    ]


@pytest.mark.parametrize(
    ("code", "fault", "words"),
    [
        ("raise SystemExit(1)", None, "None: exit code 1"),
        ("raise SystemExit(1)", "term", "term: exit code 1"),
        ("import os; os.kill(os.getpid(), 11)", "kill", "kill: exit code -11"),
        ("import sys; sys.stderr.write('Traceback …')", None, "a traceback"),
        ("1 / 0", "worker", "a traceback"),
    ],
)
def test_bad_ends(soak: Quiet, code: str, fault: str | None, words: str) -> None:
    (problem,) = soak.after(code, fault)
    assert words in problem


@pytest.mark.parametrize(("words", "excused"), [(IMPORTING, 1), (RUNNING, 0), (IMPORTING * 2, 0)])
def test_only_ctrl_c_during_the_first_imports_may_leave_a_traceback(
    soak: Quiet, words: str, excused: int
) -> None:
    kill = f"import os, signal; signal.signal({signal.SIGINT:d}, signal.SIG_DFL); os.kill(os.getpid(), 2)"
    problems = soak.after(f"import sys; sys.stderr.write({words!r}); sys.stderr.flush(); {kill}", "int")
    assert (soak.tally.interrupted_imports, len(problems)) == (excused, 1 - excused)


def test_a_process_that_stays(soak: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.reliability.soak.ENDED_WITHIN", 0.0)
    stays = "import subprocess, sys; subprocess.Popen(['sleep', '2'], stderr=subprocess.DEVNULL)"
    assert "1 processes left" in soak.after(stays, "kill")[0]


def test_chunks_that_are_lost(soak: Quiet) -> None:
    soak.journal(3)
    soak._check_kept()
    soak._check_kept()
    assert not soak.tally.problems
    assert (soak._kept, soak.tally.chunks_found) == (3, 6)
    soak.journal(2)
    soak._check_kept()
    (problem,) = soak.tally.problems
    assert "3 chunks were kept, then 2" in problem
    (soak._folder / JOURNAL).unlink()
    soak._check_kept()
    assert "2 chunks were kept, then 0; the folder held []" in soak.tally.problems[1]


def test_an_interruption_after_the_end_loses_nothing(soak: Quiet) -> None:
    soak._kept = 5
    soak._check_kept()
    assert soak._kept == 0, "the next run begins anew"
    soak.journal(1)
    soak._check_kept()
    assert not soak.tally.problems


@pytest.mark.parametrize("name", ["kB", "files", "processes", "temporary"])
def test_growth(name: str) -> None:
    steady = {"kB": 500_000, "files": 6, "processes": 3, "temporary": 1}
    tally = Tally(resident=[steady | {"kB": 500_000 + 4_000 * (at % 3)} for at in range(20)])
    assert not tally.growth()
    tally.resident = [{**steady, name: steady[name] * (10 + at) // 10} for at in range(20)]
    (problem,) = tally.growth()
    assert f"{name} grew" in problem
