"""Where the cache is of a user who has a home, has none, or has one that is closed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mirscan.runtime import user_folders
from mirscan.runtime.user_folders import cache_folder, private_folder


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    private_folder.cache_clear()
    return folder


def test_a_home_has_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "mirscan"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "mirscan"


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null"])
def test_without_a_usable_home_it_is_private_and_temporary(
    home: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setattr(user_folders.os, "access", lambda path, mode: not str(path).startswith("/proc"))
    folder = cache_folder()
    assert folder == temporary / f"mirscan-{os.getuid()}"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_private_folder_that_others_can_write_to_is_none(temporary: Path) -> None:
    (temporary / f"mirscan-{os.getuid()}").mkdir(mode=0o777)
    (temporary / f"mirscan-{os.getuid()}").chmod(0o777)
    assert private_folder() is None


def test_no_home_at_all_is_no_folder_named_so(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_folders, "user_cache_dir", lambda *_, **__: "~/.cache/mirscan")
    assert cache_folder() == temporary / f"mirscan-{os.getuid()}"


@pytest.mark.skipif(os.getuid() != 0, reason="takes the number of a user that does not exist")
def test_an_unknown_user_leaves_nothing_where_they_work(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    environment = {name: os.environ[name] for name in os.environ if name not in ("HOME", "XDG_CACHE_HOME")}
    code = (
        "import os; from mirscan.data.store import Store; from mirscan.runtime import machine_code;"
        "from pathlib import Path; os.setuid(54321); print(Store().root);"
        "list(machine_code.folders(Path(machine_code.__file__)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("mirscan-54321/data")
    assert not list(here.iterdir())
