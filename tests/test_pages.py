"""README and docs say what the results say, and their command lines run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from helpers.external import tool

from benchmarks.tools import doc_examples
from benchmarks.tools.doc_examples import (
    ELSEWHERE,
    LONGEST,
    MOST,
    OTHER_WEIGHTS,
    Block,
    blocks,
    check,
    check_options,
    fits,
    runnable,
    shortened,
    weights,
)
from benchmarks.tools.pages import pages
from benchmarks.tools.results import ROOT
from mirscan.evidence.registry import DEFAULT
from mirscan.writers.columns import names


def test_the_tables_are_those_of_the_results() -> None:
    command = [sys.executable, "-m", "benchmarks.tools.doc_tables", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or "run python -m benchmarks.tools.doc_tables"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_line_runs_and_prints_what_it_says() -> None:
    command = [sys.executable, "-m", "benchmarks.tools.doc_examples", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(done.stderr)
    assert done.returncode == 0, done.stderr
    if OTHER_WEIGHTS in done.stdout:
        pytest.skip(f"every line ran; {OTHER_WEIGHTS}")


def test_lines_that_run_elsewhere_have_a_reason_and_options_that_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [block for page in pages() for block in blocks(page.read_text())]
    assert len(found) > 10
    assert sum(block.printed is not None for block in found) > 5
    here = [line for block in found if block.kind == "sh" for line in runnable(block.code)]
    assert any(line.startswith("mirscan scan") for line in here)
    said = capsys.readouterr().err
    assert all(f"         {reason}" in said for start, reason in ELSEWHERE.items()), "a reason without a line"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
        found = (page.parent / target).resolve()
        assert found.exists(), target
        assert page.parent == ROOT or found.parent == page.parent, f"{target} is no part of the site"


def test_the_readme_cuts_the_columns_that_it_shows() -> None:
    text = (ROOT / "README.md").read_text()
    cut = re.search(r"cut -f ([\d,]+)\n```\n\n```text\n(.*)\n", text)
    assert cut
    there = names({"evidence": ",".join(DEFAULT)})
    assert [there[int(number) - 1] for number in cut[1].split(",")] == cut[2].split("\t")


def test_the_site_has_every_page() -> None:
    named = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in pages()[1:])


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= 12_000


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    command = [tool("zensical"), "build", "--strict"]
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    settings = shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    site = tmp_path / yaml.safe_load(Path(settings).read_text())["site_dir"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [path.stem for path in (ROOT / "docs").glob("*.md") if path.stem != "index"]
    assert all((site / page / "index.html").exists() for page in pages)
    with (tmp_path / "docs" / "guide.md").open("a") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0, "a link that leads nowhere ends the build"


def test_an_option_that_does_not_exist_is_found() -> None:
    check_options("mirscan train scan --data nowhere --out runs/scan")
    with pytest.raises(click.NoSuchOption):
        check_options("mirscan train scan --date nowhere --out runs/scan")
    with pytest.raises(click.UsageError):
        check_options("mirscan train everything")


@pytest.mark.parametrize(
    ("said", "printed", "well"),
    [
        ("a 1\n", "a 1\n", True),
        ("a 1\n", "a 2\n", False),
        ("a …\nb\n", "a 17 (x)\nb\n", True),
        ("hits    4\nseconds     5.7\n", "hits    4\nseconds    11.2\n", True),
        ("hits    4\nseconds     5.7\n", "hits    5\nseconds     5.7\n", False),
        ("Mb/s   0.1\n", "Mb/s   0.2\nmore\n", False),
    ],
)
def test_seconds_may_differ_and_dots_stand_for_anything(said: str, printed: str, well: bool) -> None:
    assert fits(said, printed) is well


def test_a_misfit_is_an_error_unless_other_weights_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    misfits = {Block("sh", "mirscan models\n", "old\n", ""): "new\n"}
    monkeypatch.setattr(doc_examples, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text(f"<!-- examples: weights {weights()} -->\n")
    check({})
    with pytest.raises(SystemExit, match="new\nand not\nold"):
        check(misfits)
    (tmp_path / "README.md").write_text("<!-- examples: weights 0123 -->\n")
    check(misfits)
    assert OTHER_WEIGHTS in capsys.readouterr().out


def test_long_lines_and_long_outputs_are_cut() -> None:
    cut = shortened("x" * 500 + "\n" + "y  \n" * 30).splitlines()
    assert cut[0] == "x" * LONGEST + "…"
    assert cut[1] == "y"
    assert (len(cut), cut[-1]) == (MOST + 1, "…")
