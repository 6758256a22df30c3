"""The Nextflow modules: linted by nf-core, their scripts rendered by Groovy and run.

Nextflow itself is not run here: wrappers/README.md says so.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helpers.external import HELPERS, TOOLS, WRAPPERS, tool

from mirscan import __version__

NEXTFLOW = WRAPPERS / "nextflow"
MODULES = {name: NEXTFLOW / "modules" / "local" / "mirscan" / name for name in ("scan", "merge", "explain")}

DATA = WRAPPERS / "galaxy" / "test-data"
HOSTILE = 'it\'s "a" $(touch pwned) `touch pwned` & sample'
TASK = {"cpus": 1, "ext": {}, "process": "MIRSCAN"}
META_SCHEMA = "NF_CORE_META_SCHEMA"  # a copy of nf-core/modules' modules/meta-schema.json, where there is one
# No nf-test ran here, so that there are no snapshots yet.
UNFIT = {"test_snapshot_exists: snapshot file `main.nf.test.snap` does not exist"}

pytestmark = [pytest.mark.timeout(400), pytest.mark.slow]


def groovy(parse: list[Path] = [], render: list[dict[str, Any]] = []) -> dict[str, Any]:  # noqa: B006
    jobs = json.dumps({"parse": [str(path) for path in parse], "render": render})
    command = [tool("groovy"), str(HELPERS / "nextflow_render.groovy")]
    java = {**os.environ, "JAVA_HOME": str(Path(tool("java")).resolve().parents[1])}
    done = subprocess.run(command, input=jobs, capture_output=True, text=True, env=java)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def job(module: str, section: str, **values: object) -> dict[str, Any]:
    values = {"task": TASK, "meta": {"id": HOSTILE}, "reads": [], "known": [], **values}
    return {"file": str(MODULES[module] / "main.nf"), "section": section, "values": values}


def run(script: str, folder: Path) -> None:
    """Run a rendered script as Nextflow's task does, in a folder of its own with the files staged."""
    program = folder / ".bin"
    program.mkdir(exist_ok=True)
    (program / "mirscan").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mirscan "$@"\n')
    (program / "mirscan").chmod(0o755)
    environment = {**os.environ, "PATH": os.pathsep.join([str(program), os.environ["PATH"]])}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (script, done.stderr)


def promised(module: str) -> dict[str, str]:
    """What a module says it gives: name of the channel → pattern of its file."""
    text = (MODULES[module] / "main.nf").read_text()
    return {name: glob for glob, name in re.findall(r'path\("(.+?)"\).*emit: (\w+)', text)}


def given(module: str, folder: Path) -> set[str]:
    """The channels for which there is a file."""
    names = [path.name for path in folder.iterdir()]
    found = set()
    for channel, pattern in promised(module).items():
        patterns = [pattern.replace("{tbi,csi}", end) for end in ("tbi", "csi")]
        if any(fnmatch(name, each) for name in names for each in patterns):
            found.add(channel)
    return found


def test_the_syntax_is_groovy() -> None:
    files = [*NEXTFLOW.rglob("*.nf"), *NEXTFLOW.rglob("*.config"), *NEXTFLOW.rglob("*.nf.test")]
    assert len(files) == 8
    assert groovy(parse=files)["errors"] == {}


def test_what_is_not_groovy_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "main.nf"
    broken.write_text((MODULES["scan"] / "main.nf").read_text().replace("script:", "script: {", 1))
    assert list(groovy(parse=[broken])["errors"]) == [str(broken)]


@pytest.mark.parametrize("name", list(MODULES))
def test_nf_core_finds_nothing_but_missing_snapshots(name: str) -> None:
    tool("nf-core")
    if not (TOOLS / "nf-core").exists():
        pytest.skip("needs .venv-wrappers; `sh .ci/setup wrappers` makes it")
    schema = [os.environ[META_SCHEMA]] if META_SCHEMA in os.environ else []
    command = [
        str(TOOLS / "python"),
        str(HELPERS / "nfcore_lint.py"),
        str(MODULES[name]),
        f"mirscan/{name}",
        *schema,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert set(said["failed"]) == UNFIT
    assert not said["warned"]
    assert len(said["passed"]) > 15


def test_the_wrapped_version_is_this_one() -> None:
    for folder in MODULES.values():
        assert f"mirscan={__version__}" in (folder / "environment.yml").read_text()
        assert (folder / "main.nf").read_text().count(f"mirscan:{__version__}--") == 2


def test_scatter_gather_and_explain_with_a_hostile_name(tmp_path: Path) -> None:
    shards = [job("scan", "script", shard=f"{part}/3") for part in (1, 2, 3)]
    merge, explain = job("merge", "script", known=f"known/{HOSTILE}.bed"), job("explain", "script")
    *scans, merged, explained = groovy(render=[*shards, merge, explain])["rendered"]
    work = [tmp_path / f"scan{part}" for part in (1, 2, 3)]
    (tmp_path / "merge" / "shards").mkdir(parents=True)
    for at, (script, folder) in enumerate(zip(scans, work, strict=True), 1):
        folder.mkdir()
        shutil.copy(DATA / "genome.fa", folder / "genome.fa")
        run(script, folder)
        assert given("scan", folder) == {"shard"}
        shutil.copy(next(folder.glob("*.shard")), tmp_path / "merge" / "shards" / f"part{at}.shard")
    (tmp_path / "merge" / "known").mkdir()
    shutil.copy(DATA / "known.bed", tmp_path / "merge" / "known" / f"{HOSTILE}.bed")
    run(merged, tmp_path / "merge")
    assert given("merge", tmp_path / "merge") == set(promised("merge"))
    (tmp_path / "explain").mkdir()
    result = tmp_path / "merge" / f"{HOSTILE}.hits.json"
    run(f"mirscan scan {DATA / 'genome.fa'} --known {DATA / 'known.bed'} --output one.json", tmp_path)
    assert result.read_bytes() == (tmp_path / "one.json").read_bytes()
    shutil.copy(result, tmp_path / "explain" / "hits.json")
    run(explained, tmp_path / "explain")
    assert given("explain", tmp_path / "explain") == {"html"}
    assert not list(tmp_path.rglob("pwned"))


def test_reads_are_named_one_by_one_and_quoted() -> None:
    libraries = ["reads/a.bam", f"reads/{HOSTILE}.fq"]
    scripts = groovy(
        render=[job("scan", "script", shard="1/2", reads=each) for each in (libraries, "b.bam", [])]
    )
    words = [shlex.split(script.replace("\\\n", " ")) for script in scripts["rendered"]]
    named = [[word for before, word in pairwise(each) if before == "--reads"] for each in words]
    assert named == [libraries, ["b.bam"], []]


def test_a_whole_genome_and_the_stubs(tmp_path: Path) -> None:
    names = ["scan", "scan", "merge", "explain"]
    shards = ["", "1/2", "", ""]
    stubs = [job(name, "stub", shard=shard) for name, shard in zip(names, shards, strict=True)]
    whole, *scripts = groovy(render=[job("scan", "script", shard=""), *stubs])["rendered"]
    shutil.copy(DATA / "genome.fa", tmp_path / "genome.fa")
    run(whole, tmp_path)
    assert given("scan", tmp_path) == {"gff", "index", "tsv", "json"}
    channels = [{"gff", "index", "tsv", "json"}, {"shard"}, set(promised("merge")), {"html"}]
    for at, (name, script, expected) in enumerate(zip(names, scripts, channels, strict=True)):
        folder = tmp_path / str(at)
        folder.mkdir()
        run(script, folder)
        assert given(name, folder) == expected
    assert not list(tmp_path.rglob("pwned"))
