"""Processes of this machine as /proc has them: sessions, workers of mirscan, semaphores that nobody holds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def _stat(pid: int) -> list[str]:
    """What follows the name in /proc/PID/stat: state, parent, group, session, …; empty for no process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def ended(pid: int) -> bool:
    """Whether a process is gone, or waits for its parent to hear of it."""
    return _stat(pid)[:1] in ([], ["Z"])


def session(leader: int) -> list[int]:
    """The processes of a session that have not ended."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    stats = ((pid, _stat(pid)) for pid in pids)
    return [pid for pid, stat in stats if stat and stat[0] != "Z" and stat[3] == str(leader)]


def is_worker(pid: int) -> bool:
    """Whether a process is a child of the fork server."""
    parent = _stat(pid)[1:2]
    try:
        return bool(parent) and b"forkserver" in Path(f"/proc/{parent[0]}/cmdline").read_bytes()
    except OSError:
        return False


def semaphores_of_nobody() -> set[str]:
    """Named semaphores of Python's that no process has open."""
    named = {str(path.stat().st_ino): path.name for path in Path("/dev/shm").glob("sem.mp-*")}
    for maps in Path("/proc").glob("[0-9]*/maps") if named else ():
        with suppress(OSError):
            for row in maps.read_text().splitlines():
                if "/dev/shm/sem." in row:
                    named.pop(row.split()[4], None)
    return set(named.values())
