"""How many processors there are for us."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirscan.runtime.cpus import SLOT_VARIABLES, available_cpus, cgroup_quota


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in SLOT_VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    "variable",
    ["GALAXY_SLOTS", "SLURM_CPUS_PER_TASK", "NSLOTS", "PBS_NP", "NCPUS", "PBS_NUM_PPN", "LSB_DJOB_NUMPROC"],
)
def test_cpus_follow_the_scheduler(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "37")
    assert available_cpus() == 37
    monkeypatch.delenv(variable)
    usual = available_cpus()
    for nonsense in ("", "0", "many", "-1"):
        monkeypatch.setenv(variable, nonsense)
        assert available_cpus() == usual


def test_the_scheduler_nearest_to_the_job_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCPUS", "41")
    monkeypatch.setenv("GALAXY_SLOTS", "3")
    assert available_cpus() == 3


@pytest.mark.parametrize(
    ("of_us", "files", "quota"),
    [
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000"}, 3),
        ("0::/a/b\n", {"a/b/cpu.max": "600000 100000", "a/cpu.max": "800000 100000"}, 6),
        (
            "9:memory:/x\n4:cpu,cpuacct:/x\n",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "400000", "cpu,cpuacct/x/cpu.cfs_period_us": "100000"},
            4,
        ),
        ("4:cpu:/x/y\n", {"cpu/x/cpu.cfs_quota_us": "200000", "cpu/x/cpu.cfs_period_us": "100000"}, 2),
        ("4:cpu:/gone\n", {"cpu/cpu.cfs_quota_us": "500000", "cpu/cpu.cfs_period_us": "100000"}, 5),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("nonsense\n", {"cpu.max": "many things here"}, None),
        (None, {}, None),
    ],
)
def test_the_quota_of_control_groups(
    of_us: str | None, files: dict[str, str], quota: int | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if of_us is not None:
        (tmp_path / "of_us").write_text(of_us)
    assert cgroup_quota(tmp_path / "root", tmp_path / "of_us") == quota
