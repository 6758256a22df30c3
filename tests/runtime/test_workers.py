"""Order, back-pressure, and what happens when a worker raises or is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mirscan.errors import InputError, WorkerError
from mirscan.runtime.workers import _cgroup_quota, available_cpus, ordered_map


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


def test_cpus_follow_the_scheduler(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    assert available_cpus() == 3
    monkeypatch.setenv("GALAXY_SLOTS", "5")
    assert available_cpus() == 5
    quota = tmp_path / "cpu.max"
    quota.write_text("250000 100000\n")
    assert _cgroup_quota(quota) == 2
    quota.write_text("max 100000\n")
    assert _cgroup_quota(quota) is None
