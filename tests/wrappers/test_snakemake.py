"""The Snakemake workflow, run for real: scattered, killed, run again, and the bytes are those of one scan."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from helpers.external import WRAPPERS, tool

from mirscan.demo import example_genome

WORKFLOW = WRAPPERS / "snakemake" / "workflow" / "Snakefile"
SAMPLE = "a 'sample' $(touch pwned)"
NAME = 'it\'s $(touch pwned) "a" genome.fa'  # nothing of it may reach a shell
KNOWN = "it's $(touch pwned) known.bed"
PATIENCE = 240  # seconds, on a busy machine

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the workflow's configuration, a genome, and a `mirscan` that notes its process."""
    contigs = {f"{name}{seed}": bases for seed in range(4) for name, bases in example_genome(seed)[0].items()}
    (tmp_path / NAME).write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    settings = yaml.safe_load((WRAPPERS / "snakemake" / "config" / "config.yaml").read_text())
    (tmp_path / "config").mkdir()
    own = {"genomes": {SAMPLE: NAME}, "known": {SAMPLE: KNOWN}, "clade": "vertebrates"}
    (tmp_path / "config" / "config.yaml").write_text(yaml.safe_dump({**settings, **own}))
    (tmp_path / KNOWN).write_text("demo10\t27691\t27810\tcel-let-7\t0\t-\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "pids").mkdir()
    program = tmp_path / "bin" / "mirscan"
    program.write_text(f'#!/bin/sh\ntouch "{tmp_path}/pids/$$"\nexec "{sys.executable}" -m mirscan "$@"\n')
    program.chmod(0o755)
    return tmp_path


def snakemake(place: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [tool("snakemake"), "--snakefile", str(WORKFLOW), "--cores", "2", *arguments]
    paths = os.pathsep.join([str(place / "bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": paths, "HOME": str(place)}
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + PATIENCE
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < ends
        time.sleep(0.02)


def kill_a_job_in_the_middle(place: Path, process: subprocess.Popen[str]) -> Path:
    """Kill the first job that adds to its journal; the journal that it leaves."""
    begun: dict[Path, int] = {}

    def grown() -> list[Path]:
        sizes = {path: path.stat().st_size for path in place.glob("results/shards/*.journal")}
        return [path for path, size in sizes.items() if size > begun.setdefault(path, size) > 0]

    wait_for(lambda: bool(grown()), process)
    journal = grown()[0]
    for pid in [int(path.name) for path in (place / "pids").iterdir()]:
        words = Path(f"/proc/{pid}/cmdline")
        if words.exists() and journal.name.removesuffix(".journal") in words.read_text():
            os.kill(pid, signal.SIGKILL)
            return journal
    raise AssertionError("the job that writes the journal is not there")


def test_what_a_shell_is_given_is_quoted_or_a_number() -> None:
    commands = re.findall(r"shell:\n((?: +\".*\"\n)+)", WORKFLOW.read_text())
    assert len(commands) == 3
    given = [name for command in commands for name in re.findall(r"{([^}]*)}", command)]
    numbers = {"threads", "wildcards.part", "wildcards.parts"}
    assert numbers < set(given)
    assert not [name for name in given if not name.endswith(":q") and name not in numbers]
    assert 'part=r"\\d+"' in WORKFLOW.read_text()


@pytest.mark.slow
def test_scattered_killed_and_run_again_it_gives_the_bytes_of_one_scan(place: Path) -> None:
    first = snakemake(place)
    journal = kill_a_job_in_the_middle(place, first)
    first.communicate(timeout=PATIENCE)
    assert first.returncode != 0, "a killed job fails the workflow"
    assert journal.exists()
    assert not (place / "results" / f"{SAMPLE}.json").exists()
    again = snakemake(place, "--rerun-incomplete")
    said = again.communicate(timeout=PATIENCE)[1]
    logs = [path.read_text() for path in place.glob("results/logs/*")]
    assert again.returncode == 0, (said, logs)
    single = [
        "scan",
        NAME,
        "--known",
        KNOWN,
        "--clade",
        "vertebrates",
        "-o",
        "one.json",
        "-o",
        "one.gff3.gz",
        "-o",
        "one.bed",
        "-o",
        "one.tsv",
        "--quiet",
    ]
    subprocess.run([sys.executable, "-m", "mirscan", *single], cwd=place, check=True)
    for kind in ("json", "gff3.gz", "gff3.gz.tbi", "bed", "tsv"):
        assert (place / f"one.{kind}").read_bytes() == (place / f"results/{SAMPLE}.{kind}").read_bytes()
    assert "<html" in (place / "results" / f"{SAMPLE}.html").read_text()
    assert not (place / "pwned").exists()
    assert not list(place.glob("results/shards/*"))


def test_the_line_of_the_documentation_runs_without_a_configuration(place: Path) -> None:
    (place / "config" / "config.yaml").unlink()
    line = re.search(r"--config (.*)", (WRAPPERS.parent / "docs" / "clusters.md").read_text())
    assert line
    (place / "demo.fa").write_text(">a\nACGU\n")
    (place / "demo.bed").write_text("")
    command = [
        tool("snakemake"),
        "--snakefile",
        str(WORKFLOW),
        "--cores",
        "2",
        "--dry-run",
        "--printshellcmds",
    ]
    where = {"cwd": place, "env": {**os.environ, "HOME": str(place)}, "capture_output": True, "text": True}
    done = subprocess.run([*command, "--config", *shlex.split(line[1])], **where)
    assert done.returncode == 0, done.stderr
    assert "--known demo.bed" in done.stdout + done.stderr
    done = subprocess.run(command, **where)
    assert done.returncode == 1
    assert "No genomes: name them" in done.stdout + done.stderr


def test_the_workflow_is_well_formed(place: Path) -> None:
    assert snakemake(place, "--lint").wait() == 0
    dry = snakemake(place, "--dry-run", "--quiet", "all")
    assert dry.wait() == 0, dry.stderr and dry.stderr.read()
