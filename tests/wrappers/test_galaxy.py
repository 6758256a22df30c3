"""The Galaxy tools: linted by planemo, their own tests run, and nothing of a text reaches the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helpers.external import HELPERS, TOOLS, WRAPPERS, tool

from mirscan import __version__

GALAXY = WRAPPERS / "galaxy"
XML = ["mirscan_scan", "mirscan_predict", "mirscan_explain", "mirscan_train"]
HOSTILE = [
    "chr1'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "a\ntouch pwned\n",
    "a & touch pwned | cat > pwned",
    "\\'; touch pwned #",
]


def run(name: str, folder: Path, program: Path, **overrides: str) -> list[dict[str, Any]]:
    """Run the tests of a tool with the `mirscan` of a folder first on the PATH."""
    if not (TOOLS / "planemo").exists():
        tool("planemo")  # skips, or it is installed elsewhere and brings no Python that can be named
        pytest.skip("needs .venv-wrappers; `sh .ci/setup wrappers` makes it")
    command = [
        str(TOOLS / "python"),
        "galaxy_runner.py",
        str(GALAXY / f"{name}.xml"),
        str(folder),
    ]
    environment = {**os.environ, "PATH": os.pathsep.join([str(program), os.environ["PATH"]])}
    done = subprocess.run(
        command,
        cwd=HELPERS,
        input=json.dumps(overrides),
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def listener(tmp_path: Path) -> Path:
    """A folder with a `mirscan` that only notes its arguments, one a line, in the file `heard`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "mirscan").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > heard\n')
    (folder / "mirscan").chmod(0o755)
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "mirscan").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mirscan "$@"\n')
    (folder / "mirscan").chmod(0o755)
    return folder


@pytest.mark.slow
def test_planemo_finds_nothing_to_say(tmp_path: Path) -> None:
    command = [tool("planemo"), "--directory", str(tmp_path), "lint", "--fail_level", "warn", str(GALAXY)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path)})
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count("Linting tool") == len(XML)
    assert not [line for line in said.splitlines() if "WARN" in line or "ERROR" in line]


@pytest.mark.slow
def test_a_text_stays_one_word_of_the_command(listener: Path, tmp_path: Path) -> None:
    regions = {f"regions_{at}|region": text for at, text in enumerate(HOSTILE)}
    run("mirscan_scan", tmp_path / "scan", listener, **regions)
    heard = (tmp_path / "scan" / "0" / "heard").read_text().splitlines()
    words = [word for option, word in pairwise(heard) if option == "--region"]
    assert words == [text.replace("'", "").replace("\n", "") for text in HOSTILE]
    assert heard[-1] == "1", "the number of threads ends the line"
    ids = {f"what|ids_{at}|id": text for at, text in enumerate(HOSTILE)}
    run("mirscan_explain", tmp_path / "explain", listener, **ids)
    assert (tmp_path / "explain" / "0" / "heard").exists()
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.slow
def test_a_place_that_is_an_option_is_refused(listener: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="refused"):
        run(
            "mirscan_explain",
            tmp_path / "x",
            listener,
            **{"what|kind": "places", "what|places_0|place": "--force"},
        )


@pytest.mark.slow
def test_the_test_data_are_what_their_script_makes(tmp_path: Path) -> None:
    data = GALAXY / "test-data"
    subprocess.run([sys.executable, str(WRAPPERS / "make_test_data.py"), str(tmp_path)], check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {path.name for path in data.iterdir()} == {*made, "mirscan_models.loc"}
    hits, old = (json.loads(found) for found in (made.pop("hits.json"), (data / "hits.json").read_bytes()))
    assert made == {name: (data / name).read_bytes() for name in made}, "run wrappers/make_test_data.py"
    # another model gives other scores, but the same kind of file
    assert [hit.keys() for hit in hits["hits"]] == [hit.keys() for hit in old["hits"]]
    assert hits["format_version"] == old["format_version"]


def test_the_wrapped_version_is_this_one() -> None:
    assert f'name="@TOOL_VERSION@">{__version__}<' in (GALAXY / "macros.xml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", XML)
def test_the_tests_of_the_tools_pass(name: str, program: Path, tmp_path: Path) -> None:
    for test in run(name, tmp_path / "work", program):
        assert not test["failures"], test


@pytest.mark.slow
def test_a_model_trained_in_galaxy_scores_in_galaxy(program: Path, tmp_path: Path) -> None:
    run("mirscan_train", tmp_path / "train", program)
    model = {"model|source": "history", "model|zip": str(tmp_path / "train" / "0" / "model.zip")}
    for test in run("mirscan_predict", tmp_path / "predict", program, **model):
        assert test["code"] == 0, test
    assert len((tmp_path / "predict" / "0" / "scores.tsv").read_text().splitlines()) == 9
