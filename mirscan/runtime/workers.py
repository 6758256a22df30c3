"""Work in order over processes. Knows no biology.

`ordered_map` submits at most a few items a worker ahead of the consumer, so that memory is bounded and a slow
consumer holds the workers back; results come in the order of the items whatever the number of workers.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.forkserver import ensure_running
from multiprocessing.util import get_temp_dir
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from mirscan.errors import MirscanError, WorkerError
from mirscan.runtime import fork_server as tidying

Item = TypeVar("Item")
Result = TypeVar("Result")
Handler = Callable[[int, FrameType | None], Any] | signal.Handlers

AHEAD = 3  # items submitted a worker: one running, two waiting, so that no worker idles
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FEWER = "Nothing was written; try again with fewer --threads."
SLOT_VARIABLES = ("GALAXY_SLOTS", "SLURM_CPUS_PER_TASK")
LONGEST_TEMPORARY = 70  # bytes of a folder's name: a socket's is 32 longer, and may have 103 on some systems
SHORT_TEMPORARY = "/tmp"


def available_cpus() -> int:
    """The processors that this process may use: scheduler's slots, cgroup quota and affinity respected."""
    for variable in SLOT_VARIABLES:
        slots = os.environ.get(variable, "")
        if slots.isdigit() and int(slots) > 0:
            return int(slots)
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(affinity, _cgroup_quota() or affinity))


def _cgroup_quota(path: Path = Path("/sys/fs/cgroup/cpu.max")) -> int | None:
    try:
        quota, period = path.read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    preload: tuple[str, ...] = (),
) -> Iterator[Result]:
    """Apply `function` to each item, in `workers` processes, and yield the results in order.

    Args:
        function: A picklable function of one item.
        items: Any iterable; it is read only as far ahead as the workers need.
        workers: 1 runs in this process, more in as many worker processes.
        preload: Modules that the workers import once, before their first item.

    Raises:
        WorkerError: The function raised, or a worker process died. A `MirscanError` comes through as it is.
    """
    if workers <= 1:
        yield from _in_process(function, items)
    else:
        yield from _in_pool(function, items, workers, preload)


def prepare(preload: tuple[str, ...]) -> None:
    """Start the server that workers are forked from, which imports some modules for all of them.

    `ordered_map` does so as well; who calls this earlier has workers sooner.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload([tidying.__name__, *preload])
    with _signals(signal.SIG_IGN, signal.SIGINT):  # workers inherit that Ctrl-C is the parent's to handle
        os.environ[tidying.FOLDER] = _temporary_folder()
        try:
            ensure_running()
        finally:
            del os.environ[tidying.FOLDER]


def _temporary_folder() -> str:
    """The folder of the sockets: under $TMPDIR, unless its name leaves no room for theirs."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > LONGEST_TEMPORARY and os.access(SHORT_TEMPORARY, os.W_OK):
        tempfile.tempdir = SHORT_TEMPORARY
    try:
        return get_temp_dir()
    finally:
        tempfile.tempdir = usual


def _in_process(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    for item in items:
        try:
            result = function(item)
        except MirscanError:
            raise
        except Exception as error:
            raise _failed(error) from error
        yield result


def _in_pool(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, preload: tuple[str, ...]
) -> Iterator[Result]:
    prepare(preload)
    context = multiprocessing.get_context("forkserver")  # torch and threads never fork
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    pending: deque[Future[Result]] = deque()
    finished = False
    try:
        for item in items:
            with _whole():
                pending.append(pool.submit(function, item))
            if len(pending) >= AHEAD * workers:
                yield _outcome(pending.popleft())
        while pending:
            yield _outcome(pending.popleft())
        finished = True
    except BrokenProcessPool as error:
        raise _killed() from error
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _whole() -> Iterator[None]:
    """What starts a worker is not interrupted half-way: nobody would know of the worker."""
    came: list[int] = []
    with _signals(lambda number, _: came.append(number), *INTERRUPTING):
        yield
    for number in came:
        signal.raise_signal(number)


@contextmanager
def _signals(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    """Another handler for those signals that Python handles, in the thread that handles them."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in numbers if main}
    ours = {number: own for number, own in before.items() if callable(own)}
    for number in ours:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, own in ours.items():
            signal.signal(number, own)


def _outcome(future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise _killed() from error
    except MirscanError:
        raise
    except Exception as error:
        raise _failed(error) from error


def _killed() -> WorkerError:
    return WorkerError(
        "worker process",
        "ended without a word (killed, or out of memory)",
        hint=FEWER,
    )


def _failed(error: Exception) -> WorkerError:
    if isinstance(error, MemoryError):
        return WorkerError("worker process", "ran out of memory", hint=FEWER)
    return WorkerError("worker process", f"{type(error).__name__}: {error}")


def _start_worker() -> None:
    # Ctrl-C is the parent's to handle; a worker whose parent is gone, however it went, must not stay behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    wait([sentinel])
    tidying.remove(get_temp_dir())  # which a killed parent leaves behind
    os._exit(1)
