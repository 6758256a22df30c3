"""Signals that ask a process to end, treated as Ctrl-C is: what is temporary goes, what is done stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals(received: list[signal.Signals]) -> Iterator[None]:
    """While it lasts, SIGTERM and SIGHUP raise KeyboardInterrupt, once, and are added to `received`.

    A signal that somebody ignores (nohup) or handles keeps that; so do all outside the main thread.
    """

    def end(number: int, _: FrameType | None) -> None:
        for each in ours:
            signal.signal(each, signal.SIG_IGN)  # the end is under way; let it come to its end
        received.append(signal.Signals(number))
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    ours = [each for each in ENDING if main and signal.getsignal(each) is signal.SIG_DFL]
    for each in ours:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)
