"""Fixtures of the tests of reports."""

from __future__ import annotations

import json

import pytest
from helpers.reported import document

from mirscan.cli import main
from mirscan.report.build import Surroundings, report_of


@pytest.fixture(scope="package")
def run(tmp_path_factory):
    """A folder with the results and the page of a scan of two known precursors."""
    folder = tmp_path_factory.mktemp("run")
    assert main(["demo", str(folder / "demo.fa"), "--quiet"]) == 0
    files = [f"-o{folder}/hits.json", f"--summary={folder}/run.json", f"--report={folder}/scan.html"]
    common = ["--region", "demo3", "--known", str(folder / "demo.bed"), "--threads", "1", "--quiet"]
    assert main(["scan", str(folder / "demo.fa"), *files, *common]) == 0
    return folder


@pytest.fixture
def report(run):
    facts = json.loads((run / "run.json").read_text())
    around = Surroundings("hits.json", facts, explain=("hits.json", "--id"), explained="all.html")
    return report_of(document(run), around)
