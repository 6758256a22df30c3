"""Machine code is kept wherever it can be, read wherever it is, and compiled anew where it is damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mirscan.errors import MirscanWarning
from mirscan.runtime import machine_code
from mirscan.runtime.compiled import compiled
from mirscan.runtime.identity import identity

STEP = 3
MODULE = """
import warnings, sys
sys.path.insert(0, sys.argv[1])
import kernels
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    print(kernels.outer(4), len(kernels.outer.stats.cache_hits), *(str(one.message) for one in said), sep="|")
"""
KERNELS = """
from mirscan.runtime.compiled import compiled
STEP = 3
@compiled(inner=True)
def added(x):
    return x + STEP
@compiled()
def outer(x):
    return 2 * added(x)
"""


@compiled(inner=True)
def added(x: int) -> int:
    return x + STEP


@compiled()
def outer(x: int) -> int:
    return 2 * added(x)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "kernels.py").write_text(KERNELS)
    return folder


def run(package: Path, **environment: str) -> tuple[str, str, str]:
    """What `outer(4)` is, how often it was loaded from kept code, and what was warned of."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "HOME"}}
    done = subprocess.run(
        [sys.executable, "-B", "-c", MODULE, str(package)],
        env={**kept, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    value, hits, *said = done.stdout.strip().split("|")
    return value, hits, "|".join(said)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.nb[ci]") if path.is_file()]


def test_code_is_kept_beside_the_source_and_loaded_from_there(package: Path) -> None:
    assert run(package) == ("14", "0", "")
    assert len(files(package / "__pycache__")) == 2  # of `outer` alone, an index and its code
    assert run(package) == ("14", "1", "")


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [("STEP = 3", "STEP = 5", "18"), ("x + STEP", "x - STEP", "2"), ("return 2 *", "return 4 *", "28")],
)
def test_what_is_compiled_in_makes_code_stale(package: Path, before: str, after: str, value: str) -> None:
    run(package)
    (package / "kernels.py").write_text(KERNELS.replace(before, after))
    assert run(package)[:2] == (value, "0")


CUT_OFF = """
import os, sys
sys.path.insert(0, sys.argv[1])
from numba.core.caching import IndexDataCacheFile
IndexDataCacheFile._save_data = lambda *_: os._exit(7)
import kernels
kernels.outer(4)
"""


def test_stale_code_is_never_loaded_while_new_code_is_being_kept(package: Path) -> None:
    run(package)
    (package / "kernels.py").write_text(KERNELS.replace("STEP = 3", "STEP = 5"))
    done = subprocess.run([sys.executable, "-B", "-c", CUT_OFF, str(package)])
    assert done.returncode == 7  # the index is written, the code is not
    assert run(package) == ("18", "0", "")


def test_comments_do_not(package: Path) -> None:
    run(package)
    (package / "kernels.py").write_text(f"# Twice the sum.\n\n{KERNELS}")
    assert run(package) == ("14", "1", "")


def read_only(package: Path) -> None:
    if os.getuid() == 0:  # for whom nothing is: a file stands where the folder would
        (package / "__pycache__").write_text("")
    else:
        package.chmod(0o555)


def test_code_goes_to_the_user_where_the_package_cannot_be_written_to(package: Path, tmp_path: Path) -> None:
    read_only(package)
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    assert run(package, **environment) == ("14", "0", "")
    assert not list(tmp_path.glob("mirscan-*"))
    assert files(tmp_path / "cache" / "mirscan" / "compiled")
    assert run(package, **environment) == ("14", "1", "")


def test_without_a_home_it_goes_to_a_private_temporary_folder(package: Path, tmp_path: Path) -> None:
    read_only(package)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "file").touch()
    environment = {"XDG_CACHE_HOME": str(tmp_path / "file" / "no"), "TMPDIR": str(tmp_path / "tmp")}
    assert run(package, **environment) == ("14", "0", "")
    private = tmp_path / "tmp" / f"mirscan-{os.getuid()}"
    assert private.stat().st_mode & 0o777 == 0o700
    assert run(package, **environment) == ("14", "1", "")
    private.chmod(0o777)  # where others may write, nothing is read that is run
    value, hits, said = run(package, **environment)
    assert (value, hits) == ("14", "0")
    assert "machine code cannot be kept in" in said
    assert str(package / "__pycache__") in said


def test_what_is_kept_is_read_where_nothing_can_be_written(package: Path, tmp_path: Path) -> None:
    """As in a container that carries it compiled."""
    run(package)
    code = files(package)
    for path in [*code, package / "__pycache__"]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert run(package, XDG_CACHE_HOME=str(tmp_path / "none")) == ("14", "1", "")
    finally:
        (package / "__pycache__").chmod(0o755)


@pytest.mark.parametrize(
    ("left", "suffix"),
    [
        (0, "nbi"),
        (20, "nbc"),
        (-1, "nbi"),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((0, "nbc"), (20, "nbi"), (-1, "nbc"))),
    ],
)
def test_damaged_code_is_compiled_anew_and_said(package: Path, suffix: str, left: int) -> None:
    run(package)
    (damaged,) = package.rglob(f"*.{suffix}")
    damaged.write_bytes(damaged.read_bytes()[:left])
    value, hits, said = run(package)
    assert (value, hits) == ("14", "0")
    assert str(package / "__pycache__") in said
    assert "damaged" in said
    assert run(package) == ("14", "1", "")


def test_damage_is_found_without_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = machine_code.MachineCode(outer)
    monkeypatch.setattr(machine_code, "folders", lambda source: iter([tmp_path]))
    assert not kept.is_kept()
    (tmp_path / "test_machine_code.outer-kernel.py399.nbi").write_bytes(b"")
    assert kept.damaged() is None  # of another Python
    (folder,) = kept._folders
    (tmp_path / f"{folder._impl.filename_base}.nbi").write_bytes(b"")
    assert kept.damaged() == str(tmp_path)
    machine_code.warn_of_damage.cache_clear()
    with pytest.warns(MirscanWarning, match="damaged"):
        machine_code.warn_of_damage(str(tmp_path))


def test_identity_is_the_same_every_time_and_knows_options() -> None:
    assert identity(outer) == identity(outer)
    assert identity(outer) != identity(compiled(error_model="numpy")(outer.py_func))
