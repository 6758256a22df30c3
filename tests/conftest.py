"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from mirscan.explanation.content import Explanation
    from mirscan.explanation.explainer import Explainer

# Threads of PyTorch that wait for each other sleep: on a busy machine, spinning costs more than the tests do.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# A hang is for pytest-timeout to find; how long one example takes says more of the machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

HELPERS = Path(__file__).resolve().parent / "helpers"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what there is to compile before any test is timed, and before xdist starts its workers."""
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        subprocess.run([sys.executable, str(HELPERS / "compile_all.py")], check=True)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """No test leaves its threads of PyTorch to the next, where they would wait for each other."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's data folder beside the checkout; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the paper's network with seeded, untrained weights: good for all but accuracy."""
    import torch

    from mirscan.models import build
    from mirscan.scoring.checkpoint import Card, save

    torch.manual_seed(7)
    network = build("lstm2-attention", {})
    with torch.no_grad():  # spread, so that scores differ where the paper's ±0.05 would give 0.5 for all
        for parameter in network.parameters():
            parameter.mul_(12)
    folder = tmp_path_factory.mktemp("models") / "untrained"
    save(folder, Card(kind="lstm", architecture="lstm2-attention"), network.state_dict())
    return folder


@pytest.fixture(scope="session")
def scanned(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `genome.fa`, 900 bases around one precursor, and all its scored hairpins as `hits.*`."""
    from mirscan.cli import main
    from mirscan.demo import example_genome

    folder = tmp_path_factory.mktemp("scanned")
    dna, planted = example_genome()
    start = planted[-1].start
    (folder / "genome.fa").write_text(f">demo\n{dna['demo3'][start - 400 : start + 500]}\n")
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in ("json", "tsv", "tsv.gz", "gff3")]
    common = ["--model", str(untrained), "--threads", "1", "--min-score", "0", "--quiet"]
    assert main(["scan", str(folder / "genome.fa"), *outputs, *common]) == 0
    return folder


@pytest.fixture(scope="session")
def explainer() -> Explainer:
    """The shipped models, loaded to explain."""
    from mirscan.explanation.explainer import Explainer
    from mirscan.explanation.request import ExplainRequest

    return Explainer(ExplainRequest(device="cpu"))


@pytest.fixture(scope="session")
def turned(explainer: Explainer, tmp_path_factory: pytest.TempPathFactory) -> list[Explanation]:
    """A precursor and a small hairpin, with what would turn the decisions; it takes seconds."""
    from mirscan.demo import PRECURSORS
    from mirscan.explanation.hairpins import of_fasta

    path = tmp_path_factory.mktemp("turned") / "hairpins.fa"
    path.write_text(f">mir-17\n{PRECURSORS['hsa-mir-17']}\n>tiny\nGGCUAGCUAAGCGAAAGCUUAGCUAGCC\n")
    return list(explainer.explain(of_fasta(str(path)).subjects, what_if=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; tests skip where it or its driver is missing."""
    webdriver = pytest.importorskip("selenium.webdriver")
    paths = shutil.which("chromium"), shutil.which("chromedriver")
    if None in paths:
        pytest.skip("needs chromium and chromedriver, which are not here")
    wanted = webdriver.ChromeOptions()
    wanted.binary_location = paths[0]
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        wanted.add_argument(argument)
    wanted.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=wanted, service=webdriver.ChromeService(paths[1]))
    yield driver
    driver.quit()
