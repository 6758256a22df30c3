"""The conda recipe and the Dockerfile: parsed, linted, and held against pyproject.toml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.external import ROOT, WRAPPERS, tool
from jinja2 import Template

from mirscan import __version__

CONDA_NAMES = {"torch": "pytorch"}
DOCKERFILE = WRAPPERS / "docker" / "Dockerfile"


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    text = (WRAPPERS / "conda" / "meta.yaml").read_text()
    rendered = Template(text).render(
        PYTHON="python", pin_subpackage=lambda name, max_pin: f"{name} {max_pin}"
    )
    return yaml.safe_load(rendered)


def needed() -> set[str]:
    """What pyproject.toml asks for, in conda's names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    splits = [re.fullmatch(r"([\w-]+)(>=[\d.]+)", each) for each in project["dependencies"]]
    return {f"{CONDA_NAMES.get(each[1], each[1])} {each[2]}" for each in splits if each} | {
        f"python {project['requires-python']}"
    }


def test_the_recipe_asks_for_what_the_project_asks_for(recipe: dict[str, Any]) -> None:
    assert set(recipe["requirements"]["run"]) == needed()
    assert recipe["package"]["version"] == __version__
    assert recipe["build"]["noarch"] == "python"
    assert recipe["build"]["run_exports"] == ["mirscan x.x"]


def test_the_recipe_finds_its_files_and_entry_point(recipe: dict[str, Any]) -> None:
    source = (WRAPPERS / "conda" / recipe["source"]["path"]).resolve()
    assert source == ROOT
    assert (source / recipe["about"]["license_file"]).is_file()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert recipe["build"]["entry_points"] == [f"{name} = {target}" for name, target in scripts.items()]


@pytest.mark.slow
def test_the_recipe_s_own_test_passes(recipe: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mirscan").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mirscan "$@"\n')
    (tmp_path / "mirscan").chmod(0o755)
    environment = {**os.environ, "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])}
    lines = [f"{sys.executable} -c 'import {name}'" for name in recipe["test"]["imports"]]
    script = "\n".join([*lines, *recipe["test"]["commands"]])
    done = subprocess.run(
        ["sh", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([tool("hadolint"), str(DOCKERFILE)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_dockerfile_copies_is_there() -> None:
    copied = [line.split()[1:-1] for line in DOCKERFILE.read_text().splitlines() if line.startswith("COPY ")]
    assert copied
    assert all((ROOT / name).exists() for names in copied for name in names)


def test_the_image_carries_its_machine_code() -> None:
    text = DOCKERFILE.read_text()
    assert "NUMBA_CACHE_DIR" not in text, "only the folder beside the package is read by every user"
    assert text.index("mirscan scan /tmp/demo.fa") < text.index("USER 1000")


def test_what_goes_to_an_index_has_no_relative_links(tmp_path: Path) -> None:
    program = re.search(r"<<'PYTHON'\n(.*?)PYTHON\n", (ROOT / ".ci" / "package").read_text(), re.DOTALL)
    assert program
    page = tmp_path / "README.md"
    page.write_text((ROOT / "README.md").read_text())
    subprocess.run(
        [sys.executable, "-", str(page), "https://example.org/x"], input=program[1], text=True, check=True
    )
    links = re.findall(r"\]\(([^)]*)\)", page.read_text())
    assert "https://example.org/x/docs/explain.svg" in links
    assert all(link.startswith(("https://", "#")) for link in links)


def test_every_package_is_installed_and_its_data_with_it() -> None:
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("mirscan/**/__init__.py")}
    assert set(installed["packages"]) == there | {"mirscan.weights"}
    homes = {package: ROOT / package.replace(".", "/") for package in installed["package-data"]}
    homes |= {package: ROOT / folder for package, folder in installed["package-dir"].items()}
    covered = {
        path
        for package, patterns in installed["package-data"].items()
        for pattern in patterns
        for path in homes[package].glob(pattern)
    }
    not_data = (".py", ".pyc", ".nbi", ".nbc")
    data = {
        path
        for home in (ROOT / "mirscan", ROOT / "weights")
        for path in home.rglob("*")
        if path.is_file() and path.suffix not in not_data
    }
    assert data <= covered
