"""The summary of a run keeps to its published schema, and MultiQC renders it."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from helpers.external import tool

from mirscan.cli import main
from mirscan.writers.multiqc import HEADERS, content, plot
from mirscan.writers.summary import table

SCHEMA = json.loads(files("mirscan").joinpath("schemas/summary.schema.json").read_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of a real scan."""
    folder = tmp_path_factory.mktemp("run")
    assert main(["demo", str(folder / "demo.fa"), "--quiet"]) == 0
    reports = ["--summary", str(folder / "run.json"), "--multiqc", str(folder / "worm_mqc.json")]
    outputs = ["-o", str(folder / "hits.bed"), *reports, "--region", "demo3:1-10,000"]
    assert main(["scan", str(folder / "demo.fa"), *outputs, "--threads", "1", "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def facts(run: Path) -> dict[str, Any]:
    return json.loads((run / "run.json").read_text())


def test_the_schema_is_one_and_the_summary_keeps_to_it(facts: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(facts, SCHEMA)


def test_the_schema_describes_every_member(facts: dict[str, Any]) -> None:
    assert facts.keys() <= SCHEMA["properties"].keys()
    assert facts["funnel"].keys() <= SCHEMA["properties"]["funnel"]["properties"].keys()


def about_tiers(facts: dict[str, Any], clades: list[str], evidence: str, share: bool) -> str:
    """What the table says of tiers, in a genome of vertebrates or others."""
    high = {"counted": 0, "interval_95": [0.0, 0.39], **({"share_true_95": [0.24, 1.0]} if share else {})}
    likely = {**high, "counted": 3, "interval_95": [0.075, 1.1]}
    tiers = {
        "clades": clades,
        "guessed": None,
        "counted_with": ["hairpin", "families"],
        "most_false_per_mb": {"high": 0.1, "likely": 0.5, "candidate": 10.0},
        "held_back": {"high": 2, "likely": 0},
        "in_genomes_never_seen": {"high": high, "likely": likely},
    }
    said = table({**facts, "tiers": tiers, "options": {**facts["options"], "evidence": evidence}})
    return said[said.index("clade:") :]


def test_the_table_gives_intervals_and_says_what_nobody_knows(facts: dict[str, Any]) -> None:
    human = about_tiers(facts, ["vertebrate"], "hairpin,families", True)
    assert "high none counted, at most 0.39 false hits per Mb, 24%–100% of hits true" in human
    assert "likely 0.075–1.1 false hits per Mb" in human
    assert "not known" not in human
    assert "tiers: ranked lower than their scores, as chance brings as many hits: 2 high\n" in human
    assert "reads" not in human
    expressed = {**facts, "funnel": {**facts["funnel"], "hits": 41, "with_reads": 3}}
    assert "\nreads: on 3 of 41 hits; the others" in about_tiers(expressed, ["insect"], "hairpin,reads", True)
    bacterium = about_tiers(facts, ["bacterium"], "hairpin,families,reads", False)
    assert "is not known: no microRNAs of such genomes are known" in bacterium
    assert "ranked lower than their scores, as bacteria have no microRNAs: 2 high\n" in bacterium
    assert "counted by hairpin, families; the bits of reads are added" in bacterium
    assert "was measured in vertebrates" in about_tiers(facts, ["plant"], "hairpin", False)
    none = {**facts, "funnel": {**facts["funnel"], "hits": 0}}
    assert "these hits" not in about_tiers(none, ["bacterium"], "hairpin", False), "there are none"
    assert "while the clade is open" in about_tiers(facts, ["plant", "insect"], "hairpin", False)


def test_the_table_counts_hits_up_to_a_q_value_among_those_reported(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [str(run / "demo.fa"), "-o", str(run / "best.bed"), "--summary", str(run / "best.json")]
    assert main(["scan", *asked, "--top", "1", "--threads", "1"]) == 0
    rows = [line.split() for line in capsys.readouterr().err.splitlines() if "q ≤" in line]
    assert [int(row[-1]) for row in rows] == [1, 1, 1, 1]
    thresholds = json.loads((run / "best.json").read_text())["q_values"]["thresholds"]
    assert all(row["reported"] == 1 < row["hits"] for row in thresholds)


def test_without_hits_and_without_known_ones_the_table_has_no_rows_of_zeros(facts: dict[str, Any]) -> None:
    assert "q ≤ 0.05" in table(facts)
    nothing = {**facts, "funnel": {**facts["funnel"], "hits": 0}}
    said = table({**nothing, "known": {"found": 0, "searched": 0}})
    assert "q ≤" not in said
    assert "known " not in said


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("format_version", 1),
        ("model_sha256", "none"),
        ("funnel", {}),
        ("seconds", {"total": -1}),
        ("threads", 0),
    ],
)
def test_the_schema_refuses_what_is_not_so(member: str, value: object, facts: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**facts, member: value}, SCHEMA)


def test_a_shard_s_merge_keeps_to_it_too(run: Path, tmp_path: Path) -> None:
    shards = [str(tmp_path / f"{part}.shard") for part in (1, 2)]
    for part, shard in enumerate(shards, 1):
        options = ["--region", "demo3:1-10,000", "--threads", "1", "--quiet"]
        assert main(["scan", str(run / "demo.fa"), "--shard", f"{part}/2", "-o", shard, *options]) == 0
    written = tmp_path / "merged.json"
    results = ["-o", str(tmp_path / "hits.bed"), "--summary", str(written)]
    assert main(["merge", *shards, *results, "--quiet"]) == 0
    merged = json.loads(written.read_text())
    jsonschema.validate(merged, SCHEMA)
    assert merged["funnel"] == json.loads((run / "run.json").read_text())["funnel"]


def test_the_section_says_what_the_summary_says(run: Path, facts: dict[str, Any]) -> None:
    section = json.loads((run / "worm_mqc.json").read_text())
    row = section["data"]["worm"]
    assert row.keys() == section["headers"].keys() == HEADERS.keys() - {"known_found", "recall"}
    assert row["high"] == facts["tiers"]["hits"]["high"]
    assert row["hits"] == facts["funnel"]["hits"] > 0
    assert row["megabases"] == facts["funnel"]["bases"] / 1e6
    empty = {**facts, "funnel": {**facts["funnel"], "bases": 0, "hits": 0}}
    assert content(empty, "none")["data"]["none"]["hits_per_megabase"] == 0


def test_the_section_says_what_of_the_known_was_found(facts: dict[str, Any]) -> None:
    known = {**facts, "known": {"found": 3, "searched": 4, "recall": 0.75}}
    section = content(known, "worm")
    assert (section["data"]["worm"]["known_found"], section["data"]["worm"]["recall"]) == (3, 0.75)
    assert section["headers"].keys() == HEADERS.keys()


def test_the_plot_has_a_bar_of_tiers(run: Path, facts: dict[str, Any]) -> None:
    section = json.loads((run / "worm_tiers_mqc.json").read_text())
    assert section["plot_type"] == "bargraph"
    assert section["data"] == {"worm": facts["tiers"]["hits"]}
    assert plot({**facts, "tiers": None}, "x")["data"] == {"x": {"hits": facts["funnel"]["hits"]}}


@pytest.mark.parametrize("name", ["worm.json", "_mqc.json"])
def test_a_name_that_multiqc_would_not_find_is_refused(
    name: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["-o", str(tmp_path / "hits.bed"), "--multiqc", str(tmp_path / name)]
    assert main(["scan", str(run / "demo.fa"), *wanted]) == 2
    assert "SAMPLE_mqc.json" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_multiqc_renders_it(run: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for sample in ("worm", "fly"):
        section = json.loads((run / "worm_mqc.json").read_text())
        section["data"] = {sample: section["data"]["worm"]}
        (tmp_path / "in" / f"{sample}_mqc.json").write_text(json.dumps(section))
        bars = json.loads((run / "worm_tiers_mqc.json").read_text())
        bars["data"] = {sample: bars["data"]["worm"]}
        (tmp_path / "in" / f"{sample}_tiers_mqc.json").write_text(json.dumps(bars))
    command = [tool("multiqc"), "in", "--outdir", "out", "--no-version-check", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rendered = (tmp_path / "out/multiqc_data/multiqc_mirscan_table.txt").read_text().splitlines()
    assert [line.split("\t")[0] for line in rendered] == ["Sample", "fly", "worm"]
    assert list(tmp_path.glob("out/multiqc_data/*mirscan_tiers_plot.txt")), (
        "its name begins as the version likes"
    )
    assert "mirscan" in (tmp_path / "out/multiqc_report.html").read_text()
