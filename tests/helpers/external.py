"""Programs that are not ours, which tests of the wrappers run where they are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parent
ROOT = HELPERS.parents[1]
WRAPPERS = ROOT / "wrappers"
TOOLS = ROOT / ".venv-wrappers" / "bin"  # `sh .ci/setup wrappers` makes it


def tool(name: str) -> str:
    """The path of a program; the test that asks for one that is not installed is skipped."""
    found = shutil.which(name, path=str(TOOLS)) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}; `sh .ci/setup wrappers` installs it")
    return found
