"""Order, back-pressure, and what happens when a worker raises or is killed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mirscan.errors import InputError, MirscanWarning, WorkerError
from mirscan.runtime.workers import ordered_map


def slow_square(number: int) -> int:
    time.sleep(0.02 if number % 3 == 0 else 0)
    return number * number


def raise_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def refuse(number: int) -> int:
    raise InputError("file.fa", "bad", "good")


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    assert list(ordered_map(slow_square, range(20), workers)) == [n * n for n in range(20)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_raises_ends_the_run(workers: int) -> None:
    with pytest.raises(WorkerError, match="ValueError: three"):
        list(ordered_map(raise_at_three, range(100), workers))
    assert not multiprocessing.active_children()


class OddError(Exception):
    """An exception that does not survive the way to another process."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def raise_odd(_: int) -> int:
    raise OddError("very", "odd")


def leave(_: int) -> int:
    sys.exit(3)


def end(number: int) -> int:
    os._exit(number)


def crash(_: int) -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def answer_with_what_cannot_travel(_: int) -> object:
    return lambda: 0


def name_of(number: int) -> str:
    return f"numbers.txt, line {number}"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("function", "words"),
    [
        (raise_at_three, "worker process, numbers.txt, line 3: ValueError: three"),
        (raise_odd, "worker process, numbers.txt, line 3: OddError: very odd"),
        (leave, "worker process, numbers.txt, line 3: SystemExit: 3"),
    ],
)
def test_an_exception_arrives_as_its_text_with_the_place_it_worked_on(
    function: Callable[[int], int], words: str, workers: int
) -> None:
    with pytest.raises(WorkerError) as caught:
        list(ordered_map(function, [3, 3], workers, place=name_of))
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (end, "ended with exit status 3"),
        (crash, "was ended by SIGSEGV"),
        (die_at_three, "ended without a word \\(killed, or out of memory\\)"),
        (answer_with_what_cannot_travel, "AttributeError"),
    ],
)
def test_how_a_worker_ended_is_said_by_its_exit_status(function: Callable[[int], int], words: str) -> None:
    with pytest.raises(WorkerError, match=f"worker process: .*{words}") as caught:
        list(ordered_map(function, [3], 2))
    assert ("killed" in str(caught.value)) == (function is die_at_three)


def test_without_semaphores_this_process_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("mirscan.runtime.workers.ProcessPoolExecutor", none_left)
    with pytest.warns(MirscanWarning, match="Function not implemented"):
        assert list(ordered_map(slow_square, range(5), 2)) == [n * n for n in range(5)]


def test_a_server_that_cannot_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unable() -> None:
        raise EOFError

    monkeypatch.setattr("mirscan.runtime.workers.ensure_running", lambda: unable())
    with pytest.raises(WorkerError, match="cannot be started .EOFError.*`threads` 1"):
        list(ordered_map(slow_square, range(5), 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_ours_comes_through_whole(workers: int) -> None:
    with pytest.raises(InputError) as caught:
        list(ordered_map(refuse, range(5), workers))
    assert (caught.value.where, caught.value.expected) == ("file.fa", "good")


def test_a_temporary_folder_may_have_a_long_name(tmp_path: Path) -> None:
    long = tmp_path / "as-deep-as-a-workflow-makes-them" / ("work" * 20)
    long.mkdir(parents=True)
    lines = "from mirscan.runtime.workers import ordered_map as over\nprint(list(over(abs, [-2, -1], 2)))"
    ran = subprocess.run(
        [sys.executable, "-c", lines], env={**os.environ, "TMPDIR": str(long)}, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("[2, 1]\n", "")


def test_a_killed_worker_ends_the_run_within_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(WorkerError, match="killed"):
        list(ordered_map(die_at_three, range(100), 2))
    assert time.monotonic() - started < 10
    assert not multiprocessing.active_children()


def test_a_consumer_that_stops_leaves_no_children() -> None:
    results = ordered_map(slow_square, iter(range(10_000)), 2)
    assert isinstance(results, Iterator)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_items_are_read_only_a_little_ahead() -> None:
    read = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    results = ordered_map(slow_square, items(), 2)
    next(results)
    assert len(read) <= 8
    results.close()  # type: ignore[attr-defined]
