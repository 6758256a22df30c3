"""Work in order over processes. Knows no biology.

`ordered_map` submits at most a few items a worker ahead of the consumer, so that memory is bounded and a slow
consumer holds the workers back; results come in the order of the items whatever the number of workers.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import get_temp_dir
from types import FrameType
from typing import Any, Generic, TypeVar
from warnings import warn

from mirscan.errors import MirscanError, MirscanWarning, WorkerError
from mirscan.runtime import fork_server
from mirscan.runtime.worker_environment import for_workers, temporary_folder, variables

Item = TypeVar("Item")
Result = TypeVar("Result")
Handler = Callable[[int, FrameType | None], Any] | signal.Handlers

AHEAD = 3  # items submitted a worker: one running, two waiting, so that no worker idles
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FEWER = "Nothing was written; try again with fewer `threads`."
ALONE = "With `threads` 1 no worker processes are needed."
SERVER_GONE = 255  # the exit status of a worker whose server ended before it


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    preload: tuple[str, ...] = (),
    place: Callable[[Item], str] | None = None,
) -> Iterator[Result]:
    """Apply `function` to each item, in `workers` processes, and yield the results in order.

    Where the system gives no worker processes, for want of semaphores, this process does the work, after a
    `MirscanWarning`: the results are the same.

    Args:
        function: A picklable function of one item.
        items: Any iterable; it is read only as far ahead as the workers need.
        workers: 1 runs in this process, more in as many worker processes.
        preload: Modules that the workers import once, before their first item.
        place: A picklable function that says which file and which part of it an item is, for errors.

    Raises:
        WorkerError: The function raised, or a worker process died. A `MirscanError` comes through as it is.
    """
    work = _Work(function, place)
    if workers <= 1:
        yield from map(work, items)
        return
    try:
        with for_workers():
            pool = ProcessPoolExecutor(workers, _forkserver(), initializer=_start_worker)
    except (OSError, ImportError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        warn(MirscanWarning(f"no worker processes ({reason}): this process works alone"), stacklevel=2)
        yield from map(work, items)
    else:
        yield from _in_pool(pool, work, items, workers, preload)


@dataclass(frozen=True, slots=True)
class _Work(Generic[Item, Result]):
    """A function whose exceptions say where they arose, and survive the way to another process."""

    function: Callable[[Item], Result]
    place: Callable[[Item], str] | None

    def __call__(self, item: Item) -> Result:
        try:
            return self.function(item)
        except MirscanError:
            raise
        except (Exception, SystemExit) as error:
            where = f"worker process, {self.place(item)}" if self.place else "worker process"
            raise _failed(where, error) from error


def _forkserver() -> BaseContext:
    return multiprocessing.get_context("forkserver")  # torch and threads never fork


def prepare(preload: tuple[str, ...]) -> None:
    """Start the server that workers are forked from, which imports some modules for all of them.

    `ordered_map` does so as well; who calls this earlier has workers sooner.

    Raises:
        WorkerError: The system does not start it.
    """
    _forkserver().set_forkserver_preload([fork_server.__name__])
    asked = {fork_server.FOLDER: temporary_folder(), fork_server.IMPORTS: ",".join([__name__, *preload])}
    try:
        with (
            _signals(signal.SIG_IGN, signal.SIGINT),  # workers inherit that Ctrl-C is the parent's to handle
            for_workers(),
            variables(asked),
        ):
            ensure_running()
    except (OSError, EOFError) as error:
        raise _not_started(error) from error


def _not_started(error: Exception) -> WorkerError:
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return WorkerError("worker processes", f"cannot be started ({reason})", hint=ALONE)


def _in_pool(
    pool: ProcessPoolExecutor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    preload: tuple[str, ...],
) -> Iterator[Result]:
    others = set(multiprocessing.active_children())
    started: set[BaseProcess] = set()
    pending: deque[Future[Result]] = deque()
    finished = False
    try:
        prepare(preload)
        for item in items:
            pending.append(_submitted(pool, work, item))
            if len(started) < workers:
                started |= set(multiprocessing.active_children()) - others
            if len(pending) >= AHEAD * workers:
                yield _outcome(pending.popleft())
        while pending:
            yield _outcome(pending.popleft())
        finished = True
    except BrokenProcessPool as error:
        pool.shutdown(wait=True)  # then every worker has its exit status
        raise _ended([process.exitcode for process in started], error) from error
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        with suppress(RuntimeError):  # a thread of the pool that could not be started cannot be waited for
            pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, work: Callable[[Item], Result], item: Item) -> Future[Result]:
    try:
        packed = bytes(ForkingPickler.dumps((work, item)))
        with _whole(), for_workers():
            return pool.submit(_run, packed)
    except BrokenProcessPool:
        raise
    except (OSError, EOFError, RuntimeError) as error:  # no thread, no process, or the server is gone
        raise _not_started(error) from error


def _run(packed: bytes) -> Any:
    """What a worker does with a function and an item, unpacked here, where its errors are caught."""
    try:
        work, item = ForkingPickler.loads(packed)
    except Exception as error:
        raise _failed("worker process", error) from error
    return work(item)


def _outcome(future: Future[Any]) -> Any:
    try:
        return future.result()
    except (BrokenProcessPool, MirscanError):
        raise
    except Exception as error:  # a result that cannot travel
        raise _failed("worker process", error) from error


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
    ours = {number: handler_before for number, handler_before in before.items() if callable(handler_before)}
    for number in ours:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler_before in ours.items():
            signal.signal(number, handler_before)


def _ended(statuses: Sequence[int | None], error: BrokenProcessPool) -> WorkerError:
    """What to say of workers of which one ended; the others were then ended by SIGTERM, by Python."""
    failures = [status for status in statuses if status not in (None, 0, -signal.SIGTERM)]
    ended_by_us = -signal.SIGTERM in statuses and not error.__cause__
    status = failures[0] if failures else -signal.SIGTERM if ended_by_us else 0
    if status == -signal.SIGKILL:
        return WorkerError("worker process", "ended without a word (killed, or out of memory)", hint=FEWER)
    if status == SERVER_GONE:
        return WorkerError("worker processes", "lost the process that they are forked from", hint=FEWER)
    if status < 0:
        return WorkerError("worker process", f"was ended by {signal.Signals(-status).name}", hint=FEWER)
    if status > 0:
        return WorkerError("worker process", f"ended with exit status {status}", hint=FEWER)
    words = str(error.__cause__ or error).strip(" \n'").splitlines()
    return WorkerError("worker process", words[-1], hint=FEWER)


def _failed(where: str, error: BaseException) -> WorkerError:
    if isinstance(error, MemoryError):
        return WorkerError(where, "ran out of memory", hint=FEWER)
    return WorkerError(where, f"{type(error).__name__}: {error}")


def _start_worker() -> None:
    # Ctrl-C is the parent's to handle; a worker whose parent is gone, however it went, must not stay behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    wait([sentinel])
    fork_server.remove(get_temp_dir())  # which a killed parent leaves behind
    os._exit(1)
