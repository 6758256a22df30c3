"""How many processors a process may use: what a scheduler gave it, its container allows, its affinity has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# What schedulers say in the environment of a job: Galaxy, Slurm, Grid Engine, PBS and Torque, LSF.
SLOT_VARIABLES = (
    *("GALAXY_SLOTS", "SLURM_CPUS_PER_TASK", "NSLOTS", "PBS_NP", "NCPUS", "PBS_NUM_PPN"),
    *("LSB_DJOB_NUMPROC", "LSB_MAX_NUM_PROCESSORS"),
)
CGROUPS = Path("/sys/fs/cgroup")
CGROUP_OF_US = Path("/proc/self/cgroup")


def available_cpus() -> int:
    """The processors that this process may use: scheduler's slots, cgroup quota and affinity respected."""
    for variable in SLOT_VARIABLES:
        slots = os.environ.get(variable, "").strip()
        if slots.isdecimal() and int(slots) > 0:
            return int(slots)
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(affinity, cgroup_quota() or affinity))


def cgroup_quota(root: Path = CGROUPS, of_us: Path = CGROUP_OF_US) -> int | None:
    """The processors that the control groups of this process allow, the least of all levels; None for any.

    Args:
        root: Where the groups are mounted, those of version 1 below the names of their controllers.
        of_us: The file that names the groups of this process.
    """
    quotas = [quota for folder in _groups(root, of_us) for quota in (_version_2(folder), _version_1(folder))]
    return min((max(1, int(quota)) for quota in quotas if quota is not None), default=None)


def _groups(root: Path, of_us: Path) -> Iterator[Path]:
    """The folders of our groups and of all above them; inside a container they may be the mount itself."""
    try:
        lines = of_us.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in [*lines, "0::/", "0:cpu:/", "0:cpu,cpuacct:/"]:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        for top in [root / controllers, root / "cpu"] if controllers else [root]:
            group = top / path.strip("/")
            while group != top and top in group.parents:
                yield group
                group = group.parent
            yield top


def _version_2(group: Path) -> float | None:
    words = _words(group / "cpu.max")
    return _ratio(words[0], words[1]) if len(words) == 2 else None


def _version_1(group: Path) -> float | None:
    quota, period = (_words(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return _ratio(quota[0], period[0]) if quota and period else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return []


def _ratio(quota: str, period: str) -> float | None:
    """Processors; None where the quota is `max` or -1, which allow any."""
    allowed = quota.isdecimal() and period.isdecimal() and int(quota) > 0 and int(period) > 0
    return int(quota) / int(period) if allowed else None
